package org.peerstead.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class ManualClockTest {
  @Test
  void instant_shouldMoveOnlyWhenTold() {
    ManualClock clock = ManualClock.startingAt(Instant.ofEpochSecond(10));
    ManualClock elsewhere = clock.withZone(ZoneId.of("Europe/Berlin"));
    assertThat(clock.instant()).isEqualTo(Instant.ofEpochSecond(10));
    clock.advance(Duration.ofMillis(1500));
    assertThat(clock.nanos()).isEqualTo(11_500_000_000L);
    assertThat(elsewhere.instant()).isEqualTo(clock.instant());
    assertThat(elsewhere.getZone()).isEqualTo(ZoneId.of("Europe/Berlin"));
  }
}
