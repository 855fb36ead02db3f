package org.peerstead.relay.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.AuthDecision.Challenge;
import org.peerstead.relay.auth.AuthDecision.Challenged;
import org.peerstead.relay.auth.AuthDecision.Granted;
import org.peerstead.relay.auth.AuthDecision.Refused;
import org.peerstead.relay.stun.IntegrityKind;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunError;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.TransportAddress;

/**
 * The long-term credential check of RFC 8489 section 9.2.4. Remembers nothing about anybody, and
 * takes as long for unknown users as for wrong passwords. Thread-safe.
 */
public final class Authenticator {
  /** Over UDP nobody can make the relay send more than this many times what it was sent. */
  private static final int MAX_AMPLIFICATION = 3;

  private static final int HEADER_BYTES = 20;
  private static final int ERROR_CODE_BYTES = 8;
  private static final int FINGERPRINT_BYTES = 8;

  /** MD5 and SHA-256, both without parameters. */
  private static final byte[] BOTH_ALGORITHMS = {0, 1, 0, 0, 0, 2, 0, 0};

  /** Stands in for the key of an unknown user. */
  private static final byte[] NOBODYS_KEY = new byte[16];

  private final AuthConfig config;
  private final NonceMint nonces;
  private final Credentials credentials;
  private final @Nullable OAuthTokens tokens;
  private final String cookie;

  /**
   * @param tokens null when none are accepted
   */
  public Authenticator(
      AuthConfig config, NonceMint nonces, Credentials credentials, @Nullable OAuthTokens tokens) {
    this.config = config;
    this.nonces = nonces;
    this.credentials = credentials;
    this.tokens = tokens;
    cookie =
        config.offersAlgorithms() || config.userHash()
            ? NonceMint.cookie(config.offersAlgorithms(), config.userHash())
            : "";
  }

  /**
   * Says whether a request comes from whom it claims.
   *
   * @param from the client's address; over a stream nonces are bound to it without its port
   * @param isDatagram whether the client's address may be somebody else's
   * @throws MalformedStunException when an attribute of the credentials cannot be read
   */
  public AuthDecision check(
      StunMessage request, TransportAddress from, boolean isDatagram, long nowEpochMillis)
      throws MalformedStunException {
    // Nobody can lie about the address of a stream, and a client has several: what its control
    // connection learned counts for its data connections too (RFC 6062), and the other way around.
    TransportAddress client = isDatagram ? from : new TransportAddress(from.ip(), 0);
    if (request.integrity() == IntegrityKind.NONE) {
      return challenge(
          StunError.UNAUTHENTICATED,
          AuthFailure.NO_CREDENTIALS,
          request,
          client,
          isDatagram,
          nowEpochMillis);
    }
    String username = request.text(StunAttribute.USERNAME);
    byte[] userHash = config.userHash() ? request.bytes(StunAttribute.USERHASH) : null;
    String realm = request.text(StunAttribute.REALM);
    String nonce = request.text(StunAttribute.NONCE);
    if ((username == null && userHash == null) || realm == null || nonce == null) {
      return new Refused(AuthFailure.ATTRIBUTE_MISSING);
    }
    NonceMint.Finding finding = nonces.examine(nonce, client, config.realm(), nowEpochMillis);
    if (finding != NonceMint.Finding.VALID) {
      AuthFailure failure =
          finding == NonceMint.Finding.STALE ? AuthFailure.NONCE_STALE : AuthFailure.NONCE_FOREIGN;
      return challenge(StunError.STALE_NONCE, failure, request, client, isDatagram, nowEpochMillis);
    }
    PasswordAlgorithm algorithm = algorithm(request, nonce);
    if (algorithm == null) {
      return new Refused(AuthFailure.ALGORITHMS_CHANGED);
    }
    byte[] token = request.bytes(StunAttribute.ACCESS_TOKEN);
    OAuthTokens accepted = tokens;
    if (token != null && accepted != null && username != null) {
      Principal principal = accepted.open(username, token, request, nowEpochMillis);
      return principal != null
          ? new Granted(principal)
          : challenge(
              StunError.UNAUTHENTICATED,
              AuthFailure.TOKEN_INVALID,
              request,
              client,
              isDatagram,
              nowEpochMillis);
    }
    UserKey user = find(username, userHash, algorithm, nowEpochMillis / 1_000);
    boolean isRight = request.isIntegrityRight(user != null ? user.key() : NOBODYS_KEY);
    if (user != null && !isRight && username != null) {
      for (UserKey other :
          credentials.others(username, config.realm(), algorithm, nowEpochMillis / 1_000)) {
        if (request.isIntegrityRight(other.key())) {
          user = other;
          isRight = true;
          break;
        }
      }
    }
    boolean isRealm = realm.equals(config.realm());
    if (user == null || !isRight || !isRealm) {
      AuthFailure failure =
          user == null
              ? AuthFailure.USER_UNKNOWN
              : isRealm ? AuthFailure.INTEGRITY_WRONG : AuthFailure.REALM_WRONG;
      return challenge(
          StunError.UNAUTHENTICATED, failure, request, client, isDatagram, nowEpochMillis);
    }
    return new Granted(
        new Principal(
            user.username(),
            user.userId(),
            user.key(),
            request.integrity(),
            user.expiresAtEpochSecond(),
            false));
  }

  private @Nullable UserKey find(
      @Nullable String username,
      byte @Nullable [] userHash,
      PasswordAlgorithm algorithm,
      long nowEpochSecond) {
    if (username != null) {
      return credentials.find(username, config.realm(), algorithm, nowEpochSecond);
    }
    return userHash == null
        ? null
        : credentials.findByHash(userHash, config.realm(), algorithm, nowEpochSecond);
  }

  /**
   * Which algorithm makes the key of a request; null when somebody has tampered with what was
   * offered (RFC 8489 section 9.2.4, the bid-down check).
   */
  private @Nullable PasswordAlgorithm algorithm(StunMessage request, String nonce) {
    byte[] offered = request.bytes(StunAttribute.PASSWORD_ALGORITHMS);
    byte[] chosen = request.bytes(StunAttribute.PASSWORD_ALGORITHM);
    if (NonceMint.cookieOf(nonce).isEmpty()
        || !config.offersAlgorithms()
        || (offered == null && chosen == null)) {
      return PasswordAlgorithm.MD5;
    }
    if (offered == null
        || chosen == null
        || chosen.length != 4
        || !Arrays.equals(offered, BOTH_ALGORITHMS)) {
      return null;
    }
    int number = (chosen[0] & 0xff) << 8 | chosen[1] & 0xff;
    boolean hasParameters = (chosen[2] | chosen[3]) != 0;
    for (PasswordAlgorithm algorithm : PasswordAlgorithm.values()) {
      if (algorithm.number() == number && !hasParameters) {
        return algorithm;
      }
    }
    return null;
  }

  private Challenged challenge(
      int code,
      AuthFailure failure,
      StunMessage request,
      TransportAddress client,
      boolean isDatagram,
      long nowEpochMillis) {
    String full = nonces.mint(cookie, client, config.realm(), nowEpochMillis);
    byte[] third = tokens == null ? null : tokens.serverName().getBytes(StandardCharsets.UTF_8);
    int length =
        HEADER_BYTES
            + ERROR_CODE_BYTES
            + attribute(config.realm().getBytes(StandardCharsets.UTF_8).length)
            + attribute(full.length())
            + (config.offersAlgorithms() ? attribute(BOTH_ALGORITHMS.length) : 0)
            + (third == null ? 0 : attribute(third.length))
            + (request.hasFingerprint() ? FINGERPRINT_BYTES : 0);
    boolean isComplete = !isDatagram || length <= MAX_AMPLIFICATION * request.length();
    Challenge challenge =
        answer -> {
          answer.text(StunAttribute.REALM, config.realm());
          if (!isComplete) {
            String plain = nonces.mint("", client, config.realm(), nowEpochMillis);
            answer.text(StunAttribute.NONCE, plain);
            return;
          }
          answer.text(StunAttribute.NONCE, full);
          if (config.offersAlgorithms()) {
            answer.bytes(StunAttribute.PASSWORD_ALGORITHMS, BOTH_ALGORITHMS);
          }
          if (third != null) {
            answer.bytes(StunAttribute.THIRD_PARTY_AUTHORIZATION, third);
          }
        };
    return new Challenged(code, failure, challenge);
  }

  private static int attribute(int valueBytes) {
    return 4 + ((valueBytes + 3) & ~3);
  }
}
