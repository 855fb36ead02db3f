package org.peerstead.discovery.net;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * Sockets for which one system call moves a whole batch, and nothing is allocated but the arrays
 * that the engine gets. Waits with {@code ppoll} on both sockets and on a counter that other
 * threads raise.
 */
final class LinuxDatagramSockets implements DatagramSockets {
  /** {@code struct pollfd}: descriptor i32, wanted events i16, events i16. */
  private static final int POLLFD_BYTES = 8;

  private static final int WANTED_AT = 4;
  private static final int EVENTS_AT = 6;

  /** An error is taken off a socket by receiving; left there, it would end every wait at once. */
  private static final short RECEIVE_EVENTS = LinuxCalls.POLLIN | LinuxCalls.POLLERR;

  private static final int SERVER = 0;
  private static final int CLIENT = 1;
  private static final int EVENTS = 2;

  private final LinuxCalls calls;
  private final SocketPair<LinuxSocket> sockets;
  private final MemorySegment descriptors;
  private final MemorySegment timeout;
  private final MemorySegment number;

  /** Guards the counter of events against being raised after its number went to another file. */
  private final Object wakeLock = new Object();

  private final LinuxCalls wakeCalls;
  private final int eventCounter;
  private final AtomicBoolean isWoken = new AtomicBoolean();
  private boolean isClosed;

  private LinuxDatagramSockets(
      Arena arena,
      LinuxCalls calls,
      LinuxSocket server,
      LinuxSocket client,
      int eventCounter,
      BeforeSending beforeSending) {
    this.calls = calls;
    this.sockets = new SocketPair<>(server, client, beforeSending);
    this.eventCounter = eventCounter;
    wakeCalls = new LinuxCalls(arena);
    descriptors = arena.allocate(3L * POLLFD_BYTES, Long.BYTES);
    timeout = arena.allocate(2L * Long.BYTES, Long.BYTES);
    number = arena.allocate(Long.BYTES, Long.BYTES);
    watch(SERVER, server.fd(), LinuxCalls.POLLIN);
    watch(CLIENT, client.fd(), LinuxCalls.POLLIN);
    watch(EVENTS, eventCounter, LinuxCalls.POLLIN);
  }

  static LinuxDatagramSockets open(
      int host, PortRange serverPorts, PortRange clientPorts, BeforeSending beforeSending)
      throws IOException {
    if (!LinuxCalls.isAvailable()) {
      throw new UnsupportedOperationException("not a 64-bit Linux that lets us call it");
    }
    // Opened by one thread, used by another, freed when nobody has it any more.
    Arena arena = Arena.ofAuto();
    LinuxCalls calls = new LinuxCalls(arena);
    LinuxSocket server = null;
    LinuxSocket client = null;
    try {
      server = LinuxSocket.open(calls, SocketSide.SERVER, host, serverPorts, arena);
      client = LinuxSocket.open(calls, SocketSide.CLIENT, host, clientPorts, arena);
      return new LinuxDatagramSockets(
          arena, calls, server, client, calls.eventCounter(), beforeSending);
    } catch (IOException | RuntimeException e) {
      if (server != null) {
        server.close();
      }
      if (client != null) {
        client.close();
      }
      throw e;
    }
  }

  @Override
  public SocketKind kind() {
    return SocketKind.LINUX_BATCHES;
  }

  @Override
  public int localPort(SocketSide side) {
    return sockets.get(side).port();
  }

  @Override
  public void await(long timeoutNanos) {
    long nanos = Math.max(0, timeoutNanos);
    timeout.setAtIndex(ValueLayout.JAVA_LONG, 0, nanos / 1_000_000_000L);
    timeout.setAtIndex(ValueLayout.JAVA_LONG, 1, nanos % 1_000_000_000L);
    watch(SERVER, sockets.server().fd(), wanted(sockets.server()));
    watch(CLIENT, sockets.client().fd(), wanted(sockets.client()));
    if (calls.poll(descriptors, 3, timeout) < 0) {
      // A signal: as good as nothing.
      return;
    }
    sockets.setReadable(has(SERVER, RECEIVE_EVENTS), has(CLIENT, RECEIVE_EVENTS));
    if (has(EVENTS, LinuxCalls.POLLIN)) {
      // In this order: what is asked for after the flag is down raises the counter again.
      calls.clearEvents(eventCounter, number);
      isWoken.set(false);
    }
  }

  private static short wanted(LinuxSocket socket) {
    return socket.hasQueued()
        ? (short) (LinuxCalls.POLLIN | LinuxCalls.POLLOUT)
        : LinuxCalls.POLLIN;
  }

  private void watch(int index, int fd, short wanted) {
    descriptors.set(ValueLayout.JAVA_INT, (long) index * POLLFD_BYTES, fd);
    descriptors.set(ValueLayout.JAVA_SHORT, (long) index * POLLFD_BYTES + WANTED_AT, wanted);
    descriptors.set(ValueLayout.JAVA_SHORT, (long) index * POLLFD_BYTES + EVENTS_AT, (short) 0);
  }

  private boolean has(int index, short event) {
    short events = descriptors.get(ValueLayout.JAVA_SHORT, (long) index * POLLFD_BYTES + EVENTS_AT);
    return (events & event) != 0;
  }

  @Override
  public int receive(SocketSide side, DatagramSink sink) {
    return sockets.receive(side, sink);
  }

  @Override
  public boolean isReadable(SocketSide side) {
    return sockets.isReadable(side);
  }

  @Override
  public void send(SocketSide side, NodeAddress to, byte[] datagram) {
    sockets.send(side, to, datagram);
  }

  @Override
  public void flush() {
    sockets.flush();
  }

  @Override
  public SocketCounts counts() {
    return sockets.counts();
  }

  @Override
  public void wake() {
    if (isWoken.getAndSet(true)) {
      return;
    }
    synchronized (wakeLock) {
      if (!isClosed) {
        wakeCalls.addEvent(eventCounter);
      }
    }
  }

  @Override
  public void close() {
    synchronized (wakeLock) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      sockets.server().close();
      sockets.client().close();
      calls.close(eventCounter);
    }
  }
}
