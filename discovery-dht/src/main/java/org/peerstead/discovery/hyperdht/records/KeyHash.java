package org.peerstead.discovery.hyperdht.records;

import java.nio.ByteBuffer;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Hashes of keys that others choose. Without the secret nobody can make keys that meet in one
 * chain.
 */
final class KeyHash {
  private final long[] secret = new long[4];

  KeyHash(Entropy secrets) {
    ByteBuffer random = ByteBuffer.wrap(secrets.next(secret.length * Long.BYTES));
    for (int i = 0; i < secret.length; i++) {
      secret[i] = random.getLong();
    }
  }

  int of(Fixed32 key) {
    return mix(key.word(0), key.word(1), key.word(2), key.word(3));
  }

  int of(Slots slots, int slot, int offset) {
    return mix(
        slots.getLong(slot, offset),
        slots.getLong(slot, offset + 8),
        slots.getLong(slot, offset + 16),
        slots.getLong(slot, offset + 24));
  }

  /** The hash of a small number, or of a number and a hash. */
  int of(int number, int hash) {
    long mixed = fold(secret[0] ^ number, secret[1] ^ hash);
    return (int) (mixed ^ mixed >>> 32);
  }

  private int mix(long a, long b, long c, long d) {
    long left = fold(a ^ secret[0], b ^ secret[1]);
    long right = fold(c ^ secret[2], d ^ secret[3]);
    long mixed = fold(left ^ secret[1], right ^ secret[2]);
    return (int) (mixed ^ mixed >>> 32);
  }

  private static long fold(long a, long b) {
    return Math.multiplyHigh(a, b) ^ a * b;
  }
}
