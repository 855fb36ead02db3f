package org.peerstead.relay.turn.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;

class QuotasTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long SECOND = 1_000_000_000L;
  private static final IpAddress HOME = IpAddress.parse("192.0.2.1");

  private static QuotaShare share(Quotas quotas, String user, String source, long nowNanos) {
    QuotaResult result = quotas.acquire(user, IpAddress.parse(source), nowNanos);
    assertThat(result).isInstanceOf(QuotaShare.class);
    return (QuotaShare) result;
  }

  // ------------------------------------------------------------------------------------
  // allocations

  @Test
  void acquire_shouldHoldEachLimit() {
    Quotas quotas = new Quotas(new QuotaLimits(2, 3, 4, 0, 0));
    QuotaShare first = share(quotas, "ann", "192.0.2.1", 0);
    share(quotas, "ann", "192.0.2.1", 0);
    assertThat(quotas.acquire("ann", HOME, 0)).isEqualTo(QuotaRefusal.USER);
    share(quotas, "bob", "192.0.2.1", 0);
    assertThat(quotas.acquire("cid", HOME, 0)).isEqualTo(QuotaRefusal.SOURCE);
    share(quotas, "cid", "192.0.2.2", 0);
    assertThat(quotas.acquire("dan", IpAddress.parse("192.0.2.3"), 0))
        .isEqualTo(QuotaRefusal.TOTAL);
    first.release();
    share(quotas, "dan", "192.0.2.1", 0);
    assertThat(quotas.allocations()).isEqualTo(4);
  }

  @Test
  void acquire_shouldTakeA64ForOneSource() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 1, 0, 0, 0));
    share(quotas, "ann", "2001:db8:0:1::1", 0);
    assertThat(quotas.acquire("bob", IpAddress.parse("2001:db8:0:1:ffff::1"), 0))
        .isEqualTo(QuotaRefusal.SOURCE);
    share(quotas, "bob", "2001:db8:0:2::1", 0);
    // The same 64 bits as an IPv4 address are another source.
    share(quotas, "cid", "0.0.0.9", 0);
    share(quotas, "dan", "0:0:0:9::1", 0);
  }

  @Test
  void release_shouldLeaveNothingBehind() {
    Quotas quotas = new Quotas(QuotaLimits.DEFAULTS);
    List<QuotaShare> shares = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      shares.add(share(quotas, "user " + i % 200, "192.0.2." + i % 250, 0));
    }
    assertThat(quotas.users()).isEqualTo(200);
    assertThat(quotas.sources()).isEqualTo(250);
    shares.forEach(QuotaShare::release);
    assertThat(quotas.users()).isZero();
    assertThat(quotas.sources()).isZero();
    assertThat(quotas.allocations()).isZero();
    assertThatThrownBy(shares.getFirst()::release).isInstanceOf(IllegalStateException.class);
    assertThat(quotas.allocations()).isZero();
  }

  @Test
  void replace_shouldHoldForNewAllocationsAndForRatesAtOnce() {
    Quotas quotas = new Quotas(QuotaLimits.NONE);
    QuotaShare share = share(quotas, "ann", "192.0.2.1", 0);
    for (int i = 0; i < 1_000; i++) {
      assertThat(share.admitUp(65_535, 0)).isTrue();
    }
    quotas.replace(new QuotaLimits(1, 0, 0, 8_000, 0));
    assertThat(quotas.acquire("ann", HOME, 0)).isEqualTo(QuotaRefusal.USER);
    int admitted = 0;
    for (int i = 0; i < 1_000; i++) {
      admitted += share.admitUp(1_000, 0) ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(65);
    quotas.replace(QuotaLimits.NONE);
    assertThat(share.admitUp(65_535, 0)).isTrue();
  }

  @Test
  void limits_shouldRefuseNonsense() {
    assertThatThrownBy(() -> new QuotaLimits(-1, 0, 0, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new QuotaLimits(0, 0, 0, -1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new QuotaLimits(0, 0, 0, 0, Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // ------------------------------------------------------------------------------------------
  // rates

  /** Sends datagrams of a size as often as a rate says and counts the bytes that got through. */
  private static long offer(
      QuotaShare share, int bytes, long bitsPerSecond, long from, long until) {
    long interval = bytes * 8L * SECOND / bitsPerSecond;
    long admitted = 0;
    for (long now = from; now < until; now += interval) {
      admitted += share.admitUp(bytes, now) ? bytes : 0;
    }
    return admitted;
  }

  @Test
  void admit_shouldLetARateThroughAndNoMore() {
    for (long rate : new long[] {64_000, 1_000_000, 100_000_000L, 10_000_000_000L}) {
      Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, rate, 0));
      QuotaShare share = share(quotas, "ann", "192.0.2.1", 0);
      long burst = Math.max(rate / 16, 65_535);
      // A second at twice the rate, after which the bucket has nothing to give but the rate.
      long start = offer(share, 1_000, rate * 2, 0, 20 * SECOND / (rate > 1_000_000 ? 10 : 1));
      long begin = 20 * SECOND / (rate > 1_000_000 ? 10 : 1);
      assertThat(start).isLessThanOrEqualTo(begin / 1_000_000 * rate / 8_000 + burst + 1_000);
      long second = offer(share, 1_000, rate * 2, begin, begin + SECOND);
      assertThat((double) second)
          .as("%d bit/s", rate)
          .isBetween(rate / 8 * 0.9, rate / 8 * 1.1 + 2_000);
    }
  }

  @Test
  void admit_shouldLetAModestFlowThroughWhole() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, 1_000_000, 5_000_000));
    QuotaShare share = share(quotas, "ann", "192.0.2.1", 0);
    assertThat(offer(share, 1_200, 900_000, 0, 10 * SECOND))
        .isGreaterThanOrEqualTo(10 * 900_000 / 8 - 1_200);
  }

  @Test
  void admit_shouldCountDirectionsApart() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, 8_000, 0));
    QuotaShare share = share(quotas, "ann", "192.0.2.1", 0);
    assertThat(share.admitUp(65_535, 0)).isTrue();
    assertThat(share.admitUp(65_535, 0)).isFalse();
    assertThat(share.admitDown(65_535, 0)).isTrue();
    assertThat(share.admitDown(65_535, 0)).isFalse();
    assertThat(share.admitUp(0, 0)).isTrue();
  }

  @Test
  void admit_shouldShareAUsersRateAmongItsAllocations() {
    long rate = 1_000_000;
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, rate, 0));
    List<QuotaShare> shares = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      shares.add(share(quotas, "ann", "192.0.2.1", 0));
    }
    QuotaShare other = share(quotas, "bob", "192.0.2.2", 0);
    long admitted = 0;
    long ofOther = 0;
    for (long now = 0; now < 10 * SECOND; now += SECOND / 1_000) {
      for (QuotaShare share : shares) {
        admitted += share.admitUp(1_000, now) ? 1_000 : 0;
      }
      ofOther += other.admitUp(100, now) ? 100 : 0;
    }
    assertThat(admitted).isBetween(rate * 9 / 8, rate * 10 / 8 + 65_535);
    assertThat(ofOther).isEqualTo(1_000_000);
  }

  @Test
  void admit_shouldHoldTheTotalAndChargeNobodyForARefusal() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, 8_000_000, 8_000));
    QuotaShare ann = share(quotas, "ann", "192.0.2.1", 0);
    QuotaShare bob = share(quotas, "bob", "192.0.2.2", 0);
    assertThat(ann.admitUp(65_000, 0)).isTrue();
    for (int i = 0; i < 1_000; i++) {
      assertThat(bob.admitUp(1_000, 0)).isFalse();
    }
    quotas.replace(new QuotaLimits(0, 0, 0, 8_000_000, 0));
    assertThat(bob.admitUp(65_000, 0)).isTrue();
  }

  @Test
  void streams_shouldPauseUntilTheirBytesArePaidFor() {
    for (long rate : new long[] {500_000, 8_000_000}) {
      Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, rate, rate * 3 / 4));
      StreamPace pace = share(quotas, "ann", "192.0.2.1", 0).streamPace();
      long[] readsAgain = new long[4];
      long carried = 0;
      for (long now = 0; now < 20 * SECOND; now += SECOND / 1_000) {
        for (int i = 0; i < readsAgain.length; i++) {
          if (readsAgain[i] <= now) {
            carried += 16_384;
            readsAgain[i] = now + pace.chargeUp(16_384, now);
          }
        }
      }
      long fair = 20 * rate * 3 / 4 / 8;
      assertThat(carried)
          .as("%d bit/s", rate)
          .isBetween(fair * 9 / 10, fair + Math.max(rate / 16, 65_535) + 4 * 16_384);
      assertThat(pace.chargeDown(16_384, 20 * SECOND)).isZero();
    }
  }

  @Test
  void streams_shouldTakeFromWhatDatagramsMayUse() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, 1_000_000, 0));
    QuotaShare share = share(quotas, "ann", "192.0.2.1", 0);
    assertThat(share.streamPace().chargeUp(100_000, 0)).isPositive();
    assertThat(share.admitUp(1_000, 0)).isFalse();
    assertThat(share.admitDown(1_000, 0)).isTrue();
    quotas.replace(QuotaLimits.NONE);
    assertThat(share.streamPace().chargeUp(1 << 30, 0)).isZero();
  }

  @Test
  void allocatingAnew_shouldNotRefillTheBucket() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, 8_000, 0));
    long admitted = 0;
    for (int i = 0; i < 1_000; i++) {
      long now = i * SECOND / 100;
      QuotaShare share = share(quotas, "ann", "192.0.2.1", now);
      admitted += share.admitUp(1_000, now) ? 1_000 : 0;
      share.release();
      assertThat(quotas.users()).isLessThanOrEqualTo(1);
    }
    assertThat(admitted).isLessThanOrEqualTo(65_535 + 10_000);
    QuotaShare later = share(quotas, "bob", "192.0.2.2", 1_000 * SECOND);
    assertThat(quotas.users()).isEqualTo(1);
    later.release();
  }

  @Test
  void lingeringUsers_shouldBeBounded() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, 8_000, 0));
    for (int i = 0; i < 50_000; i++) {
      QuotaShare share = share(quotas, "user " + i, "192.0.2.1", 0);
      share.admitUp(60_000, 0);
      share.release();
    }
    assertThat(quotas.users()).isLessThanOrEqualTo(Quotas.MAX_LINGERING);
    share(quotas, "ann", "192.0.2.1", 100 * SECOND);
    assertThat(quotas.users()).isEqualTo(1);
  }

  @Test
  void clockJumps_shouldNotSilenceAnybody() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, 800_000, 8_000_000));
    for (long start : new long[] {Long.MAX_VALUE - SECOND, Long.MIN_VALUE, -3 * SECOND, 0}) {
      QuotaShare share = share(quotas, "ann " + start, "192.0.2.1", start);
      assertThat(offerAcross(share, start)).isGreaterThan(90_000);
      // A clock that goes back an hour.
      assertThat(offerAcross(share, start - 3_600 * SECOND)).isGreaterThan(90_000);
      share.release();
    }
  }

  private static long offerAcross(QuotaShare share, long start) {
    long admitted = 0;
    for (int i = 0; i < 1_000; i++) {
      admitted += share.admitUp(100, start + i * (SECOND / 1_000)) ? 100 : 0;
    }
    return admitted;
  }

  @Test
  void admit_shouldAllocateNothing() {
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, 1_000_000, 2_000_000));
    QuotaShare share = share(quotas, "ann", "192.0.2.1", 0);
    long admitted = offer(share, 1_000, 4_000_000, 0, 20 * SECOND);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    admitted += offer(share, 1_000, 4_000_000, 20 * SECOND, 220 * SECOND);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(1_024);
    assertThat(admitted).isPositive();
  }

  // ------------------------------------------------------------------------------------ many
  // threads

  @Test
  void manyThreads_shouldKeepTheCounts() throws Exception {
    Quotas quotas = new Quotas(new QuotaLimits(10, 40, 100, 0, 0));
    try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
      List<Callable<Integer>> work = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        SplittableRandom random = new SplittableRandom(t);
        work.add(() -> acquireAndRelease(quotas, random));
      }
      int refused = 0;
      for (Future<Integer> done : executor.invokeAll(work)) {
        refused += done.get();
      }
      assertThat(refused).isPositive();
    }
    assertThat(quotas.allocations()).isZero();
    assertThat(quotas.users()).isZero();
    assertThat(quotas.sources()).isZero();
  }

  private static int acquireAndRelease(Quotas quotas, SplittableRandom random) {
    List<QuotaShare> held = new ArrayList<>();
    int refused = 0;
    for (int i = 0; i < 10_000; i++) {
      if (random.nextBoolean()) {
        QuotaResult result =
            quotas.acquire("user " + random.nextInt(12), IpAddress.v4(random.nextInt(4)), i);
        switch (result) {
          case QuotaShare share -> held.add(share);
          case QuotaRefusal _ -> refused++;
        }
        assertThat(quotas.allocations()).isLessThanOrEqualTo(100);
      } else if (!held.isEmpty()) {
        held.remove(random.nextInt(held.size())).release();
      }
    }
    held.forEach(QuotaShare::release);
    return refused;
  }

  @Test
  void manyThreads_shouldShareOneRate() throws Exception {
    long rate = 80_000_000;
    Quotas quotas = new Quotas(new QuotaLimits(0, 0, 0, rate, 0));
    AtomicLong admitted = new AtomicLong();
    long start = System.nanoTime();
    long end = start + SECOND / 4;
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      List<Callable<Integer>> work = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        QuotaShare share = share(quotas, "ann", "192.0.2.1", start);
        work.add(() -> {
          for (long now = start; now - end < 0; now = System.nanoTime()) {
            if (share.admitUp(500, now)) {
              admitted.addAndGet(500);
            }
          }
          return 0;
        });
      }
      for (Future<Integer> done : executor.invokeAll(work)) {
        done.get();
      }
    }
    long took = System.nanoTime() - start;
    assertThat(admitted.get())
        .isGreaterThan(rate / 16)
        .isLessThan((long) (rate / 8 * (0.5 + took / 1e9) * 1.1));
  }
}
