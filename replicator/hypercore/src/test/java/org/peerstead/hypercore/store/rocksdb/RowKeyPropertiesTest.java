package org.peerstead.hypercore.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

class RowKeyPropertiesTest {
  @Test
  void keys_shouldBeOrderedLikeTheirNumbers() {
    SeededCases.of("row keys are ordered", 1, 20_000)
        .run(random -> {
          long[] a = {number(random), number(random)};
          long[] b = random.nextBoolean() ? new long[] {a[0], number(random)} : a.clone();
          byte[] keyA = RowKey.of(a[0], a[1]).toByteArray();
          byte[] keyB = RowKey.of(b[0], b[1]).toByteArray();
          assertThat(Integer.signum(Arrays.compareUnsigned(keyA, keyB)))
              .isEqualTo(Arrays.compare(a, b));
          assertThat(RowKey.numberAt(keyA, 0)).isEqualTo(a[0]);
          assertThat(RowKey.numberAt(keyA, 1 + keyA[0])).isEqualTo(a[1]);
        });
  }

  private static long number(RandomGenerator random) {
    return random.nextLong() >>> (1 + random.nextInt(63));
  }

  @Test
  void number_shouldRefuseANegativeOne() {
    assertThatThrownBy(() -> RowKey.of(0, -1)).isInstanceOf(IllegalArgumentException.class);
  }
}
