package org.peerstead.storagepeer.follow;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Records as they are stored, in compact encoding: uint version 1, string owner, uint origin, uint
 * flags (1 pinned, 2 announced, 4 has a referrer, 8 has a source), uint priority, uint largest
 * size, fixed32 referrer and string source if there, then as uints: added, active, stored bytes,
 * first wanted block, cleared blocks, cleared bytes. The key is the row's. Stateless and
 * thread-safe.
 */
public final class FollowedCoreCodec {
  private static final int VERSION = 1;
  private static final int PINNED = 1;
  private static final int ANNOUNCED = 2;
  private static final int HAS_REFERRER = 4;
  private static final int HAS_SOURCE = 8;

  /** Bytes of the longest text in UTF-8. */
  private static final int MAX_TEXT_BYTES = 4 * FollowedCore.MAX_TEXT_LENGTH;

  private FollowedCoreCodec() {}

  /** A record without its key. */
  public static byte[] encode(FollowedCore core) {
    Fixed32 referrer = core.referrer();
    String source = core.source();
    var writer =
        new CompactWriter()
            .uint(VERSION)
            .string(core.owner())
            .uint(core.origin().code())
            .uint(
                (core.isPinned() ? PINNED : 0)
                    | (core.isAnnounced() ? ANNOUNCED : 0)
                    | (referrer != null ? HAS_REFERRER : 0)
                    | (source != null ? HAS_SOURCE : 0))
            .uint(core.priority())
            .uint(core.maxBytes());
    if (referrer != null) {
      writer.fixed32(referrer);
    }
    if (source != null) {
      writer.string(source);
    }
    return writer
        .uint(core.addedMillis())
        .uint(core.activeMillis())
        .uint(core.storedBytes())
        .uint(core.wantedFrom())
        .uint(core.clearedBlocks())
        .uint(core.clearedBytes())
        .toByteArray();
  }

  /**
   * The record of a key.
   *
   * @throws EncodingException when the bytes are not a record
   */
  public static FollowedCore decode(Fixed32 key, byte[] bytes) throws EncodingException {
    var reader = new CompactReader(bytes, 0, bytes.length);
    int version = reader.uint(Integer.MAX_VALUE);
    if (version != VERSION) {
      throw new EncodingException(
          EncodingException.Reason.LIMIT_EXCEEDED, "a follow record of version " + version);
    }
    String owner = reader.string(MAX_TEXT_BYTES);
    var origin =
        reader.uint(1) == FollowedCore.Origin.OWN.code()
            ? FollowedCore.Origin.OWN
            : FollowedCore.Origin.FOLLOWED;
    int flags = reader.uint(15);
    int priority = reader.uint(FollowedCore.MAX_PRIORITY);
    long maxBytes = reader.uint();
    @Nullable Fixed32 referrer = (flags & HAS_REFERRER) != 0 ? reader.fixed32() : null;
    @Nullable String source = (flags & HAS_SOURCE) != 0 ? reader.string(MAX_TEXT_BYTES) : null;
    var core =
        new FollowedCore(
            key,
            owner,
            origin,
            (flags & PINNED) != 0,
            (flags & ANNOUNCED) != 0,
            priority,
            maxBytes,
            referrer,
            source,
            reader.uint(),
            reader.uint(),
            reader.uint(),
            reader.uint(),
            reader.uint(),
            reader.uint());
    reader.expectEnd();
    return core;
  }
}
