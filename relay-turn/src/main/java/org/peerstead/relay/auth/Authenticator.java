package org.peerstead.relay.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
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

  /** What a client of today sends first: Allocate with REQUESTED-TRANSPORT. */
  private static final int SHORTEST_ALLOCATE_BYTES = HEADER_BYTES + 8;

  /**
   * What a challenge offers besides realm and nonce. The same for all who come the same way, so
   * that nobody in between can have a poorer one made for a client (bid-down).
   *
   * @param cookie what nonces begin with; empty when neither algorithms nor hashes are offered
   * @param third THIRD-PARTY-AUTHORIZATION
   * @param length bytes of the challenge, without a fingerprint
   */
  private record Offer(String cookie, boolean algorithms, byte @Nullable [] third, int length) {
    boolean userHash() {
      return !cookie.isEmpty();
    }
  }

  private final AuthConfig config;
  private final NonceMint nonces;
  private final Credentials credentials;
  private final @Nullable OAuthTokens tokens;
  private final Offer onStreams;
  private final Offer onDatagrams;

  /**
   * @param tokens null when none are accepted
   */
  public Authenticator(
      AuthConfig config, NonceMint nonces, Credentials credentials, @Nullable OAuthTokens tokens) {
    this.config = config;
    this.nonces = nonces;
    this.credentials = credentials;
    this.tokens = tokens;
    byte[] third = tokens == null ? null : tokens.serverName().getBytes(StandardCharsets.UTF_8);
    onStreams = offer(true, third);
    onDatagrams =
        Stream.of(onStreams, offer(false, third), offer(true, null))
            .filter(offer -> offer.length() <= MAX_AMPLIFICATION * SHORTEST_ALLOCATE_BYTES)
            .findFirst()
            .orElseGet(() -> offer(false, null));
  }

  private Offer offer(boolean isWithFeatures, byte @Nullable [] third) {
    boolean algorithms = isWithFeatures && config.offersAlgorithms();
    boolean userHash = isWithFeatures && config.userHash();
    String cookie = algorithms || userHash ? NonceMint.cookie(algorithms, userHash) : "";
    int length =
        HEADER_BYTES
            + ERROR_CODE_BYTES
            + attribute(config.realm().getBytes(StandardCharsets.UTF_8).length)
            + attribute(cookie.length() + NonceMint.PLAIN_CHARACTERS)
            + (algorithms ? attribute(BOTH_ALGORITHMS.length) : 0)
            + (third == null ? 0 : attribute(third.length));
    return new Offer(cookie, algorithms, third, length);
  }

  /**
   * Says whether a request comes from whom it claims.
   *
   * @param from the client's address; over a stream nonces are bound to it without its port
   * @param isDatagram whether the client's address may be somebody else's: then a request that is
   *     too short for a challenge of three times its length gets none
   * @throws MalformedStunException when an attribute of the credentials cannot be read
   */
  public AuthDecision check(
      StunMessage request, TransportAddress from, boolean isDatagram, long nowEpochMillis)
      throws MalformedStunException {
    return check(request, from, isDatagram, null, nowEpochMillis);
  }

  /**
   * As {@link #check(StunMessage, TransportAddress, boolean, long)}, for a request about an
   * allocation.
   *
   * @param session who made the allocation with an access token, or refreshed it last; null without
   *     one. Clients show the token in Allocate and Refresh only, and sign everything else with the
   *     key in it (RFC 7635 section 9).
   */
  public AuthDecision check(
      StunMessage request,
      TransportAddress from,
      boolean isDatagram,
      @Nullable Principal session,
      long nowEpochMillis)
      throws MalformedStunException {
    // Nobody can lie about the address of a stream, and a client has several: what its control
    // connection learned counts for its data connections too (RFC 6062), and the other way around.
    TransportAddress client = isDatagram ? from : new TransportAddress(from.ip(), 0);
    Offer offer = isDatagram ? onDatagrams : onStreams;
    if (request.integrity() == IntegrityKind.NONE) {
      int length = offer.length() + (request.hasFingerprint() ? FINGERPRINT_BYTES : 0);
      return isDatagram && length > MAX_AMPLIFICATION * request.length()
          ? new Refused(AuthFailure.NO_CREDENTIALS)
          : challenge(
              StunError.UNAUTHENTICATED, AuthFailure.NO_CREDENTIALS, offer, client, nowEpochMillis);
    }
    String username = request.text(StunAttribute.USERNAME);
    byte[] userHash = offer.userHash() ? request.bytes(StunAttribute.USERHASH) : null;
    String realm = request.text(StunAttribute.REALM);
    String nonce = request.text(StunAttribute.NONCE);
    if ((username == null && userHash == null) || realm == null || nonce == null) {
      return new Refused(AuthFailure.ATTRIBUTE_MISSING);
    }
    NonceMint.Finding finding =
        nonces.examine(nonce, offer.cookie(), client, config.realm(), nowEpochMillis);
    if (finding != NonceMint.Finding.VALID) {
      AuthFailure failure =
          finding == NonceMint.Finding.STALE ? AuthFailure.NONCE_STALE : AuthFailure.NONCE_FOREIGN;
      return challenge(StunError.STALE_NONCE, failure, offer, client, nowEpochMillis);
    }
    PasswordAlgorithm algorithm = algorithm(request, offer);
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
              StunError.UNAUTHENTICATED, AuthFailure.TOKEN_INVALID, offer, client, nowEpochMillis);
    }
    if (session != null) {
      return request.isIntegrityRight(session.key())
          ? new Granted(session.signingWith(request.integrity()))
          : challenge(
              StunError.UNAUTHENTICATED, AuthFailure.TOKEN_INVALID, offer, client, nowEpochMillis);
    }
    UserKey user = find(username, userHash, algorithm, nowEpochMillis / 1_000);
    boolean isRight = request.isIntegrityRight(user != null ? user.key() : NOBODYS_KEY);
    if (!isRight && username != null) {
      // Asked for strangers too: it is the same work then as for a wrong password.
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
      return challenge(StunError.UNAUTHENTICATED, failure, offer, client, nowEpochMillis);
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
  private @Nullable PasswordAlgorithm algorithm(StunMessage request, Offer offer) {
    byte[] offered = request.bytes(StunAttribute.PASSWORD_ALGORITHMS);
    byte[] chosen = request.bytes(StunAttribute.PASSWORD_ALGORITHM);
    if (!offer.algorithms() || (offered == null && chosen == null)) {
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
      int code, AuthFailure failure, Offer offer, TransportAddress client, long nowEpochMillis) {
    Challenge challenge =
        answer -> {
          String nonce = nonces.mint(offer.cookie(), client, config.realm(), nowEpochMillis);
          byte[] third = offer.third();
          answer.text(StunAttribute.REALM, config.realm()).text(StunAttribute.NONCE, nonce);
          if (offer.algorithms()) {
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
