package org.peerstead.discovery.hyperdht.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

class SourceLimiterTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int HOST = 0xc0000201;

  private final RandomGenerator random = new SplittableRandom(1);

  /** Where a monotonic clock may stand: also shortly before it wraps. */
  private long now = Long.MAX_VALUE - SECOND;

  private SourceLimiter limiter(SourceRate perHost, SourceRate perNetwork, int sources) {
    return new SourceLimiter(perHost, perNetwork, sources, random::nextBytes);
  }

  private int taken(SourceLimiter limiter, int host, int times) {
    int taken = 0;
    for (int i = 0; i < times; i++) {
      taken += limiter.tryAcquire(host, now) ? 1 : 0;
    }
    return taken;
  }

  @Test
  void tryAcquire_shouldAllowABurstAndThenTheRate() {
    var limiter = limiter(new SourceRate(10, 5), new SourceRate(1000, 1000), 64);
    assertThat(taken(limiter, HOST, 20)).isEqualTo(5);
    assertThat(taken(limiter, HOST + 1, 20)).isEqualTo(5);
    assertThat(limiter.limitedByHost()).isEqualTo(30);
    now += SECOND / 10;
    assertThat(taken(limiter, HOST, 20)).isEqualTo(1);
    now += SECOND / 4;
    assertThat(taken(limiter, HOST, 20)).isEqualTo(2);
    now += 10 * SECOND;
    assertThat(taken(limiter, HOST, 20)).isEqualTo(5);
  }

  @Test
  void tryAcquire_shouldLimitTheHostsOfANetworkTogether() {
    var limiter = limiter(new SourceRate(10, 5), new SourceRate(10, 12), 64);
    int taken = 0;
    for (int i = 0; i < 10; i++) {
      taken += taken(limiter, HOST + i, 5);
    }
    assertThat(taken).isEqualTo(12);
    assertThat(limiter.limitedByNetwork()).isEqualTo(38);
    assertThat(taken(limiter, HOST + 256, 5)).isEqualTo(5);
    now += SECOND / 10;
    // What the network refused was not taken from the host.
    assertThat(taken(limiter, HOST + 9, 5)).isEqualTo(1);
  }

  /** A source is never limited for what others do, and never gets more than it may have. */
  @Test
  void tryAcquire_shouldServeEverybodyAmong100000ForgedSources() {
    var limiter = limiter(new SourceRate(10, 20), new SourceRate(40, 80), 1 << 12);
    int served = 0;
    int asked = 0;
    int abuse = 0;
    long start = now;
    for (int i = 0; i < 100_000; i++) {
      limiter.tryAcquire(random.nextInt(), now);
      if (i % 2 == 0) {
        abuse += limiter.tryAcquire(0x0a000001, now) ? 1 : 0;
      }
      if (i % 1000 == 0) {
        asked++;
        served += limiter.tryAcquire(HOST, now) ? 1 : 0;
      }
      // 10,000 forged packets a second.
      now += SECOND / 10_000;
    }
    assertThat(served).isEqualTo(asked);
    long seconds = (now - start) / SECOND;
    assertThat(abuse).isBetween((int) seconds * 10, (int) seconds * 10 + 21);
  }

  @Test
  void tryAcquire_shouldNeverAllowMoreThanTheModelWhenAllFit() {
    SeededCases.of("limiter against a map", 3, 20)
        .run(cases -> {
          var rate = new SourceRate(1 + cases.nextInt(100), 1 + cases.nextInt(50));
          var limiter =
              new SourceLimiter(rate, new SourceRate(100_000, 100_000), 1024, cases::nextBytes);
          Map<Integer, Double> tokens = new HashMap<>();
          long time = cases.nextLong();
          for (int step = 0; step < 2000; step++) {
            int host = cases.nextInt(20) << 8;
            double left = tokens.getOrDefault(host, (double) rate.burst());
            boolean isAllowed = limiter.tryAcquire(host, time);
            // At the very edge the rounding of the interval may decide.
            if (Math.abs(left - 1) > 1e-3) {
              assertThat(isAllowed).isEqualTo(left >= 1);
            }
            if (isAllowed) {
              tokens.put(host, left - 1);
            }
            long passed = cases.nextLong(SECOND / 20);
            time += passed;
            tokens.replaceAll((key, value) ->
                Math.min(rate.burst(), value + passed / (double) (SECOND / rate.perSecond())));
          }
        });
  }

  @Test
  void constructor_shouldRefuseSizesAndRatesOutsideTheBounds() {
    SourceRate rate = new SourceRate(1, 1);
    assertThatThrownBy(() -> limiter(rate, rate, 63)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> limiter(rate, rate, (1 << 22) + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SourceRate(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SourceRate(1, 1_000_001))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
