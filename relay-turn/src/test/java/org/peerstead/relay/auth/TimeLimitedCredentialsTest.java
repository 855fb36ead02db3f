package org.peerstead.relay.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.LongTermKey;

class TimeLimitedCredentialsTest {
  private static final long NOW = 1_700_000_000L;
  private static final byte[] SECRET = "north".getBytes(StandardCharsets.UTF_8);
  private static final byte[] OLD = "south".getBytes(StandardCharsets.UTF_8);

  private final TimeLimitedCredentials credentials =
      new TimeLimitedCredentials(List.of(SECRET, OLD), Duration.ofDays(7));

  private UserKey find(String username) {
    return credentials.find(username, "relay", PasswordAlgorithm.MD5, NOW);
  }

  @Test
  void issue_shouldGiveTheWellKnownForm() {
    // openssl: printf '1433895918:ninefingers' | openssl dgst -sha1 -hmac north -binary | base64
    var issued =
        TimeLimitedCredentials.issue("ninefingers", Duration.ofSeconds(18), SECRET, 1_433_895_900L);

    assertThat(issued.username()).isEqualTo("1433895918:ninefingers");
    assertThat(issued.password()).isEqualTo("jy8hTxmOO7UtEKXqSkSlvakPVYA=");
    assertThat(issued.toString()).doesNotContain(issued.password());
  }

  @Test
  void find_shouldKnowWhoWasLetIn() {
    var issued = TimeLimitedCredentials.issue("ann", Duration.ofHours(1), SECRET, NOW);

    UserKey user = find(issued.username());

    assertThat(user.userId()).isEqualTo("ann");
    assertThat(user.expiresAtEpochSecond()).isEqualTo(NOW + 3_600);
    assertThat(user.key())
        .isEqualTo(LongTermKey.md5(issued.username(), "relay", issued.password()));
    assertThat(credentials.find(issued.username(), "relay", PasswordAlgorithm.SHA256, NOW).key())
        .isEqualTo(LongTermKey.sha256(issued.username(), "relay", issued.password()));
  }

  @Test
  void others_shouldKnowTheSecretThatIsBeingReplaced() {
    var issued = TimeLimitedCredentials.issue("ann", Duration.ofHours(1), OLD, NOW);

    assertThat(credentials.others(issued.username(), "relay", PasswordAlgorithm.MD5, NOW))
        .extracting(UserKey::key)
        .containsExactly(LongTermKey.md5(issued.username(), "relay", issued.password()));
    assertThat(credentials.others("ann", "relay", PasswordAlgorithm.MD5, NOW)).isEmpty();
  }

  @Test
  void find_shouldTakeBothOrdersAndAnExpiryAlone() {
    assertThat(find(NOW + 1 + ":a:b").userId()).isEqualTo("a:b");
    assertThat(find("a:b:" + (NOW + 1)).userId()).isEqualTo("a:b");
    assertThat(find("" + (NOW + 1)).userId()).isEqualTo(TimeLimitedCredentials.NAMELESS);
    assertThat(find(NOW + 1 + ":").userId()).isEqualTo(TimeLimitedCredentials.NAMELESS);
  }

  @Test
  void find_shouldNotKnowStrangersTheExpiredAndTheFarFuture() {
    for (String username :
        List.of(
            "",
            ":",
            "ann",
            "ann:bob",
            NOW + ":ann",
            NOW - 1 + ":ann",
            NOW + 7 * 86_400 + 1 + ":ann",
            "99999999999999999999:ann",
            "-5:ann",
            "\u0661:ann",
            NOW + 1 + ":" + "x".repeat(508))) {
      assertThat(find(username)).as(username).isNull();
    }
    assertThat(credentials.findByHash(new byte[32], "relay", PasswordAlgorithm.MD5, NOW)).isNull();
  }

  @Test
  void issue_shouldRefuseNamesThatDoNotFit() {
    assertThatThrownBy(() -> TimeLimitedCredentials.issue("", Duration.ofHours(1), SECRET, NOW))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> TimeLimitedCredentials.issue("x".repeat(481), Duration.ofHours(1), SECRET, NOW))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TimeLimitedCredentials(List.of(), Duration.ofDays(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
