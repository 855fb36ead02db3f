package org.peerstead.benchmarks.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The whole run against our relay alone: every kind of packet arrives. */
class RelayComparisonIT {
  @Test
  @EnabledOnOs(
      value = OS.LINUX,
      architectures = {"amd64", "aarch64"})
  void measure_shouldGetEveryPacketThrough() throws Exception {
    RelayOptions options =
        RelayOptions.parse(
            new String[] {
              "--quick",
              "--servers",
              "portable",
              "--clients",
              "5",
              "--rate",
              "2000",
              "--seconds",
              "0.3",
              "--warmup",
              "0",
              "--allocations",
              "50",
              "--idle",
              "50",
              "--sources",
              "100",
              "--flood-rate",
              "1000"
            });
    String tables = RelayComparison.measure(options);
    assertThat(tables)
        .contains("| joined bursts of 32, echo, 160 B, 5 clients |", "| a second (CPU us each) |")
        .contains("flood of 100 sources")
        .doesNotContain("100.000 %");
  }
}
