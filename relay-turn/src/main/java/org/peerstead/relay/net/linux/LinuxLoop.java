package org.peerstead.relay.net.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.net.FailureLog;
import org.peerstead.relay.net.dtls.DatagramSessions;
import org.peerstead.relay.net.dtls.DatagramSessionsFactory;
import org.peerstead.relay.net.linux.LoopCounts.Count;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.DatagramOutput;
import org.peerstead.relay.turn.DatagramPath;
import org.peerstead.relay.turn.PeerSink;
import org.peerstead.relay.turn.RelayEngine;
import org.peerstead.relay.turn.RelayEngineFactory;
import org.peerstead.relay.turn.RelayShard;
import org.peerstead.relay.turn.RelaySocket;
import org.peerstead.relay.turn.RelaySockets;

/**
 * One thread with its sockets and its engine. A round receives from what is readable into the ring,
 * sends what came of it, and repeats.
 */
final class LinuxLoop implements Runnable, Executor, DatagramOutput, RelaySockets {
  private static final int SLOTS = 256;
  private static final int LISTENER_BATCH = 128;
  private static final int RELAY_BATCH = 32;
  private static final int EVENTS = 256;
  private static final int CHANNEL_HEADER_BYTES = 4;
  private static final int MAX_SLEEP_MILLIS = 10_000;
  private static final int WAKE = -1;

  private static final ValueLayout.OfShort SHORT_BE =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** A socket of an allocation. */
  private final class Relay extends LinuxSocket implements RelaySocket {
    final PeerSink owner;
    final int number;
    boolean isClosed;

    /** Whether it is in the list of those that may have more. */
    boolean isUnread;

    Relay(int fd, IpFamily family, PeerSink owner, int number) {
      super(fd, family);
      this.owner = owner;
      this.number = number;
    }

    @Override
    public void send(
        long high,
        long low,
        int port,
        MemorySegment memory,
        long offset,
        int length,
        boolean dontFragment) {
      if (!isClosed) {
        // The number of its descriptor may be another socket's by now.
        queue.add(this, high, low, port, 0, memory, offset, length, 0, dontFragment);
      }
    }

    @Override
    public void close() {
      if (!isClosed) {
        isClosed = true;
        queue.release(this);
        calls.close(fd);
        closed.add(this);
      }
    }
  }

  private final LinuxRelayConfig config;
  private final LinuxCalls calls;
  private final SocketOpener opener;
  private final LoopCounts counts = new LoopCounts();
  private final FailureLog failures = new FailureLog(System.getLogger(LinuxLoop.class.getName()));
  private final ReceiveRing ring;
  private final SendQueue queue;
  private final ErrorQueue errors;
  private final MemorySegment events;
  private final MemorySegment scratch;
  private final LinuxSocket[] listeners;
  private final int maxSegment;
  private final int epoll;
  private final int eventCounter;

  /** By the number that epoll gives back; null where a socket was closed. */
  private @Nullable Relay[] relays = new Relay[64];

  private int relayNumbers;

  /** Relay sockets whose datagrams did not all fit into a batch; epoll does not name them again. */
  private final ArrayDeque<Relay> unread = new ArrayDeque<>();

  private final List<Integer> freeNumbers = new ArrayList<>();

  /** Their numbers are not given again in the round in which epoll may still name them. */
  private final List<Relay> closed = new ArrayList<>();

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean isWoken = new AtomicBoolean();
  private final LinuxCalls wakeCalls;
  private final Object wakeLock = new Object();
  private boolean isStopped;
  private volatile boolean isStopping;

  private final RelayEngine engine;
  private final @Nullable DatagramSessions sessions;

  /**
   * @param fds sockets of the listeners; closed by this loop from now on
   * @param addresses what they are bound to
   */
  LinuxLoop(
      LinuxRelayConfig config,
      int index,
      int[] fds,
      List<TransportAddress> addresses,
      RelayEngineFactory engines)
      throws IOException {
    this.config = config;
    // Made by one thread, used by another, freed when nobody has it any more.
    Arena arena = Arena.ofAuto();
    calls = new LinuxCalls(arena);
    wakeCalls = new LinuxCalls(arena);
    opener = new SocketOpener(calls, arena);
    ring = new ReceiveRing(calls, arena, SLOTS);
    queue = new SendQueue(calls, arena, counts);
    errors = new ErrorQueue(arena);
    events = arena.allocate((long) EVENTS * LinuxCalls.EPOLL_EVENT_BYTES, Long.BYTES);
    scratch = arena.allocate(2L * Long.BYTES, Long.BYTES);
    listeners = new LinuxSocket[fds.length];
    maxSegment = opener.canSegment(fds[0]) ? LinuxSocket.MAX_SEGMENT : 0;
    epoll = calls.epoll();
    eventCounter = calls.eventCounter();
    watch(eventCounter, LinuxCalls.EPOLLIN, WAKE);
    for (int i = 0; i < fds.length; i++) {
      listeners[i] = new LinuxSocket(fds[i], addresses.get(i).ip().family());
      listeners[i].maxSegment = maxSegment;
      watch(fds[i], LinuxCalls.EPOLLIN, -2 - i);
    }
    engine =
        engines.create(
            new RelayShard(config.firstLoop() + index, addresses, this, this, null, this),
            System.nanoTime());
    DatagramSessionsFactory dtls = config.dtls();
    sessions = dtls == null ? null : dtls.create(engine, addresses, this::sendRaw, this);
  }

  private void watch(int fd, int wanted, long data) throws IOException {
    if (!calls.watch(epoll, fd, wanted, data, scratch)) {
      throw new IOException("epoll_ctl failed with error number " + calls.errno());
    }
  }

  LoopCounts counts() {
    return counts;
  }

  /** Datagrams that the system dropped since the listeners were not read fast enough. */
  long overflowed() {
    synchronized (wakeLock) {
      long sum = 0;
      if (!isStopped) {
        for (LinuxSocket listener : listeners) {
          sum += wakeCalls.overflowed(listener.fd);
        }
      }
      return sum;
    }
  }

  // --- The thread ------------------------------------------------------------------------------

  @Override
  public void run() {
    try {
      while (!isStopping) {
        round();
      }
      DatagramSessions ending = sessions;
      if (ending != null) {
        ending.close(System.nanoTime());
      }
      queue.flush();
    } finally {
      stop();
    }
  }

  private void round() {
    int count = calls.await(epoll, events, EVENTS, sleepMillis());
    long nowNanos = System.nanoTime();
    int unreadBefore = unread.size();
    for (int i = 0; i < count; i++) {
      long number = LinuxCalls.data(events, i);
      if (number >= 0) {
        Relay relay = relays[(int) number];
        if (relay != null && !relay.isClosed) {
          int ready = LinuxCalls.events(events, i);
          if ((ready & LinuxCalls.EPOLLERR) != 0) {
            try {
              errors.read(calls, relay, relay.owner, nowNanos);
            } catch (RuntimeException e) {
              failed(e);
            }
          }
          if ((ready & LinuxCalls.EPOLLIN) != 0 && !relay.isUnread) {
            readRelay(relay, nowNanos);
          }
        }
      } else if (number == WAKE) {
        // In this order: what is asked for after the flag is down raises the counter again.
        calls.clearEvents(eventCounter, scratch);
        isWoken.set(false);
      } else {
        readListener((int) (-2 - number), nowNanos);
      }
    }
    for (int i = unreadBefore; i > 0; i--) {
      Relay relay = unread.removeFirst();
      relay.isUnread = false;
      if (!relay.isClosed) {
        readRelay(relay, nowNanos);
      }
    }
    runTasks();
    advance(nowNanos);
    flush();
    for (int i = 0; i < closed.size(); i++) {
      Relay relay = closed.get(i);
      relays[relay.number] = null;
      freeNumbers.add(relay.number);
    }
    closed.clear();
  }

  /** What fails here must not end the thread, and with it the service to all clients. */
  private void advance(long nowNanos) {
    try {
      if (engine.nextDeadlineNanos() - nowNanos <= 0) {
        engine.advance(nowNanos);
      }
    } catch (RuntimeException e) {
      failed(e);
    }
    DatagramSessions dtls = sessions;
    try {
      if (dtls != null && dtls.nextDeadlineNanos() - nowNanos <= 0) {
        dtls.advance(nowNanos);
      }
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private int sleepMillis() {
    if (!tasks.isEmpty() || !unread.isEmpty()) {
      return 0;
    }
    long deadline = engine.nextDeadlineNanos();
    DatagramSessions dtls = sessions;
    if (dtls != null) {
      deadline = Math.min(deadline, dtls.nextDeadlineNanos());
    }
    if (deadline == Long.MAX_VALUE) {
      return MAX_SLEEP_MILLIS;
    }
    long nanos = deadline - System.nanoTime();
    return nanos <= 0 ? 0 : (int) Math.min(MAX_SLEEP_MILLIS, nanos / 1_000_000 + 1);
  }

  private void flush() {
    queue.flush();
    ring.reset();
  }

  private void readListener(int listener, long nowNanos) {
    LinuxSocket socket = listeners[listener];
    if (ring.free() == 0) {
      flush();
    }
    int count = ring.receive(calls, socket.fd, LISTENER_BATCH);
    counts.add(Count.RECEIVE_CALLS, 1);
    if (count <= 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      int slot = ring.take();
      long name = ring.nameOffset(slot);
      long high = SocketAddress.high(ring.names(), name, socket.family);
      long low = SocketAddress.low(ring.names(), name, socket.family);
      int port = SocketAddress.port(ring.names(), name);
      int length = ring.length(slot);
      int at = 0;
      do {
        int piece = Math.min(ring.segment(), length - at);
        counts.add(Count.RECEIVED, 1);
        try {
          fromClient(
              listener, socket.family, high, low, port, ring.offset(slot) + at, piece, nowNanos);
        } catch (RuntimeException e) {
          failed(e);
        }
        at += piece;
      } while (at < length);
    }
  }

  private void fromClient(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      long offset,
      int length,
      long nowNanos) {
    int first = length == 0 ? 0 : ring.bytes().get(ValueLayout.JAVA_BYTE, offset);
    if (first >= DatagramSessions.FIRST_BYTE && first <= DatagramSessions.LAST_BYTE) {
      DatagramSessions dtls = sessions;
      if (dtls == null) {
        counts.add(Count.DTLS_UNSERVED, 1);
      } else {
        dtls.receive(listener, family, high, low, port, ring.bytes(), offset, length, nowNanos);
      }
    } else if (config.servesPlain()) {
      engine.receiveDatagram(
          listener, family, high, low, port, ring.bytes(), offset, length, nowNanos);
    }
  }

  private void readRelay(Relay relay, long nowNanos) {
    if (ring.free() == 0) {
      flush();
    }
    int most = Math.min(RELAY_BATCH, ring.free());
    int count = ring.receive(calls, relay.fd, most);
    counts.add(Count.RECEIVE_CALLS, 1);
    // An error about an earlier packet hides what there is to receive.
    if (count == most || (count < 0 && calls.errno() != LinuxCalls.EAGAIN)) {
      relay.isUnread = true;
      unread.addLast(relay);
    }
    if (count <= 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      int slot = ring.take();
      long name = ring.nameOffset(slot);
      long high = SocketAddress.high(ring.names(), name, relay.family);
      long low = SocketAddress.low(ring.names(), name, relay.family);
      int port = SocketAddress.port(ring.names(), name);
      int length = ring.length(slot);
      int at = 0;
      do {
        int piece = Math.min(ring.segment(), length - at);
        counts.add(Count.RECEIVED, 1);
        try {
          relay.owner.receive(
              high, low, port, ring.bytes(), ring.offset(slot) + at, piece, nowNanos);
        } catch (RuntimeException e) {
          failed(e);
        }
        at += piece;
      } while (at < length);
    }
  }

  /** One packet must not stop all the others. */
  private void failed(RuntimeException e) {
    counts.add(Count.ENGINE_FAILURES, 1);
    failures.add(e, System.nanoTime());
  }

  private void runTasks() {
    // Those that are added meanwhile wait for the next round.
    for (int i = tasks.size(); i > 0; i--) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      try {
        task.run();
      } catch (RuntimeException e) {
        failed(e);
      }
    }
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    wake();
  }

  private void wake() {
    if (isWoken.getAndSet(true)) {
      return;
    }
    synchronized (wakeLock) {
      if (!isStopped) {
        wakeCalls.addEvent(eventCounter);
      }
    }
  }

  /** Ends the thread after its round. */
  void close() {
    isStopping = true;
    wake();
  }

  private void stop() {
    synchronized (wakeLock) {
      isStopped = true;
      for (int i = 0; i < relayNumbers; i++) {
        Relay relay = relays[i];
        if (relay != null && !relay.isClosed) {
          relay.isClosed = true;
          calls.close(relay.fd);
        }
      }
      for (LinuxSocket listener : listeners) {
        calls.close(listener.fd);
      }
      calls.close(eventCounter);
      calls.close(epoll);
    }
  }

  // --- What the engine asks for ------------------------------------------------------------------

  @Override
  public @Nullable RelaySocket open(IpFamily family, int port, PeerSink owner) {
    IpAddress ip = config.relay(family);
    if (ip == null) {
      return null;
    }
    int fd = opener.relay(new TransportAddress(ip, port));
    if (fd < 0) {
      return null;
    }
    int number = freeNumbers.isEmpty() ? relayNumbers++ : freeNumbers.removeLast();
    if (number == relays.length) {
      relays = Arrays.copyOf(relays, number * 2);
    }
    if (!calls.watch(epoll, fd, LinuxCalls.EPOLLIN | LinuxCalls.EPOLLET, number, scratch)) {
      calls.close(fd);
      freeNumbers.add(number);
      return null;
    }
    Relay relay = new Relay(fd, family, owner, number);
    relay.maxSegment = maxSegment;
    relays[number] = relay;
    return relay;
  }

  @Override
  public boolean canForbidFragments() {
    return true;
  }

  @Override
  public boolean send(DatagramPath path, byte[] message) {
    queue.addCopy(
        listeners[path.listener()],
        path.high(),
        path.low(),
        path.port(),
        message,
        0,
        message.length);
    return true;
  }

  private boolean sendRaw(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      byte[] bytes,
      int offset,
      int length) {
    queue.addCopy(listeners[listener], high, low, port, bytes, offset, length);
    return true;
  }

  @Override
  public boolean sendChannelData(
      DatagramPath path, int channel, MemorySegment memory, long offset, int length) {
    MemorySegment heads = queue.heads();
    long head = queue.headOffset();
    heads.set(SHORT_BE, head, (short) channel);
    heads.set(SHORT_BE, head + 2, (short) length);
    queue.add(
        listeners[path.listener()],
        path.high(),
        path.low(),
        path.port(),
        CHANNEL_HEADER_BYTES,
        memory,
        offset,
        length,
        0,
        false);
    return true;
  }

  @Override
  public boolean sendGathered(
      DatagramPath path,
      byte[] head,
      int headLength,
      MemorySegment memory,
      long offset,
      int length,
      int padding) {
    MemorySegment heads = queue.heads();
    MemorySegment.copy(head, 0, heads, ValueLayout.JAVA_BYTE, queue.headOffset(), headLength);
    queue.add(
        listeners[path.listener()],
        path.high(),
        path.low(),
        path.port(),
        headLength,
        memory,
        offset,
        length,
        padding,
        false);
    return true;
  }
}
