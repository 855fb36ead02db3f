package org.peerstead.relay.turn.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpFamily;

class ReservationsTest {
  private static final long LIFETIME = Reservations.LIFETIME_NANOS;

  private final Reservations reservations = new Reservations(new SplittableRandom(1), 5, 3);

  private byte[] reserve(String username, int port, long nowNanos) {
    return Objects.requireNonNull(reservations.reserve(username, IpFamily.V4, port, nowNanos));
  }

  @Test
  void redeem_shouldHandOutThePortOnceToItsUser() {
    byte[] token = reserve("ann", 50_001, 0);
    assertThat(token).hasSize(8);
    assertThat(reservations.redeem(token, "bob", 1)).isNull();
    assertThat(reservations.redeem(new byte[8], "ann", 1)).isNull();
    assertThat(reservations.redeem(new byte[0], "ann", 1)).isNull();
    assertThat(reservations.redeem(new byte[9], "ann", 1)).isNull();
    assertThat(reservations.redeem(token, "ann", LIFETIME - 1))
        .isEqualTo(new Reservation("ann", IpFamily.V4, 50_001));
    assertThat(reservations.redeem(token, "ann", LIFETIME - 1)).isNull();
    assertThat(reservations.count()).isZero();
    assertThat(reservations.expire(Long.MAX_VALUE / 2)).isEmpty();
  }

  @Test
  void expire_shouldReturnWhatNobodyRedeemed() {
    byte[] first = reserve("ann", 50_001, 0);
    reserve("bob", 50_003, 10);
    assertThat(reservations.nextExpiryNanos()).isEqualTo(LIFETIME);
    assertThat(reservations.expire(LIFETIME - 1)).isEmpty();
    assertThat(reservations.redeem(first, "ann", LIFETIME)).isNull();
    assertThat(reservations.expire(LIFETIME))
        .containsExactly(new Reservation("ann", IpFamily.V4, 50_001));
    assertThat(reservations.nextExpiryNanos()).isEqualTo(LIFETIME + 10);
    assertThat(reservations.expire(LIFETIME + 10))
        .containsExactly(new Reservation("bob", IpFamily.V4, 50_003));
    assertThat(reservations.nextExpiryNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void reserve_shouldBeBoundedPerUserAndInAll() {
    for (int i = 0; i < 3; i++) {
      reserve("ann", 50_001 + i, 0);
    }
    assertThat(reservations.reserve("ann", IpFamily.V4, 50_009, 0)).isNull();
    reserve("bob", 50_011, 0);
    byte[] last = reserve("bob", 50_013, 0);
    assertThat(reservations.reserve("cid", IpFamily.V4, 50_015, 0)).isNull();
    assertThat(reservations.redeem(last, "bob", 0)).isNotNull();
    reserve("cid", 50_015, 0);
    reservations.expire(LIFETIME);
    for (int i = 0; i < 3; i++) {
      reserve("ann", 50_001 + i, LIFETIME);
    }
  }

  @Test
  void constructor_shouldRefuseNegativeLimits() {
    assertThatThrownBy(() -> new Reservations(new SplittableRandom(), -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void manyThreads_shouldRedeemEachTokenOnce() throws Exception {
    Reservations shared = new Reservations(new java.security.SecureRandom(), 1_000_000, 1_000_000);
    List<byte[]> tokens = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      tokens.add(Objects.requireNonNull(shared.reserve("ann", IpFamily.V4, i + 1, 0)));
    }
    AtomicInteger redeemed = new AtomicInteger();
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      List<Callable<Integer>> work = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        work.add(() -> {
          int returned = 0;
          for (byte[] token : tokens) {
            if (shared.redeem(token, "ann", 1) != null) {
              redeemed.incrementAndGet();
            }
            shared.reserve("bob", IpFamily.V6, 1, 1);
            returned += shared.expire(2).size();
          }
          return returned;
        });
      }
      for (Future<Integer> done : executor.invokeAll(work)) {
        assertThat(done.get()).isZero();
      }
    }
    assertThat(redeemed).hasValue(5_000);
    assertThat(shared.count()).isEqualTo(20_000);
    assertThat(shared.expire(LIFETIME + 1)).hasSize(20_000);
  }
}
