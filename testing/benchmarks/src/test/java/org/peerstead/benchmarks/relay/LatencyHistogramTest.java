package org.peerstead.benchmarks.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
  @Test
  void percentile_shouldBeZeroWithoutValues() {
    assertThat(new LatencyHistogram().percentile(0.99)).isZero();
  }

  @Test
  void percentile_shouldBeExactForSmallValues() {
    LatencyHistogram histogram = new LatencyHistogram();
    for (int i = 1; i <= 60; i++) {
      histogram.add(i);
    }
    assertThat(histogram.percentile(0.5)).isEqualTo(30);
    assertThat(histogram.percentile(1)).isEqualTo(60);
    assertThat(histogram.total()).isEqualTo(60);
  }

  @Test
  void percentile_shouldBeAtMostOneThirtySecondTooHigh() {
    Random random = new Random(1);
    long[] values = new long[10_000];
    LatencyHistogram histogram = new LatencyHistogram();
    for (int i = 0; i < values.length; i++) {
      values[i] = (long) Math.exp(random.nextDouble() * 28);
      histogram.add(values[i]);
    }
    Arrays.sort(values);
    for (double share : new double[] {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1}) {
      long exact = values[(int) Math.ceil(share * values.length) - 1];
      assertThat(histogram.percentile(share)).isBetween(exact, exact + exact / 32);
    }
  }

  @Test
  void add_shouldTakeWhatMakesNoSense() {
    LatencyHistogram histogram = new LatencyHistogram();
    histogram.add(-5);
    assertThat(histogram.percentile(1)).isZero();
    histogram.add(Long.MAX_VALUE);
    assertThat(histogram.percentile(1)).isGreaterThanOrEqualTo(3_600_000_000_000L);
  }
}
