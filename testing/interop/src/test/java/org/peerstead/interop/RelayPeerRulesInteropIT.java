package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that asks for peers which no relay may reach, in every disguise that let it through
 * somewhere, and sends what the RFCs forbid.
 */
class RelayPeerRulesInteropIT {
  private static final int FEWEST_CHECKS = 80;

  private @TempDir Path folder;

  @Test
  void hostileClient_shouldReachNothingItShouldNot() throws IOException {
    Referee.PYTHON.require();
    try (RelayUnderTest relay = RelayUnderTest.start(folder, Map.of())) {
      List<JsonNode> faults = new ArrayList<>();
      int checks = 0;
      JsonNode summary = null;
      TurnClientRun run =
          TurnClientRun.of(
              folder,
              "python3",
              List.of(
                  PinnedPeers.directory().resolve("relay-peer-rules.py").toString(),
                  RelayUnderTest.HOST,
                  Integer.toString(relay.port()),
                  relay.username(),
                  relay.password(),
                  RelayUnderTest.PEER_V6));
      for (String line : run.output().lines().toList()) {
        JsonNode check = JsonLines.MAPPER.readTree(line);
        if (check.has("summary")) {
          summary = check;
        } else {
          checks++;
          if (!check.path("verdict").asText().equals("ok")) {
            faults.add(check);
          }
        }
      }
      assertThat(faults).isEmpty();
      assertThat(summary).isNotNull();
      assertThat(checks).isGreaterThan(FEWEST_CHECKS);
      assertThat(run.status()).isZero();
    }
  }
}
