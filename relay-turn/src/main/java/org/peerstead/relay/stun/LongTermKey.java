package org.peerstead.relay.stun;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;

/**
 * What long-term credentials are turned into (RFC 8489 sections 9.2.2, 14.4 and 18.5). Usernames
 * count as sent; realms and passwords are prepared with OpaqueString (RFC 8265 section 4.2): spaces
 * of all kinds become U+0020, then comes normalisation form C.
 */
public final class LongTermKey {
  private LongTermKey() {}

  /** MD5(username ":" realm ":" password), 16 bytes. */
  public static byte[] md5(String username, String realm, String password) {
    return digest("MD5", username + ":" + prepared(realm) + ":" + prepared(password));
  }

  /** SHA-256(username ":" realm ":" password), 32 bytes. */
  public static byte[] sha256(String username, String realm, String password) {
    return digest("SHA-256", username + ":" + prepared(realm) + ":" + prepared(password));
  }

  /** The value of USERHASH: SHA-256(username ":" realm), 32 bytes. */
  public static byte[] userHash(String username, String realm) {
    return digest("SHA-256", username + ":" + prepared(realm));
  }

  private static String prepared(String text) {
    StringBuilder spaced = new StringBuilder(text.length());
    text.codePoints()
        .map(point -> Character.getType(point) == Character.SPACE_SEPARATOR ? ' ' : point)
        .forEach(spaced::appendCodePoint);
    return Normalizer.normalize(spaced, Normalizer.Form.NFC);
  }

  private static byte[] digest(String algorithm, String text) {
    try {
      return MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has " + algorithm, e);
    }
  }
}
