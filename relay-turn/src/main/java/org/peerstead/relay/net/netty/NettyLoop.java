package org.peerstead.relay.net.netty;

import io.netty.channel.nio.NioEventLoop;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.net.FailureLog;
import org.peerstead.relay.net.dtls.DatagramSessions;
import org.peerstead.relay.net.dtls.DatagramSessionsFactory;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.PeerSink;
import org.peerstead.relay.turn.RelayEngine;
import org.peerstead.relay.turn.RelayEngineFactory;
import org.peerstead.relay.turn.RelayShard;
import org.peerstead.relay.turn.RelaySocket;
import org.peerstead.relay.turn.RelaySockets;
import org.peerstead.relay.turn.TcpPeerSink;
import org.peerstead.relay.turn.TcpRelaySocket;
import org.peerstead.relay.turn.TcpRelaySockets;

/**
 * One event loop and the engine that it drives. All methods are called on the loop's thread, except
 * those that say otherwise. After every call into the engine {@link #afterCalls} sends what has
 * gathered and looks when the engine wants to be called next.
 */
final class NettyLoop implements RelaySockets, TcpRelaySockets {
  private static final System.Logger LOG = System.getLogger(NettyLoop.class.getName());
  private final FailureLog failures = new FailureLog(LOG);

  /** How often the times of connections are looked at. */
  private static final long SWEEP_MILLIS = 250;

  /** One datagram of the largest kind. */
  private static final int DATAGRAM_BYTES = 65_536;

  private final NettyRelayConfig config;
  private final NioEventLoop eventLoop;
  private final ConnectionLimits limits;
  private final ShellCounters counters;
  private final Executor handshakes;
  private final ByteBuffer datagram = ByteBuffer.allocateDirect(DATAGRAM_BYTES);
  private final MemorySegment datagramMemory = MemorySegment.ofBuffer(datagram);
  private final Set<ClientConnection> connections = new HashSet<>();
  private final Set<TcpPeerSocket> peerSockets = new HashSet<>();
  private final List<StreamPath> dirty = new ArrayList<>();
  private final @Nullable DatagramListener[] datagramListeners;
  private @Nullable MemorySegment viewedMemory;
  private @Nullable ByteBuffer viewed;
  private @Nullable RelayEngine engine;
  private @Nullable DatagramSessions sessions;
  private @Nullable ScheduledFuture<?> alarm;
  private long alarmNanos;
  private boolean isClosed;

  /** From any thread. */
  NettyLoop(
      NettyRelayConfig config,
      NioEventLoop eventLoop,
      ConnectionLimits limits,
      ShellCounters counters,
      Executor handshakes) {
    this.config = config;
    this.eventLoop = eventLoop;
    this.limits = limits;
    this.counters = counters;
    this.handshakes = handshakes;
    this.datagramListeners = new @Nullable DatagramListener[config.listeners().size()];
  }

  /** Makes the engine. */
  void start(int index, List<TransportAddress> listeners, RelayEngineFactory engines) {
    RelayShard shard =
        new RelayShard(
            index,
            listeners,
            new DatagramAnswers(this, datagramListeners),
            this,
            config.tcpRelaying() ? this : null,
            this::later);
    RelayEngine made = engines.create(shard, now());
    engine = made;
    DatagramSessionsFactory dtls = config.dtls();
    if (dtls != null && config.transports().contains(ClientTransport.DTLS)) {
      sessions = dtls.create(made, listeners, this::sendRecords, shard.loop());
    }
    eventLoop.scheduleAtFixedRate(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    afterCalls();
  }

  NettyRelayConfig config() {
    return config;
  }

  NioEventLoop eventLoop() {
    return eventLoop;
  }

  ConnectionLimits limits() {
    return limits;
  }

  ShellCounters counters() {
    return counters;
  }

  /** Runs the expensive steps of handshakes. */
  Executor handshakes() {
    return handshakes;
  }

  /** Where datagrams are read into; never kept across calls. */
  ByteBuffer datagram() {
    return datagram;
  }

  /** The same memory as {@link #datagram}. */
  MemorySegment datagramMemory() {
    return datagramMemory;
  }

  /**
   * A part of borrowed memory for the JDK's channels, until the next call of this. The engine sends
   * many parts of what was read at once, so the buffer around them is kept.
   */
  ByteBuffer view(MemorySegment memory, long offset, int length) {
    ByteBuffer whole = viewed;
    // Segments are equal when they begin at the same place, however long they are.
    if (whole == null || whole.capacity() != memory.byteSize() || !memory.equals(viewedMemory)) {
      whole = memory.asByteBuffer();
      viewed = whole;
      viewedMemory = memory;
    }
    int at = (int) offset;
    return whole.limit(at + length).position(at);
  }

  long now() {
    return System.nanoTime();
  }

  // ---------------------------------------------------------------------------------------------
  // Connections

  /** Gives a connection to this loop, from any thread. */
  void take(ClientConnection connection) {
    connection
        .channel()
        .closeFuture()
        .addListener(done -> {
          // Without a loop any more there is nobody left to tell either.
          if (eventLoop.inEventLoop()) {
            connections.remove(connection);
          }
          connection.ended();
        });
    eventLoop
        .register(connection.channel())
        .addListener(done -> {
          if (!done.isSuccess()) {
            connection.channel().unsafe().closeForcibly();
          } else if (isClosed) {
            connection.abort(ConnectionEnd.SHUTDOWN);
          } else if (connection.channel().isOpen()) {
            connections.add(connection);
          }
        });
  }

  boolean isSettled(StreamPath path) {
    RelayEngine driven = engine;
    return driven != null && driven.isSettled(path);
  }

  /** Gives a message to the engine; false when the connection has to end. */
  boolean receive(StreamPath path, MemorySegment memory, long offset, int length) {
    RelayEngine driven = engine;
    if (driven == null) {
      return false;
    }
    try {
      return driven.receiveFrame(path, memory, offset, length, now());
    } catch (RuntimeException e) {
      failed(e);
      path.connection().endAs(ConnectionEnd.FAILURE);
      return false;
    }
  }

  void closed(StreamPath path) {
    RelayEngine driven = engine;
    if (driven != null) {
      call(() -> driven.closed(path, now()));
    }
  }

  void dirty(StreamPath path) {
    dirty.add(path);
  }

  // ---------------------------------------------------------------------------------------------
  // Calls

  /** Runs something that calls the engine or is called by it. */
  void call(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      failed(e);
    }
    afterCalls();
  }

  /** As {@link #call}, but not before what is running has ended. From any thread. */
  void later(Runnable task) {
    try {
      eventLoop.execute(() -> call(task));
    } catch (RejectedExecutionException _) {
      LOG.log(System.Logger.Level.DEBUG, "the loop has ended: nothing more is told");
    }
  }

  /** Sends what has gathered and sets the alarm. */
  void afterCalls() {
    for (int i = 0; i < dirty.size(); i++) {
      dirty.get(i).flush();
    }
    dirty.clear();
    RelayEngine driven = engine;
    if (driven == null || isClosed) {
      return;
    }
    long wanted = driven.nextDeadlineNanos();
    DatagramSessions dtls = sessions;
    if (dtls != null) {
      wanted = sooner(wanted, dtls.nextDeadlineNanos());
    }
    if (wanted != Long.MAX_VALUE && (alarm == null || wanted - alarmNanos < 0)) {
      setAlarm(wanted);
    }
  }

  private void setAlarm(long wanted) {
    ScheduledFuture<?> before = alarm;
    if (before != null) {
      before.cancel(false);
    }
    alarmNanos = wanted;
    alarm = eventLoop.schedule(this::alarm, Math.max(0, wanted - now()), TimeUnit.NANOSECONDS);
  }

  private void alarm() {
    alarm = null;
    RelayEngine driven = engine;
    DatagramSessions dtls = sessions;
    if (driven == null || isClosed) {
      return;
    }
    call(() -> {
      driven.advance(now());
      if (dtls != null) {
        dtls.advance(now());
      }
    });
  }

  /** Of two times of a clock that may pass zero; the largest number stands for never. */
  private static long sooner(long one, long other) {
    if (one == Long.MAX_VALUE || other == Long.MAX_VALUE) {
      return Math.min(one, other);
    }
    return one - other < 0 ? one : other;
  }

  private boolean sendRecords(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      byte[] bytes,
      int offset,
      int length) {
    DatagramListener through = datagramListeners[listener];
    return through != null
        && through.send(family, high, low, port, ByteBuffer.wrap(bytes, offset, length));
  }

  private void sweep() {
    long nowNanos = now();
    for (ClientConnection connection : List.copyOf(connections)) {
      connection.checkTime(nowNanos);
    }
    for (TcpPeerSocket socket : List.copyOf(peerSockets)) {
      socket.checkTime(nowNanos);
    }
    afterCalls();
  }

  void failed(RuntimeException e) {
    counters.engineFailures.increment();
    failures.add(e, System.nanoTime());
  }

  // ---------------------------------------------------------------------------------------------
  // Sockets for the engine

  @Override
  public @Nullable RelaySocket open(IpFamily family, int port, PeerSink owner) {
    IpAddress relay = config.relay(family);
    return relay == null || isClosed ? null : DatagramRelaySocket.open(this, relay, port, owner);
  }

  @Override
  public boolean canForbidFragments() {
    return DatagramRelaySocket.CAN_FORBID_FRAGMENTS;
  }

  @Override
  public @Nullable TcpRelaySocket open(IpFamily family, int port, TcpPeerSink owner) {
    IpAddress relay = config.relay(family);
    TcpPeerSocket socket =
        relay == null || isClosed ? null : TcpPeerSocket.open(this, relay, port, owner);
    if (socket != null) {
      peerSockets.add(socket);
    }
    return socket;
  }

  void forget(TcpPeerSocket socket) {
    peerSockets.remove(socket);
  }

  /** Adds a listener under its number. */
  void listen(int number, DatagramListener listener) {
    datagramListeners[number] = listener;
  }

  @Nullable RelayEngine engine() {
    return engine;
  }

  @Nullable DatagramSessions sessions() {
    return sessions;
  }

  /** Ends all connections; the engine hears of each. */
  void close() {
    for (ClientConnection connection : List.copyOf(connections)) {
      connection.abort(ConnectionEnd.SHUTDOWN);
    }
    DatagramSessions dtls = sessions;
    if (dtls != null) {
      call(() -> dtls.close(now()));
    }
    isClosed = true;
    for (DatagramListener listener : datagramListeners) {
      if (listener != null) {
        listener.close();
      }
    }
    List.copyOf(peerSockets).forEach(TcpPeerSocket::close);
  }
}
