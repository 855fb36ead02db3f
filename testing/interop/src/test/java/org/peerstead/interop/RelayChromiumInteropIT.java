package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two WebRTC connections of a real browser that may use nothing but our relay, with the addresses
 * and credentials that {@code relay credentials} prints.
 */
class RelayChromiumInteropIT {
  private static @TempDir Path folder;
  private static RelayUnderTest relay;

  @BeforeAll
  static void start() {
    if (!Referee.CHROMIUM.isThere()) {
      return;
    }
    relay = RelayUnderTest.start(folder, Map.of());
  }

  @BeforeEach
  void require() {
    Referee.CHROMIUM.require();
  }

  @AfterAll
  static void stop() {
    if (relay != null) {
      relay.close();
    }
  }

  private static JsonNode run(String url, String password) throws IOException {
    List<String> program = PinnedPeers.program("relay-chromium.mjs");
    TurnClientRun run =
        TurnClientRun.of(
            folder,
            program.getFirst(),
            java.util.stream.Stream.concat(
                    program.stream().skip(1),
                    java.util.stream.Stream.of(
                        "--url", url, "--user", relay.username(), "--credential", password))
                .toList());
    return JsonLines.MAPPER.readTree(run.output().lines().toList().getLast());
  }

  @ParameterizedTest
  @CsvSource({"turn, udp, udp", "turn, tcp, tcp", "turns, tcp, tls"})
  void browser_shouldConnectThroughTheRelayOnly(String scheme, String transport, String protocol)
      throws IOException {
    JsonNode result = run(relay.url(scheme, transport), relay.password());

    assertThat(result.path("pass").asBoolean()).as(result.toPrettyString()).isTrue();
    assertThat(result.path("selected").path("local").asText()).isEqualTo("relay");
    assertThat(result.path("selected").path("remote").asText()).isEqualTo("relay");
    assertThat(result.path("selected").path("relayProtocol").asText()).isEqualTo(protocol);
    assertThat(result.path("corrupt").asInt()).isZero();
  }

  @Test
  void browser_shouldBeRefusedWithAWrongPassword() throws IOException {
    JsonNode result = run(relay.url("turn", "udp"), "wrong");

    assertThat(result.path("pass").asBoolean()).isFalse();
    assertThat(result.path("errors").toString()).contains("401");
    assertThat(result.path("bytes").asLong()).isZero();
  }
}
