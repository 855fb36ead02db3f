package org.peerstead.hypercore.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.merkle.TreeGrowth;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/**
 * A writer that appends, truncates, clears and crashes, and a reader that follows it now and then.
 */
class CorePropertiesTest {
  @Test
  void reader_shouldHoldWhatTheWriterWroteWhateverHappens() {
    SeededCases.of("writer and reader", 11, 150).run(random -> new Case(random).run());
  }

  private static final class Case {
    private final RandomGenerator random;
    private final TwoCores cores = new TwoCores();

    /** What the writer wrote, and what of it is still stored there. */
    private final List<Slice> written = new ArrayList<>();

    private final TreeMap<Long, Boolean> cleared = new TreeMap<>();

    Case(RandomGenerator random) {
      this.random = random;
    }

    void run() throws Exception {
      for (int step = 0; step < 40; step++) {
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> written.addAll(cores.append(random, 1 + random.nextInt(12)));
          case 3 -> truncate();
          case 4 -> clear();
          case 5 -> cores.reopen();
          default -> follow();
        }
        check();
      }
      follow();
      check();
    }

    private void truncate() throws Exception {
      int length = random.nextInt(written.size() + 1);
      cores.writer.publish(cores.writer.truncate(length));
      while (written.size() > length) {
        written.removeLast();
      }
      cleared.tailMap((long) length, true).clear();
    }

    private void clear() {
      if (written.isEmpty()) {
        return;
      }
      long from = random.nextInt(written.size());
      long to = from + random.nextInt(6);
      cores.writer.clear(from, to);
      for (long i = from; i < Math.min(to, written.size()); i++) {
        cleared.put(i, true);
      }
    }

    private void follow() throws Exception {
      cores.upgrade();
      for (int i = 0; i < 6 && !written.isEmpty(); i++) {
        long index = random.nextInt(written.size());
        if (!cleared.containsKey(index)) {
          boolean had = cores.reader.has(index);
          Applied applied = cores.fetch(index);
          assertThat(applied.block()).isEqualTo(had ? -1 : index);
        }
      }
    }

    private void check() {
      Core writer = cores.writer;
      assertThat(writer.length()).isEqualTo(written.size());
      TreeGrowth expected = new TreeGrowth(TreeHead.EMPTY);
      written.forEach(expected::append);
      assertThat(writer.head().treeHash()).isEqualTo(expected.head().treeHash());
      long bytes = 0;
      for (int i = 0; i < written.size(); i++) {
        boolean isCleared = cleared.containsKey((long) i);
        assertThat(writer.has(i)).isEqualTo(!isCleared);
        assertThat(writer.block(i)).isEqualTo(isCleared ? null : written.get(i));
        bytes += isCleared ? 0 : written.get(i).length();
      }
      assertThat(writer.storedBytes()).isEqualTo(bytes);
      Core reader = cores.reader;
      long stored = 0;
      for (long i = 0; i < reader.length(); i++) {
        Slice block = reader.block(i);
        if (block != null) {
          stored += block.length();
          if (reader.fork() == writer.fork()) {
            assertThat(block).isEqualTo(written.get((int) i));
          }
        }
      }
      assertThat(reader.storedBytes()).isEqualTo(stored);
    }
  }
}
