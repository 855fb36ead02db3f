package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AddressTableTest {
  private record Entry(long high, long low, int tag) implements AddressTable.Keyed {}

  @Test
  void agreesWithAMapWhateverIsAddedAndRemoved() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      AddressTable<Entry> table = new AddressTable<>(random.nextLong());
      Map<Entry, Entry> model = new HashMap<>();
      int keys = 1 + random.nextInt(60);
      for (int i = 0; i < 5_000; i++) {
        Entry key = new Entry(random.nextInt(2), random.nextInt(keys), random.nextInt(2));
        assertThat(table.find(key.high, key.low, key.tag)).isSameAs(model.get(key));
        Entry held = model.get(key);
        if (held == null) {
          table.add(key);
          model.put(key, key);
        } else if (random.nextBoolean()) {
          assertThat(table.remove(held)).isTrue();
          model.remove(key);
        }
        if (random.nextInt(500) == 0) {
          table.removeIf(entry -> entry.low() % 3 == 0);
          model.keySet().removeIf(entry -> entry.low() % 3 == 0);
        }
        assertThat(table.size()).isEqualTo(model.size());
      }
      List<Entry> seen = new ArrayList<>();
      table.forEach(seen::add);
      assertThat(seen).containsExactlyInAnyOrderElementsOf(model.values());
    }
  }

  @Test
  void doesNotTakeOutWhatOnlyLooksTheSame() {
    AddressTable<Entry> table = new AddressTable<>(1);
    table.add(new Entry(0, 1, 2));
    assertThat(table.remove(new Entry(0, 1, 2))).isFalse();
    assertThat(table.remove(new Entry(0, 1, 3))).isFalse();
    assertThat(table.size()).isOne();
  }
}
