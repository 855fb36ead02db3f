package org.peerstead.discovery.rpc.core;

import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Tokens prove that a host receives what is sent to its address: to store something, a node shows a
 * token that it was given a moment ago. A token is BLAKE2b-256 of the host's dotted address, keyed
 * with a secret; it says nothing to anybody else, and no state is kept per host.
 *
 * <p>The secret is replaced every {@link #ROTATION_NANOS}, and the one before is still accepted: a
 * token lives between 7.5 and 15 s. Not thread-safe.
 */
final class TokenIssuer {
  /** Time between two secrets, 7.5 s as in npm {@code dht-rpc}. */
  static final long ROTATION_NANOS = 7_500_000_000L;

  private static final int SECRET_BYTES = 32;

  private final Entropy entropy;
  private byte[] older;
  private byte[] newer;
  private long rotateAtNanos;

  TokenIssuer(Entropy entropy, long nowNanos) {
    this.entropy = entropy;
    this.older = entropy.next(SECRET_BYTES);
    this.newer = entropy.next(SECRET_BYTES);
    this.rotateAtNanos = nowNanos + ROTATION_NANOS;
  }

  /** The token for the host of {@code address}. */
  Fixed32 issue(NodeAddress address, long nowNanos) {
    rotate(nowNanos);
    return token(newer, address.hostAscii());
  }

  /** Whether {@code token} was issued to the host of {@code address} a short time ago. */
  boolean accepts(Fixed32 token, NodeAddress address, long nowNanos) {
    rotate(nowNanos);
    byte[] host = address.hostAscii();
    return token.equals(token(newer, host)) || token.equals(token(older, host));
  }

  private void rotate(long nowNanos) {
    while (nowNanos - rotateAtNanos >= 0) {
      older = newer;
      newer = entropy.next(SECRET_BYTES);
      boolean bothExpired = nowNanos - rotateAtNanos >= ROTATION_NANOS;
      if (bothExpired) {
        older = entropy.next(SECRET_BYTES);
        rotateAtNanos = nowNanos + ROTATION_NANOS;
      } else {
        rotateAtNanos += ROTATION_NANOS;
      }
    }
  }

  private static Fixed32 token(byte[] secret, byte[] host) {
    return Blake2b.keyed(secret, Blake2b.SHORT_BYTES).update(host, 0, host.length).finish32();
  }
}
