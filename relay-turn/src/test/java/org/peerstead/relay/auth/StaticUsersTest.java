package org.peerstead.relay.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.LongTermKey;

class StaticUsersTest {
  private static final long NOW = 1_700_000_000L;

  private final StaticUsers users =
      StaticUsers.parse(
          List.of(
              "# those of the office",
              "",
              StaticUsers.line("ann", "relay", "sesame"),
              "  " + StaticUsers.line("ben", "elsewhere", "sesame")));

  @Test
  void find_shouldGiveTheKeysOfTheRealm() {
    assertThat(users.find("ann", "relay", PasswordAlgorithm.MD5, NOW).key())
        .isEqualTo(LongTermKey.md5("ann", "relay", "sesame"));
    assertThat(users.find("ann", "relay", PasswordAlgorithm.SHA256, NOW).key())
        .isEqualTo(LongTermKey.sha256("ann", "relay", "sesame"));
    assertThat(users.find("ben", "relay", PasswordAlgorithm.MD5, NOW)).isNull();
    assertThat(users.find("eve", "relay", PasswordAlgorithm.MD5, NOW)).isNull();
    assertThat(users.names()).containsExactly("ann", "ben");
    assertThat(users.namesOutside("relay")).containsExactly("ben");
  }

  @Test
  void findByHash_shouldKnowUsersWithoutTheirName() {
    byte[] hash = LongTermKey.userHash("ann", "relay");

    assertThat(users.findByHash(hash, "relay", PasswordAlgorithm.MD5, NOW).userId())
        .isEqualTo("ann");
    assertThat(users.findByHash(new byte[32], "relay", PasswordAlgorithm.MD5, NOW)).isNull();
  }

  @Test
  void line_shouldHoldNoPassword() {
    assertThat(StaticUsers.line("ann", "relay", "sesame")).doesNotContain("sesame");
    assertThatThrownBy(() -> StaticUsers.line("a:b", "relay", "sesame"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StaticUsers.line("a\nb", "relay", "sesame"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parse_shouldNameTheLineAndNotItsKeys() {
    assertThatThrownBy(() -> StaticUsers.parse(List.of("", "ann:relay:secret")))
        .hasMessageContaining("line 2")
        .hasMessageNotContaining("secret");
    String line = StaticUsers.line("ann", "relay", "sesame");
    assertThatThrownBy(() -> StaticUsers.parse(List.of(line, line))).hasMessageContaining("line 2");
    assertThatThrownBy(() -> StaticUsers.parse(List.of(line.substring(0, line.length() - 2))))
        .hasMessageContaining("line 1");
  }

  @Test
  void allCredentials_shouldServeStaticAndTimeLimitedUsersAtOnce() {
    byte[] secret = "north".getBytes(StandardCharsets.UTF_8);
    var all =
        new AllCredentials(
            List.of(users, new TimeLimitedCredentials(List.of(secret), Duration.ofDays(1))));
    var issued = TimeLimitedCredentials.issue("cat", Duration.ofHours(1), secret, NOW);

    assertThat(all.find("ann", "relay", PasswordAlgorithm.MD5, NOW).userId()).isEqualTo("ann");
    assertThat(all.find(issued.username(), "relay", PasswordAlgorithm.MD5, NOW).userId())
        .isEqualTo("cat");
    assertThat(all.find("eve", "relay", PasswordAlgorithm.MD5, NOW)).isNull();
    assertThat(
            all.findByHash(
                    LongTermKey.userHash("ann", "relay"), "relay", PasswordAlgorithm.MD5, NOW)
                .userId())
        .isEqualTo("ann");
    assertThat(all.others("ann", "relay", PasswordAlgorithm.MD5, NOW)).isEmpty();
  }

  @Test
  void others_shouldTryWhatASecondSourceKnows() {
    var also = StaticUsers.parse(List.of(StaticUsers.line("ann", "relay", "open")));

    assertThat(
            new AllCredentials(List.of(users, also))
                .others("ann", "relay", PasswordAlgorithm.MD5, NOW))
        .extracting(UserKey::key)
        .containsExactly(LongTermKey.md5("ann", "relay", "open"));
  }
}
