package org.peerstead.discovery.simulation;

import java.util.Arrays;
import java.util.Locale;

/** A sample of numbers and what it looks like. */
public final class Distribution {
  private double[] values = new double[64];
  private int size;
  private boolean isSorted = true;

  /** Adds a number. */
  public void add(double value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
    isSorted = false;
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** Their mean, 0 when there are none. */
  public double mean() {
    return size == 0 ? 0 : Arrays.stream(values, 0, size).sum() / size;
  }

  /** The smallest number that at least {@code share} of them do not exceed; 0 when none. */
  public double quantile(double share) {
    if (size == 0) {
      return 0;
    }
    if (!isSorted) {
      Arrays.sort(values, 0, size);
      isSorted = true;
    }
    return values[Math.clamp((int) Math.ceil(share * size) - 1, 0, size - 1)];
  }

  /** The largest. */
  public double max() {
    return quantile(1);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "mean %.2f, p50 %.2f, p99 %.2f, max %.2f (n %d)",
        mean(),
        quantile(0.5),
        quantile(0.99),
        max(),
        size);
  }
}
