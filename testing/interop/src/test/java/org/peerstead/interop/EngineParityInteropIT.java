package org.peerstead.interop;

import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/**
 * This engine and the one of {@code @automerge/automerge} 3.5.0 agree on random histories of
 * several actors: every change, every sync message and every save byte for byte, and everything
 * that can be read.
 */
class EngineParityInteropIT {
  private static final int CASES = 3_000;

  @Test
  void randomHistories_shouldBeTheSameInBothEngines() {
    try (EnginePeer npm = new EnginePeer()) {
      SeededCases.of("random histories in both engines", 20261122L, CASES)
          .runScripts(RandomHistory::generate, script -> TwoEngines.check(npm, script));
    }
  }
}
