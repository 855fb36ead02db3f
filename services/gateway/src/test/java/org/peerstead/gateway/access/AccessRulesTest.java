package org.peerstead.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessRulesTest {
  private final HostNames hosts = new HostNames(List.of("Board.example"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "localhost:8080",
        "app.localhost:1",
        "127.0.0.1:8080",
        "192.168.1.5",
        "[::1]",
        "[::1]:8080",
        "board.example:443",
        "BOARD.EXAMPLE"
      })
  void hostNames_shouldAllowNamesThatCannotBeRebound(String authority) {
    assertThat(hosts.allow(authority)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        ""
      })
  void hostNames_shouldRefuseStrangers(String authority) {
    assertThat(hosts.allow(authority)).isFalse();
  }

  @Test
  void hostNames_shouldAllowAllWhenAsked() {
    assertThat(new HostNames(List.of("*")).allow("evil.example")).isTrue();
  }

  @Test
  void openAccess_shouldStayOnLoopback() {
    assertThat(OpenAccess.refusal(true, false, "127.0.0.1")).isEmpty();
    assertThat(OpenAccess.refusal(true, false, "::1")).isEmpty();
    assertThat(OpenAccess.refusal(true, false, "localhost")).isEmpty();
    assertThat(OpenAccess.refusal(true, false, "0.0.0.0")).isPresent();
    assertThat(OpenAccess.refusal(true, false, "")).isPresent();
    assertThat(OpenAccess.refusal(true, false, "10.0.0.1"))
        .get()
        .asString()
        .contains("10.0.0.1", "--peerstead.access=token", "force-open");
    assertThat(OpenAccess.refusal(true, true, "0.0.0.0")).isEmpty();
    assertThat(OpenAccess.refusal(false, false, "0.0.0.0")).isEmpty();
  }
}
