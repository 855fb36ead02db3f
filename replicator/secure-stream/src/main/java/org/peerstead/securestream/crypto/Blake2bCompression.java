package org.peerstead.securestream.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The compression function F of BLAKE2b (RFC 7693, section 3.2).
 *
 * <p>Written out over sixteen local variables: with the state in an array, as libraries have it,
 * the same work takes nearly twice as long, and hashing is most of what moving a large block costs.
 */
final class Blake2bCompression {
  /** Bytes that one call takes in. */
  static final int BLOCK_BYTES = 128;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Section 2.6: the fractional parts of the square roots of the first eight primes. */
  private static final long[] IV = {
    0x6a09e667f3bcc908L,
    0xbb67ae8584caa73bL,
    0x3c6ef372fe94f82bL,
    0xa54ff53a5f1d36f1L,
    0x510e527fade682d1L,
    0x9b05688c2b3e6c1fL,
    0x1f83d9abfb41bd6bL,
    0x5be0cd19137e2179L
  };

  /** Section 2.7: which message word goes where, ten permutations; rounds 11 and 12 begin anew. */
  private static final String[] PERMUTATIONS = {
    "0123456789abcdef",
    "ea489fd61c02b753",
    "b8c052fdae367194",
    "7931dcbe265a40f8",
    "905724afe1bc683d",
    "2c6a0b834d75fe19",
    "c51fed4a0763928b",
    "db7ec13950f4862a",
    "6fe9b308c2d714a5",
    "a2847615fb9e3cd0"
  };

  private static final int ROUNDS = 12;

  private static final byte[] SCHEDULE = schedule();

  private final long[] m = new long[16];

  private static byte[] schedule() {
    byte[] schedule = new byte[ROUNDS * 16];
    for (int i = 0; i < schedule.length; i++) {
      String permutation = PERMUTATIONS[i / 16 % PERMUTATIONS.length];
      schedule[i] = (byte) Character.digit(permutation.charAt(i % 16), 16);
    }
    return schedule;
  }

  /** The chaining value before the first block, for a digest and key of these sizes in bytes. */
  static long[] initial(int digestBytes, int keyBytes) {
    long[] h = IV.clone();
    h[0] ^= 0x01010000L ^ ((long) keyBytes << 8) ^ digestBytes;
    return h;
  }

  /**
   * Takes one block in.
   *
   * @param h chaining value, 8 words; replaced
   * @param byteCount bytes hashed so far, those of this block included
   */
  void compress(long[] h, byte[] input, int offset, long byteCount, boolean isLast) {
    for (int i = 0; i < 16; i++) {
      m[i] = (long) WORDS.get(input, offset + i * Long.BYTES);
    }
    mix(h, byteCount, isLast ? -1 : 0);
  }

  private void mix(long[] h, long byteCount, long last) {
    byte[] s = SCHEDULE;
    long v0 = h[0];
    long v1 = h[1];
    long v2 = h[2];
    long v3 = h[3];
    long v4 = h[4];
    long v5 = h[5];
    long v6 = h[6];
    long v7 = h[7];
    long v8 = IV[0];
    long v9 = IV[1];
    long v10 = IV[2];
    long v11 = IV[3];
    long v12 = IV[4] ^ byteCount;
    long v13 = IV[5];
    long v14 = IV[6] ^ last;
    long v15 = IV[7];
    for (int r = 0; r < ROUNDS * 16; r += 16) {
      // Columns.
      v0 += v4 + m[s[r + 0]];
      v12 = Long.rotateRight(v12 ^ v0, 32);
      v8 += v12;
      v4 = Long.rotateRight(v4 ^ v8, 24);
      v0 += v4 + m[s[r + 1]];
      v12 = Long.rotateRight(v12 ^ v0, 16);
      v8 += v12;
      v4 = Long.rotateRight(v4 ^ v8, 63);

      v1 += v5 + m[s[r + 2]];
      v13 = Long.rotateRight(v13 ^ v1, 32);
      v9 += v13;
      v5 = Long.rotateRight(v5 ^ v9, 24);
      v1 += v5 + m[s[r + 3]];
      v13 = Long.rotateRight(v13 ^ v1, 16);
      v9 += v13;
      v5 = Long.rotateRight(v5 ^ v9, 63);

      v2 += v6 + m[s[r + 4]];
      v14 = Long.rotateRight(v14 ^ v2, 32);
      v10 += v14;
      v6 = Long.rotateRight(v6 ^ v10, 24);
      v2 += v6 + m[s[r + 5]];
      v14 = Long.rotateRight(v14 ^ v2, 16);
      v10 += v14;
      v6 = Long.rotateRight(v6 ^ v10, 63);

      v3 += v7 + m[s[r + 6]];
      v15 = Long.rotateRight(v15 ^ v3, 32);
      v11 += v15;
      v7 = Long.rotateRight(v7 ^ v11, 24);
      v3 += v7 + m[s[r + 7]];
      v15 = Long.rotateRight(v15 ^ v3, 16);
      v11 += v15;
      v7 = Long.rotateRight(v7 ^ v11, 63);

      // Diagonals.
      v0 += v5 + m[s[r + 8]];
      v15 = Long.rotateRight(v15 ^ v0, 32);
      v10 += v15;
      v5 = Long.rotateRight(v5 ^ v10, 24);
      v0 += v5 + m[s[r + 9]];
      v15 = Long.rotateRight(v15 ^ v0, 16);
      v10 += v15;
      v5 = Long.rotateRight(v5 ^ v10, 63);

      v1 += v6 + m[s[r + 10]];
      v12 = Long.rotateRight(v12 ^ v1, 32);
      v11 += v12;
      v6 = Long.rotateRight(v6 ^ v11, 24);
      v1 += v6 + m[s[r + 11]];
      v12 = Long.rotateRight(v12 ^ v1, 16);
      v11 += v12;
      v6 = Long.rotateRight(v6 ^ v11, 63);

      v2 += v7 + m[s[r + 12]];
      v13 = Long.rotateRight(v13 ^ v2, 32);
      v8 += v13;
      v7 = Long.rotateRight(v7 ^ v8, 24);
      v2 += v7 + m[s[r + 13]];
      v13 = Long.rotateRight(v13 ^ v2, 16);
      v8 += v13;
      v7 = Long.rotateRight(v7 ^ v8, 63);

      v3 += v4 + m[s[r + 14]];
      v14 = Long.rotateRight(v14 ^ v3, 32);
      v9 += v14;
      v4 = Long.rotateRight(v4 ^ v9, 24);
      v3 += v4 + m[s[r + 15]];
      v14 = Long.rotateRight(v14 ^ v3, 16);
      v9 += v14;
      v4 = Long.rotateRight(v4 ^ v9, 63);
    }
    h[0] ^= v0 ^ v8;
    h[1] ^= v1 ^ v9;
    h[2] ^= v2 ^ v10;
    h[3] ^= v3 ^ v11;
    h[4] ^= v4 ^ v12;
    h[5] ^= v5 ^ v13;
    h[6] ^= v6 ^ v14;
    h[7] ^= v7 ^ v15;
  }
}
