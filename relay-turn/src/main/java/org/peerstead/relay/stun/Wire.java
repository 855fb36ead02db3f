package org.peerstead.relay.stun;

import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Numbers and sums that reading and writing share (RFC 8489 sections 5, 14.5 to 14.7). */
final class Wire {
  static final int HEADER_BYTES = 20;
  static final int ATTRIBUTE_HEADER_BYTES = 4;

  /** Where the length of a message stands, and where the cookie and the transaction id begin. */
  static final int LENGTH_AT = 2;

  static final int COOKIE_AT = 4;
  static final int TRANSACTION_AT = 8;

  static final int COOKIE = 0x2112_a442;

  /** What ports in XOR addresses are combined with. */
  static final int PORT_MASK = COOKIE >>> 16;

  /** What a CRC-32 is combined with, so that it differs from those of other protocols. */
  static final int FINGERPRINT_MASK = 0x5354_554e;

  static final int FINGERPRINT_BYTES = 4;
  static final int SHA1_BYTES = 20;
  static final int SHA256_BYTES = 32;

  /** Types below are those that a receiver must understand. */
  static final int FIRST_OPTIONAL = 0x8000;

  private Wire() {}

  /** A length with its padding to a multiple of four. */
  static int padded(int length) {
    return (length + 3) & ~3;
  }

  static int uint16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  static int int32(byte[] bytes, int at) {
    return uint16(bytes, at) << 16 | uint16(bytes, at + 2);
  }

  static void putInt16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >> 8);
    bytes[at + 1] = (byte) value;
  }

  static void putInt32(byte[] bytes, int at, int value) {
    putInt16(bytes, at, value >>> 16);
    putInt16(bytes, at + 2, value);
  }

  /**
   * The HMAC of a message up to its integrity attribute, as if it ended with that attribute.
   *
   * @param end where the attribute stands or will stand
   * @param valueBytes of the attribute
   */
  static byte[] hmac(IntegrityKind kind, byte[] key, byte[] message, int end, int valueBytes) {
    String algorithm = kind == IntegrityKind.SHA256 ? "HmacSHA256" : "HmacSHA1";
    byte[] length = new byte[2];
    putInt16(length, 0, end + ATTRIBUTE_HEADER_BYTES + valueBytes - HEADER_BYTES);
    try {
      // A new one costs 0.2 microseconds more than a kept one, and needs no state.
      Mac mac = Mac.getInstance(algorithm);
      // HMAC pads keys with zero bytes: a single one is the same key as none, which is refused.
      mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, algorithm));
      mac.update(message, 0, LENGTH_AT);
      mac.update(length);
      mac.update(message, COOKIE_AT, end - COOKIE_AT);
      return mac.doFinal();
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new AssertionError("every JDK has " + algorithm, e);
    }
  }
}
