package org.peerstead.relay.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.peerstead.relay.stun.TransportAddress;

/**
 * Makes and knows nonces without remembering any: each carries the time of its making and an HMAC
 * over time, client and realm, so that every relay with the same secret can tell. Thread-safe.
 *
 * <pre>
 * [ "obMatJos2" | 4 characters: 24 feature bits ] base64url( time, 3 bytes, in units of 4 s | HMAC-SHA256, 8 bytes )
 * </pre>
 *
 * <p>The part in brackets is the nonce cookie of RFC 8489 section 9.2; it is there when the relay
 * offers more than MD5. With it a nonce has 28 characters.
 */
public final class NonceMint {
  /** How a nonce was found. */
  enum Finding {
    VALID,
    STALE,
    FOREIGN
  }

  private static final String COOKIE = "obMatJos2";

  /** The first bit of 24: RFC 8489 section 18.1 counts from the most significant one. */
  private static final int PASSWORD_ALGORITHMS_BIT = 0x80_0000;

  private static final int USERNAME_ANONYMITY_BIT = 0x40_0000;

  private static final int TIME_BYTES = 3;
  private static final int PROOF_BYTES = 8;

  /** Of a nonce without its cookie. */
  static final int PLAIN_CHARACTERS = 15;

  private static final int MILLIS_PER_UNIT = 4_000;
  private static final int UNITS = 1 << 24;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final List<SecretKeySpec> secrets;
  private final int validUnits;

  /**
   * @param secrets the current one, then others that still count; at least 16 bytes each
   * @param validity of a nonce; RFC 8489 has servers choose, an hour is usual
   */
  public NonceMint(List<byte[]> secrets, Duration validity) {
    if (secrets.isEmpty() || secrets.stream().anyMatch(secret -> secret.length < 16)) {
      throw new IllegalArgumentException("nonces need a secret of at least 16 bytes");
    }
    this.secrets = secrets.stream().map(secret -> new SecretKeySpec(secret, "HmacSHA256")).toList();
    validUnits = Math.toIntExact(Math.max(1, validity.toMillis() / MILLIS_PER_UNIT));
    if (validUnits >= UNITS / 2) {
      throw new IllegalArgumentException("a nonce is valid for a year at most");
    }
  }

  /** The cookie for what is offered, to be given to {@link #mint}. */
  static String cookie(boolean algorithms, boolean userHash) {
    int bits = (algorithms ? PASSWORD_ALGORITHMS_BIT : 0) | (userHash ? USERNAME_ANONYMITY_BIT : 0);
    byte[] bytes = {(byte) (bits >> 16), (byte) (bits >> 8), (byte) bits};
    return COOKIE + ENCODER.encodeToString(bytes);
  }

  String mint(String cookie, TransportAddress client, String realm, long nowEpochMillis) {
    int time = time(nowEpochMillis);
    byte[] proof = proof(secrets.getFirst(), time, cookie, client, realm);
    byte[] bytes =
        ByteBuffer.allocate(TIME_BYTES + PROOF_BYTES)
            .put((byte) (time >> 16))
            .put((byte) (time >> 8))
            .put((byte) time)
            .put(proof, 0, PROOF_BYTES)
            .array();
    return cookie + ENCODER.encodeToString(bytes);
  }

  /**
   * @param cookie what the nonce must begin with; any other would be for another relay or another
   *     way to it
   */
  Finding examine(
      String nonce, String cookie, TransportAddress client, String realm, long nowEpochMillis) {
    if (!nonce.startsWith(cookie) || nonce.length() != cookie.length() + PLAIN_CHARACTERS) {
      return Finding.FOREIGN;
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(nonce.substring(cookie.length()));
    } catch (IllegalArgumentException e) {
      return Finding.FOREIGN;
    }
    int time = (bytes[0] & 0xff) << 16 | (bytes[1] & 0xff) << 8 | bytes[2] & 0xff;
    byte[] claimed = Arrays.copyOfRange(bytes, TIME_BYTES, bytes.length);
    boolean isOurs = false;
    for (SecretKeySpec secret : secrets) {
      byte[] proof = proof(secret, time, cookie, client, realm);
      isOurs |= MessageDigest.isEqual(claimed, Arrays.copyOf(proof, PROOF_BYTES));
    }
    if (!isOurs) {
      return Finding.FOREIGN;
    }
    // Modulo the range: a clock that was set back a little makes a young nonce, not an old one.
    int age = (time(nowEpochMillis) - time) << 8 >> 8;
    return Math.abs(age) <= validUnits ? Finding.VALID : Finding.STALE;
  }

  private static int time(long epochMillis) {
    return (int) (epochMillis / MILLIS_PER_UNIT) & (UNITS - 1);
  }

  private static byte[] proof(
      SecretKeySpec secret, int time, String cookie, TransportAddress client, String realm) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(secret);
      mac.update(ByteBuffer.allocate(8).putInt(time).putInt(client.port()).flip());
      mac.update(client.ip().toBytes());
      mac.update((byte) cookie.length());
      mac.update(cookie.getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(realm.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
