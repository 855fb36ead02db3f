package org.peerstead.discovery.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

@Timeout(60)
class NodeLoopTest {
  /** Sends everything back; datagrams that begin with 0xff fail it. */
  private static final class Echo implements LoopEngine {
    final AtomicInteger advanced = new AtomicInteger();
    final AtomicInteger failures = new AtomicInteger();
    final AtomicInteger batches = new AtomicInteger();
    boolean isInBatch;
    volatile long deadlineNanos = Long.MAX_VALUE;
    volatile long repeatNanos;
    DatagramSockets sockets;

    @Override
    public void beginBatch() {
      isInBatch = true;
    }

    @Override
    public void endBatch() {
      isInBatch = false;
      batches.incrementAndGet();
    }

    @Override
    public void receive(SocketSide side, NodeAddress from, Slice datagram, long nowNanos) {
      if (!isInBatch) {
        throw new IllegalStateException("outside of a batch");
      }
      if (datagram.at(0) == -1) {
        throw new IllegalStateException("a fault of ours");
      }
      sockets.send(side, from, datagram.toByteArray());
    }

    @Override
    public void advance(long nowNanos) {
      advanced.incrementAndGet();
      deadlineNanos = repeatNanos == 0 ? Long.MAX_VALUE : nowNanos + repeatNanos;
    }

    @Override
    public long nextDeadlineNanos() {
      return deadlineNanos;
    }

    @Override
    public void failed(RuntimeException cause) {
      failures.incrementAndGet();
    }
  }

  private final Echo echo = new Echo();
  private NodeLoop loop;
  private InetSocketAddress server;

  @BeforeEach
  void start() throws Exception {
    echo.sockets =
        DatagramSockets.open(
            NodeAddress.parseHost("127.0.0.1"), PortRange.ANY, PortRange.ANY, () -> {});
    server =
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(), echo.sockets.localPort(SocketSide.SERVER));
    loop = new NodeLoop("test-loop", echo.sockets, echo);
    loop.start();
  }

  @AfterEach
  void stop() throws Exception {
    loop.stop();
    assertThat(loop.awaitEnd(TimeUnit.SECONDS.toNanos(10))).isTrue();
  }

  private byte[] ask(DatagramSocket socket, byte[] question) throws Exception {
    socket.setSoTimeout(10_000);
    socket.send(new DatagramPacket(question, question.length, server));
    DatagramPacket answer = new DatagramPacket(new byte[2_000], 2_000);
    socket.receive(answer);
    return java.util.Arrays.copyOf(answer.getData(), answer.getLength());
  }

  @Test
  void loop_shouldAnswerAlsoAfterAFault() throws Exception {
    try (DatagramSocket socket = new DatagramSocket()) {
      assertThat(ask(socket, new byte[] {1, 2, 3})).containsExactly(1, 2, 3);
      byte[] bad = {-1, -1};
      socket.send(new DatagramPacket(bad, bad.length, server));
      assertThat(ask(socket, new byte[] {4, 5})).containsExactly(4, 5);
    }
    assertThat(echo.failures).hasValue(1);
    assertThat(echo.batches).hasPositiveValue();
  }

  @Test
  void execute_shouldRunCallsInOrderOnTheOwnerThread() throws Exception {
    CompletableFuture<Boolean> isOwner = new CompletableFuture<>();
    AtomicInteger last = new AtomicInteger(-1);
    for (int i = 0; i < 1_000; i++) {
      int expected = i;
      loop.execute(() -> last.compareAndSet(expected - 1, expected));
    }
    loop.execute(() -> isOwner.complete(loop.isOwner()));
    assertThat(isOwner.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(last).hasValue(999);
    assertThat(loop.isOwner()).isFalse();
  }

  @Test
  void execute_shouldRejectCallsWhenTooManyWaitAndAfterTheEnd() throws Exception {
    CountDownLatch isBusy = new CountDownLatch(1);
    CountDownLatch mayGoOn = new CountDownLatch(1);
    loop.execute(() -> {
      isBusy.countDown();
      try {
        mayGoOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    isBusy.await();
    AtomicInteger done = new AtomicInteger();
    for (int i = 0; i < NodeLoop.MAX_WAITING_TASKS; i++) {
      loop.execute(done::incrementAndGet);
    }
    assertThatThrownBy(() -> loop.execute(done::incrementAndGet))
        .isInstanceOf(RejectedExecutionException.class);
    mayGoOn.countDown();
    Awaitility.await().untilAtomic(done, org.hamcrest.Matchers.is(NodeLoop.MAX_WAITING_TASKS));

    loop.execute(done::incrementAndGet);
    loop.stop();
    assertThat(loop.awaitEnd(TimeUnit.SECONDS.toNanos(10))).isTrue();
    assertThat(done).hasValue(NodeLoop.MAX_WAITING_TASKS + 1);
    assertThatThrownBy(() -> loop.execute(done::incrementAndGet))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void timers_shouldRunUnderFlood() throws Exception {
    CompletableFuture<Void> isSet = new CompletableFuture<>();
    loop.execute(() -> {
      echo.repeatNanos = TimeUnit.MILLISECONDS.toNanos(1);
      echo.deadlineNanos = System.nanoTime();
      isSet.complete(null);
    });
    isSet.get(10, TimeUnit.SECONDS);
    byte[] junk = new byte[100];
    try (DatagramSocket flood = new DatagramSocket()) {
      Awaitility.await()
          .until(() -> {
            for (int i = 0; i < 1_000; i++) {
              flood.send(new DatagramPacket(junk, junk.length, server));
            }
            return echo.advanced.get() > 50;
          });
    }
  }
}
