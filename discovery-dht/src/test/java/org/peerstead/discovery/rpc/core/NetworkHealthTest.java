package org.peerstead.discovery.rpc.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** From answers to verdicts. */
final class NetworkHealthTest {
  private final NetworkHealth health = new NetworkHealth();

  private Connectivity after(int ticks, int answers, int silences) {
    for (int tick = 0; tick < ticks; tick++) {
      for (int i = 0; i < answers; i++) {
        health.answered();
      }
      for (int i = 0; i < silences; i++) {
        health.timedOut();
      }
      health.tick();
    }
    return health.connectivity();
  }

  @Test
  void silence_shouldMeanOfflineAfterTwoTicks() {
    assertThat(after(1, 0, 10)).isEqualTo(Connectivity.ONLINE);
    assertThat(after(1, 0, 10)).isEqualTo(Connectivity.OFFLINE);
    assertThat(after(1, 4, 0)).isEqualTo(Connectivity.ONLINE);
  }

  @Test
  void manySilences_shouldMeanDegradedAfterFourTicks() {
    assertThat(after(3, 2, 8)).isEqualTo(Connectivity.ONLINE);
    assertThat(after(1, 2, 8)).isEqualTo(Connectivity.DEGRADED);
    assertThat(after(3, 8, 2)).isEqualTo(Connectivity.DEGRADED);
    assertThat(after(1, 8, 2)).isEqualTo(Connectivity.ONLINE);
  }

  @Test
  void idleTicks_shouldSayNothing() {
    assertThat(after(20, 0, 3)).isEqualTo(Connectivity.ONLINE);
    after(2, 0, 5);
    assertThat(after(20, 3, 0)).isEqualTo(Connectivity.OFFLINE);
  }

  @Test
  void reset_shouldBeginAnew() {
    after(5, 0, 5);
    health.reset();

    assertThat(after(1, 0, 5)).isEqualTo(Connectivity.ONLINE);
  }
}
