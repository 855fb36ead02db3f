package org.peerstead.securestream.crypto;

/**
 * Where unpredictable bytes come from. In the product a cryptographically secure generator of the
 * operating system; in tests a fixed sequence. Implementations say whether they are thread-safe.
 */
@FunctionalInterface
public interface Entropy {
  /** Overwrites all of {@code target} with unpredictable bytes. */
  void fill(byte[] target);

  /** {@code size} fresh bytes. */
  default byte[] next(int size) {
    byte[] bytes = new byte[size];
    fill(bytes);
    return bytes;
  }
}
