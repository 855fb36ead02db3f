package org.peerstead.hypercore.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private static final class Turns implements Mailbox.Turn {
    final AtomicInteger ended = new AtomicInteger();
    final AtomicInteger deadlines = new AtomicInteger();
    volatile long next = Mailbox.NO_DEADLINE;

    @Override
    public long nextDeadlineNanos() {
      return next;
    }

    @Override
    public void onDeadline(long nowNanos) {
      next = Mailbox.NO_DEADLINE;
      deadlines.incrementAndGet();
    }

    @Override
    public void ended(long nowNanos) {
      ended.incrementAndGet();
    }
  }

  @Test
  void tasks_shouldRunInOrderAndShareTurns() throws InterruptedException {
    Turns turns = new Turns();
    Mailbox mailbox = new Mailbox("owner-of-test", 10_000, turns);
    List<Integer> ran = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      int number = i;
      assertThat(mailbox.offer(() -> ran.add(number))).isTrue();
    }
    mailbox.start();
    CountDownLatch done = new CountDownLatch(1);
    mailbox.execute(done::countDown);
    done.await();
    assertThat(ran).hasSize(1_000).isSorted();
    assertThat(mailbox.stop(Duration.ofSeconds(5))).isTrue();
    assertThat(turns.ended.get()).isLessThan(10);
    assertThat(mailbox.offer(() -> {})).isFalse();
    assertThat(mailbox.execute(() -> {})).isFalse();
  }

  @Test
  void offer_shouldRefuseWhenTooMuchWaits() {
    Mailbox mailbox = new Mailbox("owner-of-test", 2, new Turns());
    assertThat(mailbox.offer(() -> {})).isTrue();
    assertThat(mailbox.offer(() -> {})).isTrue();
    assertThat(mailbox.offer(() -> {})).isFalse();
    assertThat(mailbox.execute(() -> {})).isTrue();
    assertThat(mailbox.depth()).isEqualTo(3);
    mailbox.start();
    await().until(() -> mailbox.depth() == 0);
    mailbox.stop(Duration.ofSeconds(5));
  }

  @Test
  void deadline_shouldComeWithoutTasks() {
    Turns turns = new Turns();
    turns.next = System.nanoTime() + 20_000_000;
    Mailbox mailbox = new Mailbox("owner-of-test", 2, turns);
    mailbox.start();
    await().until(() -> turns.deadlines.get() == 1);
    mailbox.stop(Duration.ofSeconds(5));
  }

  @Test
  void failedTask_shouldNotEndTheOwner() {
    Mailbox mailbox = new Mailbox("owner-of-test", 10, new Turns());
    mailbox.start();
    mailbox.execute(() -> {
      throw new IllegalStateException("provoked by a test");
    });
    AtomicInteger ran = new AtomicInteger();
    mailbox.execute(ran::incrementAndGet);
    await().until(() -> ran.get() == 1);
    mailbox.stop(Duration.ofSeconds(5));
  }

  @Test
  void stop_shouldRunWhatWaits() {
    Mailbox mailbox = new Mailbox("owner-of-test", 10, new Turns());
    AtomicInteger ran = new AtomicInteger();
    mailbox.execute(ran::incrementAndGet);
    mailbox.start();
    mailbox.execute(ran::incrementAndGet);
    mailbox.stop(Duration.ofSeconds(5));
    assertThat(ran.get()).isEqualTo(2);
  }
}
