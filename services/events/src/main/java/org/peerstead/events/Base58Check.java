package org.peerstead.events;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * base58check as automerge-repo spells document ids and heads: the Bitcoin alphabet, and the first
 * four bytes of a double SHA-256 appended as checksum.
 */
public final class Base58Check {
  private static final String ALPHABET =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  private static final BigInteger BASE = BigInteger.valueOf(58);
  private static final int CHECKSUM_SIZE = 4;

  /** Longest text decoded; division by the base is quadratic in the length. */
  public static final int MAX_TEXT_LENGTH = 128;

  private Base58Check() {}

  /** Spells {@code payload} with its checksum. */
  public static String encode(byte[] payload) {
    byte[] full = Arrays.copyOf(payload, payload.length + CHECKSUM_SIZE);
    System.arraycopy(checksum(payload, payload.length), 0, full, payload.length, CHECKSUM_SIZE);
    var text = new StringBuilder();
    BigInteger number = new BigInteger(1, full);
    while (number.signum() > 0) {
      BigInteger[] parts = number.divideAndRemainder(BASE);
      text.append(ALPHABET.charAt(parts[1].intValue()));
      number = parts[0];
    }
    for (int i = 0; i < full.length && full[i] == 0; i++) {
      text.append(ALPHABET.charAt(0));
    }
    return text.reverse().toString();
  }

  /** The payload, or empty when a character, the checksum or the length is wrong. */
  public static Optional<byte[]> decode(String text) {
    if (text.isEmpty() || text.length() > MAX_TEXT_LENGTH) {
      return Optional.empty();
    }
    BigInteger number = BigInteger.ZERO;
    int zeros = 0;
    boolean leading = true;
    for (int i = 0; i < text.length(); i++) {
      int digit = ALPHABET.indexOf(text.charAt(i));
      if (digit < 0) {
        return Optional.empty();
      }
      leading &= digit == 0;
      zeros += leading ? 1 : 0;
      number = number.multiply(BASE).add(BigInteger.valueOf(digit));
    }
    byte[] magnitude = number.signum() == 0 ? new byte[0] : number.toByteArray();
    int skip = magnitude.length > 0 && magnitude[0] == 0 ? 1 : 0;
    byte[] full = new byte[zeros + magnitude.length - skip];
    System.arraycopy(magnitude, skip, full, zeros, magnitude.length - skip);
    int payloadLength = full.length - CHECKSUM_SIZE;
    if (payloadLength < 0
        || !Arrays.equals(
            checksum(full, payloadLength), 0, CHECKSUM_SIZE, full, payloadLength, full.length)) {
      return Optional.empty();
    }
    return Optional.of(Arrays.copyOf(full, payloadLength));
  }

  private static byte[] checksum(byte[] bytes, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, length);
      return digest.digest(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
