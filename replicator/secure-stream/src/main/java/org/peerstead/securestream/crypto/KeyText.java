package org.peerstead.securestream.crypto;

import org.peerstead.securestream.crypto.CryptoException.Reason;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Keys as text, as npm {@code hypercore-id-encoding} 1.3.0 reads and writes them: z-base-32, 52
 * characters of 5 bits each, most significant bit first, 4 zero bits at the end. Stateless and
 * thread-safe.
 */
public final class KeyText {
  private static final String ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769";
  private static final int CHARACTERS = 52;
  private static final int HEX_DIGITS = 64;
  private static final String SCHEME = "pear://";

  private KeyText() {}

  /** 52 characters of z-base-32. */
  public static String encode(Fixed32 key) {
    byte[] bytes = key.toBytes();
    StringBuilder text = new StringBuilder(CHARACTERS);
    for (int bit = 0; bit < 8 * Fixed32.SIZE; bit += 5) {
      int pair = (bytes[bit / 8] & 0xff) << 8;
      if (bit / 8 + 1 < Fixed32.SIZE) {
        pair |= bytes[bit / 8 + 1] & 0xff;
      }
      text.append(ALPHABET.charAt(pair >>> (11 - bit % 8) & 31));
    }
    return text.toString();
  }

  /**
   * Reads 52 characters of z-base-32, 64 hexadecimal digits, or either of them behind {@code
   * pear://} and before a path.
   *
   * @throws CryptoException with {@code BAD_KEY_TEXT} for anything else, including four last bits
   *     that are not zero
   */
  public static Fixed32 parse(String text) throws CryptoException {
    String key = text;
    if (key.startsWith(SCHEME)) {
      int slash = key.indexOf('/', SCHEME.length());
      key = key.substring(SCHEME.length(), slash < 0 ? key.length() : slash);
    }
    if (key.length() == HEX_DIGITS) {
      try {
        return Fixed32.fromHex(key);
      } catch (IllegalArgumentException e) {
        throw badText("64 characters that are not hexadecimal digits");
      }
    }
    if (key.length() != CHARACTERS) {
      throw badText(key.length() + " characters where 52 or 64 are expected");
    }
    byte[] bytes = new byte[Fixed32.SIZE + 1];
    for (int i = 0; i < CHARACTERS; i++) {
      int digit = ALPHABET.indexOf(key.charAt(i));
      if (digit < 0) {
        throw badText("character " + (i + 1) + " is not z-base-32");
      }
      int bit = 5 * i;
      int pair = digit << (11 - bit % 8);
      bytes[bit / 8] |= (byte) (pair >>> 8);
      bytes[bit / 8 + 1] |= (byte) pair;
    }
    if (bytes[Fixed32.SIZE] != 0) {
      throw badText("the last four bits are not zero");
    }
    return Fixed32.of(bytes, 0);
  }

  private static CryptoException badText(String what) {
    return new CryptoException(Reason.BAD_KEY_TEXT, "not a key: " + what);
  }
}
