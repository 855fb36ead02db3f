package org.peerstead.relay.turn.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class PortPoolTest {
  private static final long REST = 60_000_000_000L;

  @Test
  void take_shouldGiveEveryPortOnce() {
    PortPool pool = new PortPool(49_152, 49_251, new SplittableRandom(1), REST);
    Set<Integer> taken = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      int port = pool.take(0);
      assertThat(port).isBetween(49_152, 49_251);
      assertThat(taken.add(port)).isTrue();
    }
    assertThat(pool.free()).isZero();
    assertThat(pool.take(0)).isEqualTo(PortPool.NONE);
    assertThat(pool.takeEven(0)).isEqualTo(PortPool.NONE);
    assertThat(pool.takeEvenPair(0)).isEqualTo(PortPool.NONE);
  }

  @Test
  void take_shouldPickEvenlyFromAllFreePorts() {
    int[] counts = new int[16];
    PortPool pool = new PortPool(50_000, 50_015, new SplittableRandom(2), 0);
    for (int i = 0; i < 16_000; i++) {
      int port = pool.take(i);
      counts[port - 50_000]++;
      pool.giveBack(port, i);
    }
    for (int count : counts) {
      assertThat(count).isBetween(850, 1_150);
    }
  }

  @Test
  void take_shouldLetPortsRest() {
    PortPool pool = new PortPool(50_000, 50_003, new SplittableRandom(3), REST);
    int first = pool.take(0);
    pool.giveBack(first, 0);
    assertThat(pool.free()).isEqualTo(4);
    Set<Integer> others = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      others.add(pool.take(REST - 1));
    }
    assertThat(others).hasSize(3).doesNotContain(first);
  }

  @Test
  void take_shouldUseTheLongestRestingWhenNothingElseIsLeft() {
    PortPool pool = new PortPool(50_000, 50_003, new SplittableRandom(4), REST);
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ports.add(pool.take(0));
    }
    for (int i = 0; i < 4; i++) {
      pool.giveBack(ports.get(i), i);
    }
    for (int i = 0; i < 4; i++) {
      assertThat(pool.take(10)).isEqualTo(ports.get(i));
    }
  }

  @Test
  void takeEvenPair_shouldNeverUseRestingPorts() {
    PortPool pool = new PortPool(50_000, 50_001, new SplittableRandom(5), REST);
    assertThat(pool.takeEvenPair(0)).isEqualTo(50_000);
    pool.giveBack(50_000, 0);
    pool.giveBack(50_001, 0);
    assertThat(pool.takeEvenPair(REST - 1)).isEqualTo(PortPool.NONE);
    assertThat(pool.takeEvenPair(REST)).isEqualTo(50_000);
  }

  @Test
  void takeEven_shouldFindAnEvenRestingPort() {
    PortPool pool = new PortPool(50_000, 50_003, new SplittableRandom(6), REST);
    for (int i = 0; i < 4; i++) {
      pool.take(0);
    }
    pool.giveBack(50_001, 1);
    pool.giveBack(50_002, 2);
    assertThat(pool.takeEven(3)).isEqualTo(50_002);
    assertThat(pool.takeEven(3)).isEqualTo(PortPool.NONE);
    assertThat(pool.take(3)).isEqualTo(50_001);
  }

  @Test
  void oddEdges_shouldMakeNoPairs() {
    PortPool pool = new PortPool(50_001, 50_002, new SplittableRandom(7), 0);
    assertThat(pool.takeEvenPair(0)).isEqualTo(PortPool.NONE);
    assertThat(pool.takeEven(0)).isEqualTo(50_002);
    assertThat(pool.takeEven(0)).isEqualTo(PortPool.NONE);
    assertThat(pool.take(0)).isEqualTo(50_001);
    PortPool single = new PortPool(65_535, 65_535, new SplittableRandom(7), 0);
    assertThat(single.takeEven(0)).isEqualTo(PortPool.NONE);
    assertThat(single.take(0)).isEqualTo(65_535);
  }

  @Test
  void giveBack_shouldRefusePortsThatWereNotTaken() {
    PortPool pool = new PortPool(50_000, 50_003, new SplittableRandom(8), 0);
    int port = pool.take(0);
    pool.giveBack(port, 0);
    for (int wrong : new int[] {port, 49_999, 50_004, -1}) {
      assertThatThrownBy(() -> pool.giveBack(wrong, 0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(String.valueOf(wrong));
    }
  }

  @Test
  void constructor_shouldRefuseNonsense() {
    assertThatThrownBy(() -> new PortPool(0, 9, new SplittableRandom(), 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new PortPool(9, 8, new SplittableRandom(), 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new PortPool(9, 65_536, new SplittableRandom(), 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new PortPool(8, 9, new SplittableRandom(), -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void manyThreads_shouldNeverShareAPort() throws Exception {
    int threads = 8;
    PortPool pool = new PortPool(50_000, 50_099, new SecureRandom(), 0);
    AtomicIntegerArray holders = new AtomicIntegerArray(100);
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Callable<Integer>> work = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        SplittableRandom random = new SplittableRandom(t);
        work.add(() -> takeAndGiveBack(pool, holders, random));
      }
      int taken = 0;
      for (Future<Integer> done : executor.invokeAll(work)) {
        taken += done.get();
      }
      assertThat(taken).isGreaterThan(10_000);
    }
    assertThat(pool.free()).isEqualTo(100);
  }

  private static int takeAndGiveBack(
      PortPool pool, AtomicIntegerArray holders, SplittableRandom random) {
    List<Integer> held = new ArrayList<>();
    int taken = 0;
    for (int i = 0; i < 10_000; i++) {
      if (held.size() < 20 && random.nextBoolean()) {
        int kind = random.nextInt(3);
        int port = kind == 0 ? pool.take(i) : kind == 1 ? pool.takeEven(i) : pool.takeEvenPair(i);
        if (port == PortPool.NONE) {
          continue;
        }
        for (int p = port; p <= (kind == 2 ? port + 1 : port); p++) {
          assertThat(holders.incrementAndGet(p - 50_000)).isEqualTo(1);
          held.add(p);
          taken++;
        }
      } else if (!held.isEmpty()) {
        int port = held.remove(random.nextInt(held.size()));
        holders.decrementAndGet(port - 50_000);
        pool.giveBack(port, i);
      }
    }
    for (int port : held) {
      holders.decrementAndGet(port - 50_000);
      pool.giveBack(port, 10_000);
    }
    return taken;
  }
}
