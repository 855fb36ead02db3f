package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpiryWheelTest {
  private static final long SECOND = 1_000_000_000L;

  private static Allocation allocation(String id) {
    return new Allocation(id, "user", "user", null, null, 0, 0);
  }

  @Test
  void handsOverWhatIsDueWithinASecondOfIt() {
    ExpiryWheel wheel = new ExpiryWheel(5);
    Allocation one = allocation("one");
    wheel.schedule(one, 5 + 10 * SECOND);
    List<Allocation> due = new ArrayList<>();
    wheel.advance(5 + 10 * SECOND - 1, due::add);
    assertThat(due).isEmpty();
    assertThat(wheel.nextDeadlineNanos()).isEqualTo(5 + 10 * SECOND);
    wheel.advance(5 + 10 * SECOND, due::add);
    assertThat(due).containsExactly(one);
    assertThat(wheel.size()).isZero();
    assertThat(wheel.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void looksAtWhatIsFarAwayOnceAMinute() {
    ExpiryWheel wheel = new ExpiryWheel(0);
    Allocation one = allocation("one");
    wheel.schedule(one, 3_600 * SECOND);
    List<Allocation> due = new ArrayList<>();
    wheel.advance(62 * SECOND, due::add);
    assertThat(due).isEmpty();
    wheel.advance(63 * SECOND, due::add);
    assertThat(due).containsExactly(one);
  }

  @Test
  void handsOverEverythingOnceAfterALongSleep() {
    ExpiryWheel wheel = new ExpiryWheel(0);
    List<Allocation> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Allocation one = allocation("a" + i);
      wheel.schedule(one, i * SECOND / 2);
      all.add(one);
    }
    List<Allocation> due = new ArrayList<>();
    wheel.advance(100_000 * SECOND, due::add);
    assertThat(due).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void isNeitherEarlyNorMoreThanASecondLate() {
    Random random = new Random(3);
    long start = random.nextLong() >> 1;
    ExpiryWheel wheel = new ExpiryWheel(start);
    Map<Allocation, Long> wanted = new HashMap<>();
    long[] now = {start};
    for (int i = 0; i < 50_000; i++) {
      switch (random.nextInt(4)) {
        case 0 -> {
          Allocation one = allocation("a" + i);
          long at = now[0] + (long) (random.nextDouble() * 60 * SECOND);
          wheel.schedule(one, at);
          wanted.put(one, at);
        }
        case 1 ->
            wanted.keySet().stream()
                .findAny()
                .ifPresent(one -> {
                  wheel.remove(one);
                  wanted.remove(one);
                });
        default -> {
          now[0] += (long) (random.nextDouble() * SECOND);
          wheel.advance(
              now[0],
              one -> {
                long at = wanted.remove(one);
                assertThat(now[0]).isGreaterThanOrEqualTo(at);
                assertThat(now[0] - at).isLessThan(2 * SECOND + 1);
              });
        }
      }
      assertThat(wheel.size()).isEqualTo(wanted.size());
    }
  }
}
