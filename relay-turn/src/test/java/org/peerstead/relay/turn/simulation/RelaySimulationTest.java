package org.peerstead.relay.turn.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/**
 * Relays under everything at once: loss, duplicates, packets that overtake each other, clocks that
 * jump, NATs that forget, moving clients, changing policies and rubbish. Every packet is held
 * against a model. {@code -Dpeerstead.cases=10000} runs as many cases.
 */
class RelaySimulationTest {
  private static final int CASES = 200;

  @Test
  void relay_shouldDoWhatTheRfcsAllowAndNothingElse() {
    long[] totals = new long[4];
    SeededCases cases = SeededCases.of("relays on a bad network", 0x7042, CASES);
    cases.run(random -> {
      RelayScenario scenario = new RelayScenario(random.nextLong());
      scenario.run();
      RelayModel model = scenario.model();
      totals[0] += model.successes;
      totals[1] += model.errors;
      totals[2] += model.packetsUp;
      totals[3] += model.packetsDown;
    });
    // The cases are worth something only when much happens in them.
    if (cases.cases() >= CASES) {
      for (long total : totals) {
        assertThat(total).isGreaterThan(10L * cases.cases());
      }
    }
  }
}
