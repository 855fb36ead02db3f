package org.peerstead.crdt.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

class RowSetTest {

  @Test
  void rowSet_shouldBehaveLikeAnySortedSet() {
    SeededCases.of("row set", 5, 300)
        .run(random -> {
          RowSet rows = new RowSet();
          TreeSet<Integer> expected = new TreeSet<>();
          int around = random.nextInt(1_000_000);
          for (int step = 0; step < 60; step++) {
            int row = Math.max(0, around + random.nextInt(-100, 100));
            switch (random.nextInt(4)) {
              case 0 -> {
                rows.add(row);
                expected.add(row);
              }
              case 1 -> {
                rows.addAll(new int[] {row, row + 3, row + 1});
                expected.addAll(List.of(row, row + 3, row + 1));
              }
              case 2 -> {
                rows.remove(row);
                expected.remove(row);
              }
              default -> {
                expected.headSet(row).forEach(rows::remove);
                expected.headSet(row).clear();
              }
            }
            assertThat(rows.stream().boxed()).containsExactlyElementsOf(expected);
            assertThat(rows.isEmpty()).isEqualTo(expected.isEmpty());
            assertThat(rows.size()).isEqualTo(expected.size());
            assertThat(rows.contains(row)).isEqualTo(expected.contains(row));
            Integer next = expected.ceiling(row);
            assertThat(rows.next(row)).isEqualTo(next == null ? -1 : next);
          }
        });
  }
}
