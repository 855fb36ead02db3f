package org.peerstead.benchmarks.engine;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Edits of one character at random places: four insertions, then one deletion. Not thread-safe. */
final class RandomPlaces {
  private final RandomGenerator random;
  private int length;
  private int made;

  RandomPlaces(long seed, int length) {
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    this.length = length;
  }

  Trace.Patch next() {
    if (++made % 5 == 0) {
      return new Trace.Patch(random.nextInt(length--), 1, "");
    }
    return new Trace.Patch(random.nextInt(++length), 0, "x");
  }
}
