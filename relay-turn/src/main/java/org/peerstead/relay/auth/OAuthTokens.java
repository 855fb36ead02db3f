package org.peerstead.relay.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.StunMessage;

/**
 * Reads the self-contained access tokens of RFC 7635: an authorization server and the relay share a
 * key, and the token carries the key of the client. Immutable and thread-safe.
 */
public final class OAuthTokens {
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int MAX_TOKEN_BYTES = 256;
  private static final int MAX_KEY_BYTES = 64;

  /** coturn's clients sign with as much of a key, whatever its length. */
  private static final int COTURN_KEY_BYTES = 16;

  /**
   * The name of everybody with a token: a key id names a server's key, which changes while an
   * allocation lives, and not a user. It begins with a byte that no configured name has.
   */
  static final String USERNAME = "\0access token";

  /** Clocks of two servers differ by as much (RFC 7635 section 4.1.1). */
  private static final int ALLOWED_SKEW_SECONDS = 5;

  /**
   * A key that is shared with an authorization server.
   *
   * @param id the {@code kid} that clients send as their username
   * @param key 16 bytes for A128GCM, 32 for A256GCM
   * @param validFromEpochSecond no token counts before
   * @param validUntilEpochSecond no token counts from then on
   */
  public record SharedKey(
      String id, byte[] key, long validFromEpochSecond, long validUntilEpochSecond) {
    public SharedKey {
      if (key.length != 16 && key.length != 32) {
        throw new IllegalArgumentException("a key has 16 or 32 bytes, not " + key.length);
      }
    }

    @Override
    public String toString() {
      return "SharedKey[" + id + "]";
    }
  }

  private final String serverName;
  private final Map<String, SharedKey> keys;

  /**
   * @param serverName what tokens are made for: the name in THIRD-PARTY-AUTHORIZATION
   */
  public OAuthTokens(String serverName, List<SharedKey> keys) {
    this.serverName = serverName;
    this.keys = keys.stream().collect(Collectors.toMap(SharedKey::id, Function.identity()));
  }

  String serverName() {
    return serverName;
  }

  /**
   * Opens a token and checks the request with the key in it.
   *
   * @return null when either is not right, or their time is over
   */
  @Nullable Principal open(String keyId, byte[] token, StunMessage request, long nowEpochMillis) {
    long now = nowEpochMillis / 1_000;
    SharedKey shared = keys.get(keyId);
    if (shared == null
        || now < shared.validFromEpochSecond()
        || now >= shared.validUntilEpochSecond()) {
      return null;
    }
    ByteBuffer plain = decrypt(shared, token);
    if (plain == null || plain.remaining() < Short.BYTES) {
      return null;
    }
    int keyBytes = Short.toUnsignedInt(plain.getShort());
    if (keyBytes == 0
        || keyBytes > MAX_KEY_BYTES
        || plain.remaining() != keyBytes + Long.BYTES + Integer.BYTES) {
      return null;
    }
    byte[] macKey = new byte[keyBytes];
    plain.get(macKey);
    // 48 bits of seconds, 16 bits of fractions.
    long issued = plain.getLong() >>> 16;
    long lifetime = Integer.toUnsignedLong(plain.getInt());
    if (Math.abs(now - issued) >= lifetime + ALLOWED_SKEW_SECONDS) {
      return null;
    }
    byte[] used = request.isIntegrityRight(macKey) ? macKey : shortened(macKey, request);
    return used == null
        ? null
        : new Principal(USERNAME, keyId, used, request.integrity(), issued + lifetime, true);
  }

  /** The start of a key when a request is signed with it, as coturn's clients do; else null. */
  private static byte @Nullable [] shortened(byte[] macKey, StunMessage request) {
    if (macKey.length <= COTURN_KEY_BYTES) {
      return null;
    }
    byte[] start = Arrays.copyOf(macKey, COTURN_KEY_BYTES);
    return request.isIntegrityRight(start) ? start : null;
  }

  /** Token: nonce length (2), nonce, ciphertext and tag; the server's name is authenticated too. */
  private @Nullable ByteBuffer decrypt(SharedKey shared, byte[] token) {
    if (token.length > MAX_TOKEN_BYTES || token.length < Short.BYTES + NONCE_BYTES + TAG_BYTES) {
      return null;
    }
    int nonceBytes = (token[0] & 0xff) << 8 | token[1] & 0xff;
    if (nonceBytes != NONCE_BYTES) {
      return null;
    }
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          new SecretKeySpec(shared.key(), "AES"),
          new GCMParameterSpec(TAG_BYTES * Byte.SIZE, token, Short.BYTES, NONCE_BYTES));
      cipher.updateAAD(serverName.getBytes(StandardCharsets.UTF_8));
      int start = Short.BYTES + NONCE_BYTES;
      return ByteBuffer.wrap(cipher.doFinal(token, start, token.length - start));
    } catch (GeneralSecurityException e) {
      // A forged token, or one for another server.
      return null;
    }
  }
}
