package org.peerstead.hypercore.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.store.CoreBatch;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.simulation.SeededCases;

class BitfieldPropertiesTest {
  private static final int BITS = 5_000;

  @Test
  void bitfield_shouldAgreeWithABitSetAfterAnyChanges() {
    SeededCases.of("bitfield against a bit set", 3282, 300).run(random -> new Case(random).run());
  }

  private static final class Case {
    private final RandomGenerator random;
    private final BitSet model = new BitSet();
    private final CoreStorage storage;
    private Bitfield bitfield;

    Case(RandomGenerator random) {
      this.random = random;
      CoreStore store = new InMemoryCoreStore();
      this.storage = store.storage(store.create(Fixed32.of(new byte[32]), null, null));
      this.bitfield = Bitfield.load(storage);
    }

    void run() {
      for (int step = 0; step < 60; step++) {
        change();
        if (random.nextInt(4) == 0) {
          persist();
        }
        check();
      }
    }

    private void change() {
      int from = random.nextInt(BITS);
      int to = Math.min(BITS, from + random.nextInt(1 + random.nextInt(3_000)));
      switch (random.nextInt(5)) {
        case 0 -> {
          bitfield.clearRange(from, to);
          model.clear(from, to);
        }
        case 1 -> {
          bitfield.setRange(from, to);
          model.set(from, to);
        }
        case 2 -> {
          int index = model.nextClearBit(0);
          assertThat(bitfield.set(index)).isTrue();
          model.set(index);
        }
        case 3 -> {
          int start = model.nextClearBit(0);
          int end = start + random.nextInt(1_200);
          bitfield.setRange(start, end);
          model.set(start, end);
        }
        default -> {
          assertThat(bitfield.set(from)).isEqualTo(!model.get(from));
          model.set(from);
        }
      }
    }

    private void persist() {
      CoreBatch batch = storage.batch();
      bitfield.store(batch);
      batch.commit();
      bitfield = Bitfield.load(storage);
    }

    private void check() {
      assertThat(bitfield.contiguousLength()).isEqualTo(model.nextClearBit(0));
      for (int probe = 0; probe < 40; probe++) {
        int index = random.nextInt(BITS + 2_000);
        int end = index + random.nextInt(2_500);
        assertThat(bitfield.get(index)).isEqualTo(model.get(index));
        assertThat(bitfield.firstSet(index)).isEqualTo(model.nextSetBit(index));
        assertThat(bitfield.firstUnset(index)).isEqualTo(model.nextClearBit(index));
        assertThat(bitfield.count(index, end)).isEqualTo(model.get(index, end).cardinality());
      }
      checkWords(random.nextInt(BITS / 32) * 32);
    }

    private void checkWords(int start) {
      int[] words = new int[1 + random.nextInt(50)];
      boolean any = bitfield.copyWords(start, words);
      int bits = words.length * Integer.SIZE;
      for (int i = 0; i < bits; i++) {
        assertThat((words[i / 32] >>> (i % 32) & 1) == 1).isEqualTo(model.get(start + i));
      }
      assertThat(any).isEqualTo(!model.get(start, start + bits).isEmpty());
    }
  }
}
