package org.peerstead.hypercore.replication;

import java.security.MessageDigest;
import org.peerstead.hypercore.wire.Capability;
import org.peerstead.hypercore.wire.MalformedMessageException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;

/** The handshake of a core's channel: proof that the other side knows the key. */
final class Capabilities {
  private Capabilities() {}

  /** Our first bytes of the channel. */
  static Slice ours(NoiseSession session, Fixed32 key) {
    return Capability.ours(session, key).encode();
  }

  /** Whether the other side knows the key. */
  static boolean isValid(NoiseSession session, Fixed32 key, Slice handshake) {
    try {
      return MessageDigest.isEqual(
          Capability.decode(handshake).value().toBytes(),
          Capability.expected(session, key).toBytes());
    } catch (MalformedMessageException e) {
      return false;
    }
  }
}
