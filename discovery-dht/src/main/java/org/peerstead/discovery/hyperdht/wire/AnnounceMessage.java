package org.peerstead.discovery.hyperdht.wire;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Value of ANNOUNCE and UNANNOUNCE.
 *
 * <pre>
 * flags       uint: 1 peer, 2 refresh, 4 signature, 8 bump
 * peer        peer record
 * refresh     32
 * signature   64, Ed25519 over {@link Signables#announce}
 * bump        uint, ms since 1970
 * </pre>
 *
 * @param peer who is announced; null in a message that only renews
 * @param refresh hash of what renews the announcement later; without a peer: that origin itself
 * @param signature 64 bytes
 * @param bump 0 for none
 */
public record AnnounceMessage(
    @Nullable PeerRecord peer, @Nullable Fixed32 refresh, @Nullable Slice signature, long bump) {
  private static final int PEER = 1;
  private static final int REFRESH = 2;
  private static final int SIGNATURE = 4;
  private static final int BUMP = 8;

  /** An announcement, or what takes it back, with its signature. */
  public static AnnounceMessage signed(PeerRecord peer, Slice signature) {
    return new AnnounceMessage(peer, null, signature, 0);
  }

  /** Reads a message. */
  public static AnnounceMessage decode(Slice value) throws EncodingException {
    CompactReader reader = value.reader();
    long flags = reader.uint();
    @Nullable PeerRecord peer = (flags & PEER) != 0 ? PeerRecord.read(reader) : null;
    @Nullable Fixed32 refresh = (flags & REFRESH) != 0 ? reader.fixed32() : null;
    @Nullable Slice signature =
        (flags & SIGNATURE) != 0 ? reader.fixed(KeyPair.SIGNATURE_BYTES) : null;
    return new AnnounceMessage(peer, refresh, signature, (flags & BUMP) != 0 ? reader.uint() : 0);
  }

  /** The bytes of the message. */
  public Slice encode() {
    CompactWriter writer = new CompactWriter(192);
    writer.uint(
        (peer == null ? 0 : PEER)
            | (refresh == null ? 0 : REFRESH)
            | (signature == null ? 0 : SIGNATURE)
            | (bump == 0 ? 0 : BUMP));
    if (peer != null) {
      peer.write(writer);
    }
    if (refresh != null) {
      writer.fixed32(refresh);
    }
    if (signature != null) {
      writer.raw(signature);
    }
    if (bump != 0) {
      writer.uint(bump);
    }
    return writer.toSlice();
  }
}
