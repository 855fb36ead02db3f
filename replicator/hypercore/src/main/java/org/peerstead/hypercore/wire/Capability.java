package org.peerstead.hypercore.wire;

import java.util.List;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.noise.Role;

/**
 * What opens a channel: proof of knowing the core's key, for this connection and this side only.
 *
 * <p>{@code uint flags (1 seeks supported), fixed32 capability}. Immutable and thread-safe.
 *
 * @param supportsSeeks whether the sender answers seeks
 * @param value 32 bytes
 */
public record Capability(boolean supportsSeeks, Fixed32 value) {
  /** Name of the protocol. */
  public static final String PROTOCOL = "hypercore/alpha";

  /** Another name under which npm accepts it. */
  public static final String ALIAS = "hypercore";

  private static final List<Fixed32> NAMESPACES = Namespaces.of("hypercore", 3);

  private static final int SEEKS = 1;

  /** Ours, on this connection. */
  public static Capability ours(NoiseSession session, Fixed32 coreKey) {
    return new Capability(true, of(session, session.role(), coreKey));
  }

  /** What the other side has to send. */
  public static Fixed32 expected(NoiseSession session, Fixed32 coreKey) {
    return of(session, session.role().other(), coreKey);
  }

  private static Fixed32 of(NoiseSession session, Role sender, Fixed32 coreKey) {
    Fixed32 namespace = NAMESPACES.get(sender == Role.INITIATOR ? 1 : 2);
    return Blake2b.keyedHash(session.handshakeHash(), namespace.toSlice(), coreKey.toSlice());
  }

  /** The handshake bytes of the channel. */
  public Slice encode() {
    return new CompactWriter(33).uint(supportsSeeks ? SEEKS : 0).fixed32(value).toSlice();
  }

  /** Reads the handshake bytes of the other side. */
  public static Capability decode(Slice handshake) throws MalformedMessageException {
    CompactReader reader = handshake.reader();
    try {
      return new Capability((reader.uint() & SEEKS) != 0, reader.fixed32());
    } catch (EncodingException e) {
      throw new MalformedMessageException(-1, "capability: " + e.getMessage());
    }
  }
}
