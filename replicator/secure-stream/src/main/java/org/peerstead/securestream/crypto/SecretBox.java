package org.peerstead.securestream.crypto;

import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.crypto.engines.XSalsa20Engine;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.peerstead.securestream.crypto.CryptoException.Reason;
import org.peerstead.securestream.encoding.Slice;

/**
 * Libsodium's {@code crypto_secretbox_easy}: XSalsa20-Poly1305, the 16 byte MAC first, then the
 * ciphertext. Stateless and thread-safe; a nonce must never be used twice with one key.
 */
public final class SecretBox {
  /** Size of a key in bytes. */
  public static final int KEY_BYTES = 32;

  /** Size of a nonce in bytes. */
  public static final int NONCE_BYTES = 24;

  /** Bytes that a box is longer than its content. */
  public static final int MAC_BYTES = 16;

  private SecretBox() {}

  /**
   * Encrypts {@code plain}.
   *
   * @param key 32 bytes
   * @param nonce 24 bytes
   * @return MAC and ciphertext
   */
  public static byte[] seal(byte[] key, byte[] nonce, Slice plain) {
    XSalsa20Engine cipher = cipher(key, nonce);
    Poly1305 mac = mac(cipher);
    byte[] box = new byte[MAC_BYTES + plain.length()];
    cipher.processBytes(plain.array(), plain.offset(), plain.length(), box, MAC_BYTES);
    mac.update(box, MAC_BYTES, plain.length());
    mac.doFinal(box, 0);
    return box;
  }

  /**
   * Decrypts {@code box}.
   *
   * @param key 32 bytes
   * @param nonce 24 bytes
   * @return the plain bytes
   * @throws CryptoException with {@code AUTHENTICATION_FAILED} when it was not made with this key
   *     and nonce
   */
  public static byte[] open(byte[] key, byte[] nonce, Slice box) throws CryptoException {
    if (box.length() < MAC_BYTES) {
      throw new CryptoException(
          Reason.AUTHENTICATION_FAILED, "a box has at least 16 bytes, not " + box.length());
    }
    XSalsa20Engine cipher = cipher(key, nonce);
    Poly1305 mac = mac(cipher);
    int from = box.offset() + MAC_BYTES;
    int length = box.length() - MAC_BYTES;
    mac.update(box.array(), from, length);
    byte[] expected = new byte[MAC_BYTES];
    mac.doFinal(expected, 0);
    if (!MessageDigest.isEqual(expected, box.range(0, MAC_BYTES).toByteArray())) {
      throw new CryptoException(Reason.AUTHENTICATION_FAILED, "box does not match its MAC");
    }
    byte[] plain = new byte[length];
    cipher.processBytes(box.array(), from, length, plain, 0);
    return plain;
  }

  private static XSalsa20Engine cipher(byte[] key, byte[] nonce) {
    if (key.length != KEY_BYTES || nonce.length != NONCE_BYTES) {
      throw new IllegalArgumentException(
          "key of " + key.length + " and nonce of " + nonce.length + " bytes, not 32 and 24");
    }
    XSalsa20Engine cipher = new XSalsa20Engine();
    cipher.init(true, new ParametersWithIV(new KeyParameter(key), nonce));
    return cipher;
  }

  /** The first 32 bytes of the key stream are the key of the MAC; the message follows them. */
  private static Poly1305 mac(XSalsa20Engine cipher) {
    byte[] macKey = new byte[32];
    cipher.processBytes(macKey, 0, macKey.length, macKey, 0);
    Poly1305 mac = new Poly1305();
    mac.init(new KeyParameter(macKey));
    Arrays.fill(macKey, (byte) 0);
    return mac;
  }
}
