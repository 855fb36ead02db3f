package org.peerstead.relay.turn.ports;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/** Pools against a model of sets. */
class PortPoolPropertiesTest {
  private enum Kind {
    TAKE,
    EVEN,
    PAIR,
    BACK
  }

  private record Step(Kind kind, int choice, long nanos) {}

  @Test
  void pool_shouldAgreeWithTheModel() {
    SeededCases.of("port pools", 0x9013, 300)
        .runScripts(
            random -> {
              List<Step> script = new ArrayList<>();
              for (int i = 0; i < 300; i++) {
                Kind kind = Kind.values()[random.nextInt(4)];
                script.add(new Step(kind, random.nextInt(1 << 20), random.nextInt(20)));
              }
              return script;
            },
            PortPoolPropertiesTest::check);
  }

  private static void check(List<Step> script) {
    int shape = script.isEmpty() ? 0 : script.getFirst().choice();
    int first = 50_000 + shape % 2;
    int last = first + shape / 2 % 40;
    long rest = shape / 80 % 100;
    PortPool pool = new PortPool(first, last, new SplittableRandom(shape), rest);
    TreeSet<Integer> free = new TreeSet<>();
    for (int port = first; port <= last; port++) {
      free.add(port);
    }
    List<Integer> held = new ArrayList<>();
    // By the order in which they came back.
    TreeMap<Integer, long[]> resting = new TreeMap<>();
    long now = -50;
    int returns = 0;
    for (Step step : script) {
      now += step.nanos();
      while (!resting.isEmpty() && resting.firstEntry().getValue()[1] <= now) {
        free.add((int) resting.pollFirstEntry().getValue()[0]);
      }
      switch (step.kind()) {
        case TAKE -> {
          if (free.isEmpty() && !resting.isEmpty()) {
            free.add((int) resting.pollFirstEntry().getValue()[0]);
          }
          taken(pool.take(now), free, held, free.isEmpty());
        }
        case EVEN -> {
          while (free.stream().noneMatch(p -> p % 2 == 0) && !resting.isEmpty()) {
            free.add((int) resting.pollFirstEntry().getValue()[0]);
          }
          int port = pool.takeEven(now);
          taken(port, free, held, free.stream().noneMatch(p -> p % 2 == 0));
          assertThat(port == PortPool.NONE || port % 2 == 0).isTrue();
        }
        case PAIR -> {
          boolean isNone = free.stream().noneMatch(p -> p % 2 == 0 && free.contains(p + 1));
          int port = pool.takeEvenPair(now);
          taken(port, free, held, isNone);
          if (port != PortPool.NONE) {
            assertThat(port % 2).isZero();
            taken(port + 1, free, held, false);
          }
        }
        case BACK -> {
          if (!held.isEmpty()) {
            int port = held.remove(step.choice() % held.size());
            pool.giveBack(port, now);
            resting.put(returns++, new long[] {port, now + rest});
            if (rest == 0) {
              free.add((int) resting.pollFirstEntry().getValue()[0]);
            }
          }
        }
      }
      assertThat(pool.free()).isEqualTo(free.size() + resting.size());
      assertThat(pool.free() + held.size()).isEqualTo(pool.size());
    }
  }

  private static void taken(int port, TreeSet<Integer> free, List<Integer> held, boolean isNone) {
    assertThat(port == PortPool.NONE).isEqualTo(isNone);
    if (!isNone) {
      assertThat(free.remove(port)).isTrue();
      held.add(port);
    }
  }
}
