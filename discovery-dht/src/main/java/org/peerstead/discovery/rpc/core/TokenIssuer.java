package org.peerstead.discovery.rpc.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Tokens prove that a host receives what is sent to its address: to store something, a node shows a
 * token that it was given a moment ago. A token is BLAKE2b-256 of the host's dotted address, keyed
 * with a secret; it says nothing to anybody else, and no state is needed per host. The tokens of
 * some hosts that asked a moment ago are remembered, because whoever asks asks again soon.
 *
 * <p>The secret is replaced every {@link #ROTATION_NANOS}, and the one before is still accepted: a
 * token lives between 7.5 and 15 s. Not thread-safe.
 */
final class TokenIssuer {
  /** Time between two secrets, 7.5 s as in npm {@code dht-rpc}. */
  static final long ROTATION_NANOS = 7_500_000_000L;

  private static final int SECRET_BYTES = 32;

  /** Hosts whose token is remembered; a power of two. */
  private static final int REMEMBERED_HOSTS = 1_024;

  private final Entropy entropy;
  private final int[] rememberedHosts = new int[REMEMBERED_HOSTS];
  private final @Nullable Fixed32[] rememberedTokens = new @Nullable Fixed32[REMEMBERED_HOSTS];
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
    return current(address);
  }

  /** Whether {@code token} was issued to the host of {@code address} a short time ago. */
  boolean accepts(Fixed32 token, NodeAddress address, long nowNanos) {
    rotate(nowNanos);
    return token.equals(current(address)) || token.equals(token(older, address.hostAscii()));
  }

  private Fixed32 current(NodeAddress address) {
    int mixed = address.host() * 0x9E3779B1;
    int slot = mixed >>> 16 & REMEMBERED_HOSTS - 1;
    @Nullable Fixed32 remembered = rememberedTokens[slot];
    if (remembered != null && rememberedHosts[slot] == address.host()) {
      return remembered;
    }
    Fixed32 token = token(newer, address.hostAscii());
    rememberedHosts[slot] = address.host();
    rememberedTokens[slot] = token;
    return token;
  }

  private void rotate(long nowNanos) {
    while (nowNanos - rotateAtNanos >= 0) {
      Arrays.fill(rememberedTokens, null);
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
