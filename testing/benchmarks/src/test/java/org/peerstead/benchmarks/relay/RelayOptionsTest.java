package org.peerstead.benchmarks.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RelayOptionsTest {
  @Test
  void parse_shouldMakeEveryLoad() {
    RelayOptions options = RelayOptions.parse(new String[0]);
    assertThat(options.loads()).hasSize(3 * 3 * 2 * 3).doesNotHaveDuplicates();
    assertThat(options.loads().getFirst().title()).isEqualTo("bursts of 32, up, 160 B, 1 client");
  }

  @Test
  void parse_shouldTakeAServerThatRuns() {
    RelayOptions options =
        RelayOptions.parse(
            new String[] {
              "--quick",
              "--server",
              "127.0.0.3:3478",
              "--user",
              "u",
              "--password",
              "p",
              "--pid",
              "7"
            });
    assertThat(options.attached()).isEqualTo(new TurnTarget(0x7f000003, 3_478, "u", "p"));
    assertThat(options.attachedPid()).isEqualTo(7);
    assertThat(options.rounds()).isEqualTo(1);
  }

  @Test
  void parse_shouldRefuseWhatMakesNoSense() {
    for (List<String> arguments :
        List.of(
            List.of("--unknown", "1"),
            List.of("--servers", "other"),
            List.of("--parts", "other"),
            List.of("--rate", "0"),
            List.of("--server", "10.0.0.1:3478", "--user", "u"))) {
      assertThatThrownBy(() -> RelayOptions.parse(arguments.toArray(new String[0])))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Load(Direction.UP, 1, 1_200, 64, true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void median_shouldTakeTheMiddle() {
    assertThat(TrafficFigures.median(List.of(3, 1, 2), Integer::doubleValue)).isEqualTo(2);
    assertThat(TrafficFigures.median(List.of(4, 1, 2, 3), Integer::doubleValue)).isEqualTo(2.5);
  }
}
