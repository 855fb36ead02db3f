package org.peerstead.hypercore.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PeeringTest {
  private static final Duration MIN = Duration.ofSeconds(1);
  private static final Duration MAX = Duration.ofSeconds(60);

  @Test
  void waits_shouldDoubleUpToTheLongestAndBeHalfRandom() {
    try (Node node = new Node()) {
      Peering peering = new Peering(node.network, Node.anyPort(), null);
      long[] expected = {1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000};
      for (int i = 0; i < expected.length; i++) {
        assertThat(peering.begin()).isTrue();
        double chance = i % 2 == 0 ? 0 : 0.999_999;
        Duration wait = peering.ended(CloseReason.CONNECT_FAILED, "", MIN, MAX, chance);
        assertThat(wait).isNotNull();
        assertThat(wait.toMillis())
            .isBetween(
                i % 2 == 0 ? expected[i] / 2 : expected[i] - 2,
                i % 2 == 0 ? expected[i] / 2 : expected[i]);
      }
      peering.close();
      assertThat(peering.begin()).isFalse();
      assertThat(peering.ended(CloseReason.CONNECT_FAILED, "", MIN, MAX, 0)).isNull();
    }
  }
}
