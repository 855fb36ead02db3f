package org.peerstead.relay.net.dtls;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.net.tls.TlsIdentity;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ConnectionPath;
import org.peerstead.relay.turn.RelayEngine;

/** The sessions of one loop in memory, with an engine that sends back what it gets. */
final class DtlsBed implements AutoCloseable {
  static final IpAddress CLIENT = IpAddress.parse("192.0.2.1");

  /** Contents that the engine calls rubbish. */
  static final byte[] RUBBISH = {99};

  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final AtomicLong addedNanos = new AtomicLong();
  private final Map<Integer, Consumer<byte[]>> clients = new ConcurrentHashMap<>();
  final List<ConnectionPath> paths = new CopyOnWriteArrayList<>();
  final List<ConnectionPath> closed = new CopyOnWriteArrayList<>();
  final AtomicInteger answered = new AtomicInteger();
  final DtlsServer server;
  final DatagramSessions sessions;
  volatile boolean isSettled;
  volatile long answeredBytes;

  DtlsBed(Supplier<TlsIdentity> identity, DtlsLimits limits) {
    server = new DtlsServer(identity, limits, new SecureRandom(), this::now);
    sessions =
        server.create(
            new Echo(),
            List.of(new TransportAddress(IpAddress.parse("198.51.100.1"), 5349)),
            this::out,
            thread::execute);
  }

  long now() {
    return System.nanoTime() + addedNanos.get();
  }

  /** Lets time pass, and the sessions notice. */
  void pass(long nanos) {
    addedNanos.addAndGet(nanos);
    onLoop(() -> sessions.advance(now()));
  }

  /** Who gets what is sent to a port of {@link #CLIENT}. */
  void connect(int port, Consumer<byte[]> client) {
    clients.put(port, client);
  }

  private boolean out(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      byte[] bytes,
      int offset,
      int length) {
    answered.incrementAndGet();
    answeredBytes += length;
    Consumer<byte[]> client = clients.get(port);
    if (client != null) {
      client.accept(java.util.Arrays.copyOfRange(bytes, offset, offset + length));
    }
    return true;
  }

  /** A datagram of {@link #CLIENT} arrives. */
  void arrive(int port, byte[] datagram) {
    thread.execute(() -> receive(CLIENT, port, datagram));
  }

  /** A datagram arrives and has been dealt with. */
  void arriveNow(IpAddress from, int port, byte[] datagram) {
    onLoop(() -> receive(from, port, datagram));
  }

  void receive(IpAddress from, int port, byte[] datagram) {
    sessions.receive(
        0,
        from.family(),
        from.high(),
        from.low(),
        port,
        MemorySegment.ofArray(datagram),
        0,
        datagram.length,
        now());
  }

  void onLoop(Runnable task) {
    CompletableFuture.runAsync(task, thread).join();
  }

  DtlsCounts counts() {
    return server.counts();
  }

  long ended(DtlsEnd reason) {
    return count(counts().ended().get(reason));
  }

  long dropped(DtlsDrop reason) {
    return count(counts().dropped().get(reason));
  }

  private static long count(@Nullable Long value) {
    return value == null ? 0 : value;
  }

  @Override
  public void close() throws InterruptedException {
    onLoop(() -> sessions.close(now()));
    thread.shutdown();
    if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the loop does not end");
    }
  }

  private final class Echo implements RelayEngine {
    private final List<ConnectionPath> known = new ArrayList<>();

    @Override
    public void receiveDatagram(
        int listener,
        IpFamily family,
        long high,
        long low,
        int port,
        MemorySegment memory,
        long offset,
        int length,
        long nowNanos) {
      throw new IllegalStateException("not from here");
    }

    @Override
    public boolean receiveFrame(
        ConnectionPath path, MemorySegment memory, long offset, int length, long nowNanos) {
      if (!known.contains(path)) {
        known.add(path);
        paths.add(path);
      }
      byte[] frame = memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      if (frame[0] == RUBBISH[0]) {
        return false;
      }
      return path.send(frame);
    }

    @Override
    public boolean isSettled(ConnectionPath path) {
      return isSettled;
    }

    @Override
    public void closed(ConnectionPath path, long nowNanos) {
      closed.add(path);
    }

    @Override
    public void advance(long nowNanos) {}

    @Override
    public long nextDeadlineNanos() {
      return Long.MAX_VALUE;
    }
  }
}
