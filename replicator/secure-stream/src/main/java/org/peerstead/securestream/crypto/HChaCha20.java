package org.peerstead.securestream.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * HChaCha20 (draft-irtf-cfrg-xchacha-03, section 2.2): makes a fresh ChaCha20 key from a key and 16
 * bytes of a nonce. Bouncy Castle does not offer it. Stateless and thread-safe.
 */
public final class HChaCha20 {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private HChaCha20() {}

  /**
   * The derived key.
   *
   * @param key 32 bytes
   * @param nonce 16 bytes from {@code nonceOffset}
   * @return 32 bytes
   */
  public static byte[] derive(byte[] key, byte[] nonce, int nonceOffset) {
    int[] x = new int[16];
    x[0] = 0x61707865;
    x[1] = 0x3320646e;
    x[2] = 0x79622d32;
    x[3] = 0x6b206574;
    for (int i = 0; i < 8; i++) {
      x[4 + i] = (int) INT.get(key, 4 * i);
    }
    for (int i = 0; i < 4; i++) {
      x[12 + i] = (int) INT.get(nonce, nonceOffset + 4 * i);
    }
    for (int i = 0; i < 10; i++) {
      quarterRound(x, 0, 4, 8, 12);
      quarterRound(x, 1, 5, 9, 13);
      quarterRound(x, 2, 6, 10, 14);
      quarterRound(x, 3, 7, 11, 15);
      quarterRound(x, 0, 5, 10, 15);
      quarterRound(x, 1, 6, 11, 12);
      quarterRound(x, 2, 7, 8, 13);
      quarterRound(x, 3, 4, 9, 14);
    }
    byte[] derived = new byte[32];
    for (int i = 0; i < 4; i++) {
      INT.set(derived, 4 * i, x[i]);
      INT.set(derived, 16 + 4 * i, x[12 + i]);
    }
    return derived;
  }

  private static void quarterRound(int[] x, int a, int b, int c, int d) {
    x[a] += x[b];
    x[d] = Integer.rotateLeft(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = Integer.rotateLeft(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = Integer.rotateLeft(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = Integer.rotateLeft(x[b] ^ x[c], 7);
  }
}
