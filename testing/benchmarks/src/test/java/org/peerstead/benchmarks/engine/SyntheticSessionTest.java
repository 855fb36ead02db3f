package org.peerstead.benchmarks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SyntheticSessionTest {
  @Test
  void typing_shouldDescribeItsOwnEndContent() {
    Trace trace = SyntheticSession.typing(500, 7);

    StringBuilder text = new StringBuilder();
    trace
        .transactions()
        .forEach(transaction ->
            transaction
                .patches()
                .forEach(patch ->
                    text.replace(
                        patch.position(), patch.position() + patch.deleted(), patch.inserted())));

    assertThat(text).hasToString(trace.endContent());
    assertThat(trace).isEqualTo(SyntheticSession.typing(500, 7));
  }
}
