package org.peerstead.securestream.crypto;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.peerstead.securestream.encoding.Slice;

/** Computes the challenges h = SHA-512(R, A, message) modulo L of signatures; not thread-safe. */
final class Challenge {
  private static final int POINT_BYTES = 32;

  private final MessageDigest sha512 = sha512();
  private final byte[] hash = new byte[64];
  private final Scalar scalars = new Scalar();

  /** Room for arithmetic that whoever owns this may use as well. */
  Scalar scalars() {
    return scalars;
  }

  /**
   * Puts the challenge into {@code target}.
   *
   * @param publicKey 32 bytes
   * @param signature 64 bytes
   */
  void compute(byte[] publicKey, Slice message, Slice signature, long[] target) {
    sha512.update(signature.array(), signature.offset(), POINT_BYTES);
    sha512.update(publicKey, 0, POINT_BYTES);
    sha512.update(message.array(), message.offset(), message.length());
    try {
      sha512.digest(hash, 0, hash.length);
    } catch (DigestException e) {
      throw new IllegalStateException("64 bytes hold a SHA-512", e);
    }
    scalars.reduce(hash, target);
  }

  private static MessageDigest sha512() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK since 9 has SHA-512", e);
    }
  }
}
