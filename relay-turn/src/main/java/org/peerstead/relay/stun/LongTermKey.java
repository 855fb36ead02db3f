package org.peerstead.relay.stun;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Keys of long-term credentials. */
public final class LongTermKey {
  private LongTermKey() {}

  public static byte[] md5(String username, String realm, String password) {
    return digest("MD5", username + ":" + realm + ":" + password);
  }

  public static byte[] sha256(String username, String realm, String password) {
    return digest("SHA-256", username + ":" + realm + ":" + password);
  }

  public static byte[] userHash(String username, String realm) {
    return digest("SHA-256", username + ":" + realm);
  }

  private static byte[] digest(String algorithm, String text) {
    try {
      return MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
