package org.peerstead.relay.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.auth.AuthDecision.Challenged;
import org.peerstead.relay.auth.AuthDecision.Granted;
import org.peerstead.relay.auth.AuthDecision.Refused;
import org.peerstead.relay.stun.IntegrityKind;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.LongTermKey;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;

class AuthenticatorTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final byte[] SECRET = new byte[32];
  private static final byte[] OFFERED = {0, 1, 0, 0, 0, 2, 0, 0};
  private static final TransactionId ID = new TransactionId(1, 2);
  private static final TransportAddress CLIENT =
      new TransportAddress(IpAddress.parse("45.20.0.1"), 4_000);
  private static final Credentials ANN =
      StaticUsers.parse(List.of(StaticUsers.line("ann", "relay", "sesame")));

  private final Authenticator authenticator = authenticator("relay", ANN);

  private static Authenticator authenticator(String realm, Credentials credentials) {
    return new Authenticator(AuthConfig.of(realm), mint(), credentials, null);
  }

  private static NonceMint mint() {
    return new NonceMint(List.of(SECRET), Duration.ofHours(1));
  }

  private static StunWriter allocate() {
    return StunWriter.request(StunMethod.ALLOCATE, ID).requestedTransport(17);
  }

  private AuthDecision check(byte[] request) throws MalformedStunException {
    return authenticator.check(StunMessage.parse(request), CLIENT, true, NOW);
  }

  private static StunMessage challenge(
      Authenticator authenticator, byte[] request, boolean isDatagram)
      throws MalformedStunException {
    StunMessage asked = StunMessage.parse(request);
    var challenged = (Challenged) authenticator.check(asked, CLIENT, isDatagram, NOW);
    StunWriter answer = StunWriter.error(asked, challenged.code());
    challenged.challenge().write(answer);
    if (asked.hasFingerprint()) {
      answer.fingerprint();
    }
    return StunMessage.parse(answer.toBytes());
  }

  private String nonce() throws MalformedStunException {
    return challenge(authenticator, allocate().toBytes(), true).text(StunAttribute.NONCE);
  }

  private static StunWriter signed(String user, String nonce) {
    return allocate()
        .text(StunAttribute.USERNAME, user)
        .text(StunAttribute.REALM, "relay")
        .text(StunAttribute.NONCE, nonce);
  }

  private static byte[] key(PasswordAlgorithm algorithm) {
    return switch (algorithm) {
      case MD5 -> LongTermKey.md5("ann", "relay", "sesame");
      case SHA256 -> LongTermKey.sha256("ann", "relay", "sesame");
    };
  }

  private static UnaryOperator<StunWriter> chosen(PasswordAlgorithm algorithm) {
    return writer ->
        writer
            .bytes(
                StunAttribute.PASSWORD_ALGORITHM, new byte[] {0, (byte) algorithm.number(), 0, 0})
            .bytes(StunAttribute.PASSWORD_ALGORITHMS, OFFERED);
  }

  private static @Nullable AuthFailure failure(AuthDecision decision) {
    return switch (decision) {
      case Granted granted -> null;
      case Challenged challenged -> challenged.failure();
      case Refused refused -> refused.failure();
    };
  }

  @Test
  void check_shouldChallengeWhoShowsNothing() throws MalformedStunException {
    StunMessage challenge = challenge(authenticator, allocate().toBytes(), true);

    assertThat(challenge.bytes(StunAttribute.ERROR_CODE)).isEqualTo(new byte[] {0, 0, 4, 1});
    assertThat(challenge.text(StunAttribute.REALM)).isEqualTo("relay");
    assertThat(challenge.text(StunAttribute.NONCE)).startsWith("obMatJos2wAAA").hasSize(28);
    assertThat(challenge.bytes(StunAttribute.PASSWORD_ALGORITHMS)).isEqualTo(OFFERED);
    assertThat(challenge.integrity()).isEqualTo(IntegrityKind.NONE);
  }

  @ParameterizedTest
  @CsvSource({"MD5,SHA1", "MD5,SHA256", "SHA256,SHA1", "SHA256,SHA256"})
  void check_shouldTakeEveryKeyWithEveryIntegrity(PasswordAlgorithm algorithm, IntegrityKind kind)
      throws MalformedStunException {
    StunWriter request = chosen(algorithm).apply(signed("ann", nonce()));

    AuthDecision decision = check(request.integrity(kind, key(algorithm)).toBytes());

    assertThat(decision).isInstanceOf(Granted.class);
    Principal principal = ((Granted) decision).principal();
    assertThat(principal.username()).isEqualTo("ann");
    assertThat(principal.key()).isEqualTo(key(algorithm));
    assertThat(principal.integrity()).isEqualTo(kind);
  }

  @Test
  void check_shouldTakeMd5OfClientsThatKnowNoAlgorithms() throws MalformedStunException {
    byte[] request =
        signed("ann", nonce()).integrity(IntegrityKind.SHA1, key(PasswordAlgorithm.MD5)).toBytes();

    assertThat(check(request)).isInstanceOf(Granted.class);
  }

  @Test
  void check_shouldNoticeThatSomebodyChangedWhatWasOffered() throws MalformedStunException {
    byte[] md5 = {0, 1, 0, 0};
    List<UnaryOperator<StunWriter>> tampered =
        List.of(
            // The client saw an offer of MD5 alone.
            writer ->
                writer
                    .bytes(StunAttribute.PASSWORD_ALGORITHM, md5)
                    .bytes(StunAttribute.PASSWORD_ALGORITHMS, md5),
            // In another order.
            writer ->
                writer
                    .bytes(StunAttribute.PASSWORD_ALGORITHM, md5)
                    .bytes(StunAttribute.PASSWORD_ALGORITHMS, new byte[] {0, 2, 0, 0, 0, 1, 0, 0}),
            // One of the two attributes is gone.
            writer -> writer.bytes(StunAttribute.PASSWORD_ALGORITHM, md5),
            writer -> writer.bytes(StunAttribute.PASSWORD_ALGORITHMS, OFFERED),
            // Not one of those offered, with parameters, too short.
            writer ->
                writer
                    .bytes(StunAttribute.PASSWORD_ALGORITHM, new byte[] {0, 3, 0, 0})
                    .bytes(StunAttribute.PASSWORD_ALGORITHMS, OFFERED),
            writer ->
                writer
                    .bytes(StunAttribute.PASSWORD_ALGORITHM, new byte[] {0, 1, 0, 4, 0, 0, 0, 0})
                    .bytes(StunAttribute.PASSWORD_ALGORITHMS, OFFERED),
            writer ->
                writer
                    .bytes(StunAttribute.PASSWORD_ALGORITHM, new byte[] {0, 1})
                    .bytes(StunAttribute.PASSWORD_ALGORITHMS, OFFERED));

    for (UnaryOperator<StunWriter> how : tampered) {
      byte[] request =
          how.apply(signed("ann", nonce()))
              .integrity(IntegrityKind.SHA1, key(PasswordAlgorithm.MD5))
              .toBytes();
      assertThat(check(request)).isEqualTo(new Refused(AuthFailure.ALGORITHMS_CHANGED));
    }
  }

  @Test
  void check_shouldNotLetAnybodyHaveAPoorerNonceMadeForAClient() throws MalformedStunException {
    // Who stands in between cannot ask in the client's name in a way that leaves the offer out.
    byte[] bare = StunWriter.request(StunMethod.REFRESH, ID).toBytes();
    assertThat(check(bare)).isEqualTo(new Refused(AuthFailure.NO_CREDENTIALS));
    // Nor does a nonce count that was made for a poorer offer.
    String plain = mint().mint("", CLIENT, "relay", NOW);
    byte[] request =
        signed("ann", plain).integrity(IntegrityKind.SHA1, key(PasswordAlgorithm.MD5)).toBytes();
    assertThat(failure(check(request))).isEqualTo(AuthFailure.NONCE_FOREIGN);
    String cut = nonce().replace("wAAA", "AAAA");
    request =
        signed("ann", cut).integrity(IntegrityKind.SHA1, key(PasswordAlgorithm.MD5)).toBytes();
    assertThat(failure(check(request))).isEqualTo(AuthFailure.NONCE_FOREIGN);
  }

  @Test
  void check_shouldKnowUsersByTheirHash() throws MalformedStunException {
    byte[] hash = LongTermKey.userHash("ann", "relay");
    StunWriter request =
        allocate()
            .bytes(StunAttribute.USERHASH, hash)
            .text(StunAttribute.REALM, "relay")
            .text(StunAttribute.NONCE, nonce());
    byte[] right =
        chosen(PasswordAlgorithm.SHA256)
            .apply(request)
            .integrity(IntegrityKind.SHA256, key(PasswordAlgorithm.SHA256))
            .toBytes();

    AuthDecision decision = check(right);

    assertThat(decision).isInstanceOf(Granted.class);
    assertThat(((Granted) decision).principal().username()).isEqualTo("ann");
    hash[0] ^= 1;
    byte[] unknown =
        allocate()
            .bytes(StunAttribute.USERHASH, hash)
            .text(StunAttribute.REALM, "relay")
            .text(StunAttribute.NONCE, nonce())
            .integrity(IntegrityKind.SHA1, key(PasswordAlgorithm.MD5))
            .toBytes();
    assertThat(failure(check(unknown))).isEqualTo(AuthFailure.USER_UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 20, 24, 28, 32})
  void check_shouldTakeTruncatedSha256(int length) throws MalformedStunException {
    assertThat(check(truncated(length, 0))).isInstanceOf(Granted.class);
    assertThat(failure(check(truncated(length, 1)))).isEqualTo(AuthFailure.INTEGRITY_WRONG);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 12, 15, 36})
  void check_shouldNeverSeeOtherLengths(int length) {
    // Four bytes could be guessed.
    assertThatThrownBy(() -> check(truncated(length, 0)))
        .isInstanceOf(MalformedStunException.class);
  }

  /** A request with the first bytes of the right HMAC, the last of them changed. */
  private byte[] truncated(int length, int change) throws MalformedStunException {
    byte[] start = signed("ann", nonce()).toBytes();
    int padded = (length + 3) & ~3;
    byte[] head = start.clone();
    int total = start.length - 20 + 4 + padded;
    head[2] = (byte) (total >> 8);
    head[3] = (byte) total;
    byte[] proof = Arrays.copyOf(hmac(head), length);
    if (change != 0) {
      proof[length - 1] ^= (byte) change;
    }
    return signed("ann", challengeNonce(start))
        .bytes(StunAttribute.MESSAGE_INTEGRITY_SHA256, proof)
        .toBytes();
  }

  private static byte[] hmac(byte[] message) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key(PasswordAlgorithm.MD5), "HmacSHA256"));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String challengeNonce(byte[] request) throws MalformedStunException {
    return StunMessage.parse(request).text(StunAttribute.NONCE);
  }

  @Test
  void check_shouldAskAgainAfterWrongUsersPasswordsAndRealms() throws MalformedStunException {
    byte[] right = key(PasswordAlgorithm.MD5);
    byte[] wrong = LongTermKey.md5("ann", "relay", "guess");

    byte[] request = signed("ann", nonce()).integrity(IntegrityKind.SHA1, wrong).toBytes();
    assertThat(failure(check(request))).isEqualTo(AuthFailure.INTEGRITY_WRONG);
    request = signed("eve", nonce()).integrity(IntegrityKind.SHA1, right).toBytes();
    assertThat(failure(check(request))).isEqualTo(AuthFailure.USER_UNKNOWN);
    // The stand-in for an unknown user's key lets nobody in.
    request = signed("eve", nonce()).integrity(IntegrityKind.SHA1, new byte[16]).toBytes();
    assertThat(failure(check(request))).isEqualTo(AuthFailure.USER_UNKNOWN);
    request =
        allocate()
            .text(StunAttribute.USERNAME, "ann")
            .text(StunAttribute.REALM, "elsewhere")
            .text(StunAttribute.NONCE, nonce())
            .integrity(IntegrityKind.SHA1, right)
            .toBytes();
    assertThat(failure(check(request))).isEqualTo(AuthFailure.REALM_WRONG);
    assertThat(((Challenged) check(request)).code()).isEqualTo(401);
  }

  @Test
  void check_shouldRefuseRequestsThatLackSomething() throws MalformedStunException {
    byte[] right = key(PasswordAlgorithm.MD5);
    List<StunWriter> lacking =
        List.of(
            allocate(),
            allocate().text(StunAttribute.USERNAME, "ann").text(StunAttribute.REALM, "relay"),
            allocate().text(StunAttribute.USERNAME, "ann").text(StunAttribute.NONCE, nonce()),
            allocate().text(StunAttribute.REALM, "relay").text(StunAttribute.NONCE, nonce()));

    for (StunWriter request : lacking) {
      assertThat(check(request.integrity(IntegrityKind.SHA1, right).toBytes()))
          .isEqualTo(new Refused(AuthFailure.ATTRIBUTE_MISSING));
    }
    byte[] badText =
        allocate()
            .bytes(StunAttribute.USERNAME, new byte[] {(byte) 0xff})
            .integrity(IntegrityKind.SHA1, right)
            .toBytes();
    assertThatThrownBy(() -> check(badText)).isInstanceOf(MalformedStunException.class);
  }

  @Test
  void check_shouldGiveAFreshNonceFor438() throws MalformedStunException {
    byte[] request =
        signed("ann", nonce()).integrity(IntegrityKind.SHA1, key(PasswordAlgorithm.MD5)).toBytes();
    long later = NOW + Duration.ofMinutes(61).toMillis();

    AuthDecision decision = authenticator.check(StunMessage.parse(request), CLIENT, true, later);

    assertThat(decision)
        .isInstanceOfSatisfying(
            Challenged.class,
            challenged -> {
              assertThat(challenged.code()).isEqualTo(438);
              assertThat(challenged.failure()).isEqualTo(AuthFailure.NONCE_STALE);
            });
    TransportAddress elsewhere = new TransportAddress(CLIENT.ip(), 4_001);
    assertThat(failure(authenticator.check(StunMessage.parse(request), elsewhere, true, NOW)))
        .isEqualTo(AuthFailure.NONCE_FOREIGN);
  }

  @Test
  void check_shouldTakeNoncesOfAnotherRelayWithTheSameSecret() throws MalformedStunException {
    byte[] request =
        signed("ann", nonce()).integrity(IntegrityKind.SHA1, key(PasswordAlgorithm.MD5)).toBytes();

    assertThat(authenticator("relay", ANN).check(StunMessage.parse(request), CLIENT, true, NOW))
        .isInstanceOf(Granted.class);
  }

  @Test
  void check_shouldTakeTheKeyOfTheTokenThatAnAllocationLivesOn() throws MalformedStunException {
    byte[] key = "sixteen bytes it".getBytes(StandardCharsets.UTF_8);
    Principal session = new Principal("anybody", "kid", key, IntegrityKind.SHA1, NOW, true);
    StunWriter request = signed("another kid", nonce());
    StunMessage right = StunMessage.parse(request.integrity(IntegrityKind.SHA256, key).toBytes());

    AuthDecision decision = authenticator.check(right, CLIENT, true, session, NOW);

    Principal principal = ((Granted) decision).principal();
    assertThat(principal.username()).isEqualTo("anybody");
    assertThat(principal.userId()).isEqualTo("kid");
    assertThat(principal.integrity()).isEqualTo(IntegrityKind.SHA256);
    assertThat(principal.isBoundToExpiry()).isTrue();
    // Ann has a password, but this allocation is not hers.
    byte[] hers = LongTermKey.md5("ann", "relay", "sesame");
    StunMessage ofAnn =
        StunMessage.parse(signed("ann", nonce()).integrity(IntegrityKind.SHA1, hers).toBytes());
    assertThat(authenticator.check(ofAnn, CLIENT, true, NOW)).isInstanceOf(Granted.class);
    assertThat(failure(authenticator.check(ofAnn, CLIENT, true, session, NOW)))
        .isEqualTo(AuthFailure.TOKEN_INVALID);
    assertThat(failure(authenticator.check(right, CLIENT, true, NOW)))
        .isEqualTo(AuthFailure.USER_UNKNOWN);
  }

  @Test
  void check_shouldStayWithinThreeTimesTheRequestForEveryRealm() throws MalformedStunException {
    var tokens =
        new OAuthTokens(
            "auth.example", List.of(new OAuthTokens.SharedKey("k", new byte[16], 0, NOW)));
    for (int length = 1; length <= AuthConfig.MAX_REALM_BYTES; length++) {
      for (OAuthTokens accepted : Arrays.asList(null, tokens)) {
        var limited = new Authenticator(AuthConfig.of("x".repeat(length)), mint(), ANN, accepted);
        byte[] short28 = allocate().toBytes();
        byte[] printed = allocate().fingerprint().toBytes();
        assertThat(challenge(limited, short28, true).length()).isLessThanOrEqualTo(84);
        assertThat(challenge(limited, printed, true).length()).isLessThanOrEqualTo(108);
        StunMessage bare = StunMessage.parse(StunWriter.request(StunMethod.REFRESH, ID).toBytes());
        if (limited.check(bare, CLIENT, true, NOW) instanceof Challenged) {
          assertThat(challenge(limited, StunWriter.request(4, ID).toBytes(), true).length())
              .isLessThanOrEqualTo(60);
        }
        // Where nobody can lie about the address everything is offered.
        StunMessage whole = challenge(limited, short28, false);
        assertThat(whole.has(StunAttribute.PASSWORD_ALGORITHMS)).isTrue();
        assertThat(whole.has(StunAttribute.THIRD_PARTY_AUTHORIZATION)).isEqualTo(accepted != null);
      }
    }
    assertThatThrownBy(() -> AuthConfig.of("x".repeat(33)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AuthConfig.of("\u00e9".repeat(17)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void check_shouldOfferNothingThatIsSwitchedOff() throws MalformedStunException {
    var plain =
        new Authenticator(
            new AuthConfig("relay", EnumSet.of(PasswordAlgorithm.MD5), false), mint(), ANN, null);

    StunMessage challenge = challenge(plain, allocate().toBytes(), false);

    assertThat(challenge.has(StunAttribute.PASSWORD_ALGORITHMS)).isFalse();
    String nonce = challenge.text(StunAttribute.NONCE);
    assertThat(nonce).hasSize(15);
    byte[] request =
        chosen(PasswordAlgorithm.SHA256)
            .apply(signed("ann", nonce))
            .integrity(IntegrityKind.SHA1, key(PasswordAlgorithm.SHA256))
            .toBytes();
    assertThat(failure(plain.check(StunMessage.parse(request), CLIENT, false, NOW)))
        .isEqualTo(AuthFailure.INTEGRITY_WRONG);
  }

  @Test
  void check_shouldTakeTimeLimitedUsersOfTwoSecretsUntilTheirTimeIsOver()
      throws MalformedStunException {
    byte[] current = "north".getBytes(StandardCharsets.UTF_8);
    byte[] previous = "south".getBytes(StandardCharsets.UTF_8);
    var rotating =
        authenticator(
            "relay", new TimeLimitedCredentials(List.of(current, previous), Duration.ofDays(1)));
    for (byte[] secret : List.of(current, previous)) {
      var issued = TimeLimitedCredentials.issue("cat", Duration.ofMinutes(10), secret, NOW / 1_000);
      byte[] key = LongTermKey.md5(issued.username(), "relay", issued.password());
      byte[] request =
          signed(issued.username(), nonce()).integrity(IntegrityKind.SHA1, key).toBytes();
      StunMessage message = StunMessage.parse(request);

      AuthDecision decision = rotating.check(message, CLIENT, true, NOW);

      assertThat(decision)
          .isInstanceOfSatisfying(
              Granted.class,
              granted -> {
                assertThat(granted.principal().userId()).isEqualTo("cat");
                assertThat(granted.principal().key()).isEqualTo(key);
              });
      assertThat(failure(rotating.check(message, CLIENT, true, NOW + 600_000)))
          .isEqualTo(AuthFailure.USER_UNKNOWN);
    }
    var foreign = TimeLimitedCredentials.issue("cat", Duration.ofMinutes(10), SECRET, NOW / 1_000);
    byte[] request =
        signed(foreign.username(), nonce())
            .integrity(
                IntegrityKind.SHA1,
                LongTermKey.md5(foreign.username(), "relay", foreign.password()))
            .toBytes();
    assertThat(failure(rotating.check(StunMessage.parse(request), CLIENT, true, NOW)))
        .isEqualTo(AuthFailure.INTEGRITY_WRONG);
  }
}
