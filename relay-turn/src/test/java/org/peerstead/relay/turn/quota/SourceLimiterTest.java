package org.peerstead.relay.turn.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

class SourceLimiterTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000L;
  private static final int RATE = 10;
  private static final int BURST = 20;

  private static boolean admit(SourceLimiter limiter, String source, long nowNanos) {
    IpAddress address = IpAddress.parse(source);
    return limiter.admit(address.family(), address.high(), address.low(), nowNanos);
  }

  private static int admitted(SourceLimiter limiter, String source, int times, long nowNanos) {
    int admitted = 0;
    for (int i = 0; i < times; i++) {
      admitted += admit(limiter, source, nowNanos) ? 1 : 0;
    }
    return admitted;
  }

  @Test
  void admit_shouldGiveABurstAndThenTheRate() {
    SourceLimiter limiter = new SourceLimiter(RATE, BURST, 1_024, 1);
    assertThat(admitted(limiter, "192.0.2.1", 100, 0)).isEqualTo(BURST);
    assertThat(admitted(limiter, "192.0.2.1", 100, SECOND)).isEqualTo(RATE);
    assertThat(admitted(limiter, "192.0.2.1", 100, 100 * SECOND)).isEqualTo(BURST);
    assertThat(admitted(limiter, "192.0.2.2", 1, 100 * SECOND)).isEqualTo(1);
  }

  @Test
  void admit_shouldTakeA64ForOneSource() {
    SourceLimiter limiter = new SourceLimiter(RATE, BURST, 1_024, 2);
    for (int i = 0; i < BURST; i++) {
      assertThat(admit(limiter, "2001:db8::" + Integer.toHexString(i + 1), 0)).isTrue();
    }
    assertThat(admit(limiter, "2001:db8::ffff", 0)).isFalse();
    assertThat(admit(limiter, "2001:db8:0:1::1", 0)).isTrue();
    assertThat(admit(limiter, "::1", 0)).isTrue();
    assertThat(admit(limiter, "0.0.0.0", 0)).isTrue();
  }

  @Test
  void clockJumps_shouldNotSilenceAnybody() {
    for (long start : new long[] {Long.MAX_VALUE - SECOND, Long.MIN_VALUE, -SECOND, 0}) {
      SourceLimiter limiter = new SourceLimiter(RATE, BURST, 1_024, 3);
      assertThat(admitted(limiter, "192.0.2.1", 100, start)).isEqualTo(BURST);
      assertThat(admitted(limiter, "192.0.2.1", 100, start + 10 * SECOND)).isEqualTo(BURST);
      assertThat(admitted(limiter, "192.0.2.1", 100, start - 3_600 * SECOND)).isEqualTo(BURST);
    }
  }

  /**
   * A million forged sources, 100,000 datagrams a second, and one client that asks twice a second.
   */
  @Test
  void forgedSources_shouldNotSilenceALegitimateOne() {
    for (int forged : new int[] {5_000, 20_000, 1_000_000}) {
      SourceLimiter limiter = new SourceLimiter(RATE, BURST, 16_384, forged);
      SplittableRandom random = new SplittableRandom(forged);
      int refused = 0;
      int asked = 0;
      for (int i = 0; i < 1_000_000; i++) {
        long now = i * (SECOND / 100_000);
        limiter.admit(IpFamily.V4, 0, 0x0b00_0000L + random.nextInt(forged), now);
        if (i % 50_000 == 0) {
          asked++;
          refused += admit(limiter, "192.0.2.1", now) ? 0 : 1;
        }
      }
      assertThat(asked).isEqualTo(20);
      assertThat(refused).as("%d forged sources", forged).isZero();
    }
  }

  /** The same, while somebody asks 1,000 times a second in the name of one victim. */
  @Test
  void victim_shouldNotBeFloodedInTheShadowOfOthers() {
    for (int forged : new int[] {0, 5_000, 1_000_000}) {
      SourceLimiter limiter = new SourceLimiter(RATE, BURST, 16_384, forged + 7);
      SplittableRandom random = new SplittableRandom(forged);
      int answers = 0;
      for (int i = 0; i < 1_000_000; i++) {
        long now = i * (SECOND / 100_000);
        if (forged > 0) {
          limiter.admit(IpFamily.V4, 0, 0x0b00_0000L + random.nextInt(forged), now);
        }
        if (i % 100 == 0) {
          answers += admit(limiter, "192.0.2.1", now) ? 1 : 0;
        }
      }
      assertThat(answers).as("%d forged sources", forged).isBetween(RATE * 10, RATE * 10 + BURST);
    }
  }

  /** Whoever drains as many sources as the table holds can displace a victim, but gains little. */
  @Test
  void drainedSources_shouldGainFewAnswers() {
    SourceLimiter limiter = new SourceLimiter(RATE, BURST, 16_384, 11);
    SplittableRandom random = new SplittableRandom(12);
    int answers = 0;
    int asked = 0;
    for (int i = 0; i < 2_000_000; i++) {
      long now = i * (SECOND / 200_000);
      limiter.admit(IpFamily.V4, 0, 0x0b00_0000L + random.nextInt(20_000), now);
      if (i % 200 == 0) {
        asked++;
        answers += admit(limiter, "192.0.2.1", now) ? 1 : 0;
      }
    }
    assertThat(asked).isEqualTo(10_000);
    assertThat(answers).isLessThan(10 * (RATE * 10 + BURST));
  }

  @Test
  void millionSources_shouldTakeNoMemory() {
    SourceLimiter limiter = new SourceLimiter(RATE, BURST, 10_000, 21);
    assertThat(limiter.slots()).isEqualTo(16_384);
    long admitted = flood(limiter, 0, 10_000);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    admitted += flood(limiter, 10_000, 1_000_000);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(1_024);
    assertThat(admitted).isEqualTo(2_020_000);
    assertThat(limiter.displaced()).isPositive();
    assertThat(limiter.slots()).isEqualTo(16_384);
  }

  private static long flood(SourceLimiter limiter, int from, int count) {
    long admitted = 0;
    for (int i = from; i < from + count; i++) {
      long now = i * 1_000L;
      admitted += limiter.admit(IpFamily.V4, 0, 0x0b00_0000L + i, now) ? 1 : 0;
      admitted += limiter.admit(IpFamily.V6, 0x2a00_0000_0000_0000L + i, i, now) ? 1 : 0;
    }
    return admitted;
  }

  @Test
  void constructor_shouldRoundSlotsAndRefuseNonsense() {
    assertThat(new SourceLimiter(1, 1, 1, 0).slots()).isEqualTo(8);
    assertThat(new SourceLimiter(1, 1, 8, 0).slots()).isEqualTo(8);
    assertThat(new SourceLimiter(1, 1, 9, 0).slots()).isEqualTo(16);
    assertThat(new SourceLimiter(1, 1, 4_096, 0).slots()).isEqualTo(4_096);
    assertThat(admitted(new SourceLimiter(1_000_000, 1, 8, 0), "192.0.2.1", 9, MILLI)).isEqualTo(1);
    for (int[] wrong : new int[][] {{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {2_000_000, 1, 1}}) {
      assertThatThrownBy(() -> new SourceLimiter(wrong[0], wrong[1], wrong[2], 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
