package org.peerstead.relay.net.netty;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.turn.ClientPath;
import org.peerstead.relay.turn.ConnectionPath;
import org.peerstead.relay.turn.DatagramPath;
import org.peerstead.relay.turn.PeerConnection;
import org.peerstead.relay.turn.PeerSink;
import org.peerstead.relay.turn.RelayEngine;
import org.peerstead.relay.turn.RelayShard;
import org.peerstead.relay.turn.RelaySocket;
import org.peerstead.relay.turn.TcpPeerSink;
import org.peerstead.relay.turn.TcpRelaySocket;
import org.peerstead.relay.turn.quota.QuotaLimits;
import org.peerstead.relay.turn.quota.QuotaResult;
import org.peerstead.relay.turn.quota.QuotaShare;
import org.peerstead.relay.turn.quota.Quotas;
import org.peerstead.relay.turn.quota.StreamPace;

/**
 * An engine as simple as can be, for tests of the shell. Messages have a STUN header; what they ask
 * for stands behind it:
 *
 * <ul>
 *   <li>0x0001: answered with 0x0101 and the same contents
 *   <li>0x0002: sends back as many bytes of 0x55 as its contents (4 bytes) say, as a gathered
 *       message
 *   <li>0x0003: family (1 byte), 1 zero byte, port (2 bytes): opens a relay socket; the connection
 *       is settled; answered with 0x0103
 *   <li>0x0004: closes the connection after the answer 0x0104
 *   <li>0x0005: fails
 *   <li>0x0006: opens a TCP relay socket; contents as for 0x0003
 *   <li>0x000a: connects to a peer: port (2 bytes) of 127.0.0.1, 2 zero bytes; answered with 0x010a
 *       and the connection's number, or 0x011a
 *   <li>0x000b: joins the connection with that number; answered with 0x010b or 0x011b
 * </ul>
 *
 * Incoming peers are announced as 0x001c and their number. ChannelData goes to the last peer that
 * was heard or, without a relay socket, back. Numbers are shared by all engines of a test.
 */
final class EchoEngine implements RelayEngine {
  /** What all engines of one server know. */
  static final class Shared {
    volatile StreamPace pace = pace(QuotaLimits.NONE);
    final Map<Integer, PeerConnection> peers = new ConcurrentHashMap<>();
    final AtomicInteger lastPeer = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final Map<ConnectionPath, Integer> closedTimes = new ConcurrentHashMap<>();
    final AtomicInteger frames = new AtomicInteger();
    final AtomicInteger refusedSends = new AtomicInteger();
    final AtomicInteger advanced = new AtomicInteger();
    final AtomicInteger peersEnded = new AtomicInteger();
    final AtomicLong carriedUp = new AtomicLong();
    final AtomicLong carriedDown = new AtomicLong();
    final List<EchoEngine> engines = new CopyOnWriteArrayList<>();
    final Set<Integer> listeners = ConcurrentHashMap.newKeySet();
    final ConcurrentLinkedQueue<String> clients = new ConcurrentLinkedQueue<>();
  }

  private final class Relayed implements PeerSink {
    final ClientPath path;
    final IpFamily family;
    @Nullable RelaySocket socket;
    long high;
    long low;
    int port;

    Relayed(ClientPath path, IpFamily family) {
      this.path = path;
      this.family = family;
    }

    @Override
    public void receive(
        long fromHigh,
        long fromLow,
        int fromPort,
        MemorySegment memory,
        long offset,
        int length,
        long nowNanos) {
      high = fromHigh;
      low = fromLow;
      port = fromPort;
      if (!path.sendChannelData(0x4000, memory, offset, length)) {
        shared.refusedSends.incrementAndGet();
      }
    }

    @Override
    public void unreachable(
        long toHigh, long toLow, int toPort, int type, int code, int data, long nowNanos) {}
  }

  private final RelayShard shard;
  private final Shared shared;
  private final Map<ClientPath, Relayed> relayed = new ConcurrentHashMap<>();
  private final Map<ConnectionPath, TcpRelaySocket> tcpRelayed = new ConcurrentHashMap<>();
  private final Map<String, DatagramPath> datagramPaths = new ConcurrentHashMap<>();
  long deadline = Long.MAX_VALUE;
  boolean forbidsFragments;

  EchoEngine(RelayShard shard, Shared shared) {
    this.shard = shard;
    this.shared = shared;
    shared.engines.add(this);
  }

  RelayShard shard() {
    return shard;
  }

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
    shared.listeners.add(listener);
    DatagramPath path =
        datagramPaths.computeIfAbsent(
            listener + " " + new IpAddress(family, high, low) + " " + port,
            key ->
                new DatagramPath(
                    shard.output(),
                    listener,
                    shard.listeners().get(listener),
                    family,
                    high,
                    low,
                    port));
    handle(path, memory, offset, length);
  }

  @Override
  public boolean receiveFrame(
      ConnectionPath path, MemorySegment memory, long offset, int length, long nowNanos) {
    shared.listeners.add(path.listener());
    shared.clients.add(path.client().toString());
    return handle(path, memory, offset, length);
  }

  private boolean handle(ClientPath path, MemorySegment memory, long offset, int length) {
    shared.frames.incrementAndGet();
    ByteBuffer bytes =
        ByteBuffer.wrap(memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    int type = bytes.getShort() & 0xffff;
    int size = bytes.getShort() & 0xffff;
    if (type >= 0x4000) {
      return channelData(path, type, memory, offset + 4, size);
    }
    bytes.position(20);
    switch (type) {
      case 1 -> answer(path, 0x0101, bytes);
      case 2 -> {
        byte[] payload = new byte[bytes.getInt()];
        java.util.Arrays.fill(payload, (byte) 0x55);
        byte[] head = header(0x0102, payload.length + (-payload.length & 3));
        sent(
            path.sendGathered(
                head,
                head.length,
                MemorySegment.ofArray(payload),
                0,
                payload.length,
                -payload.length & 3));
      }
      case 3 -> {
        IpFamily family = bytes.get() == 1 ? IpFamily.V4 : IpFamily.V6;
        bytes.get();
        Relayed made = new Relayed(path, family);
        made.socket = shard.sockets().open(family, bytes.getShort() & 0xffff, made);
        if (made.socket == null) {
          answer(path, 0x0113, bytes);
        } else {
          relayed.put(path, made);
          answer(path, 0x0103, bytes);
        }
      }
      case 4 -> {
        answer(path, 0x0104, bytes);
        ((ConnectionPath) path).close();
      }
      case 5 -> throw new IllegalStateException("a test wants this");
      case 6 -> {
        bytes.getShort();
        int port = bytes.getShort() & 0xffff;
        TcpRelaySocket socket =
            shard.tcpSockets() == null
                ? null
                : shard.tcpSockets().open(IpFamily.V4, port, new Peers(path));
        if (socket == null) {
          answer(path, 0x0116, bytes);
        } else {
          tcpRelayed.put((ConnectionPath) path, socket);
          answer(path, 0x0106, bytes);
        }
      }
      case 10 -> {
        int port = bytes.getShort() & 0xffff;
        TcpRelaySocket socket = tcpRelayed.get(path);
        if (socket == null) {
          return false;
        }
        socket.connect(
            0,
            0x7f000001L,
            port,
            2_000_000_000L,
            (connection, nowNanos) -> {
              if (connection == null) {
                answer(path, 0x011a, ByteBuffer.allocate(0));
              } else {
                answer(path, 0x010a, number(connection));
              }
            });
      }
      case 11 -> {
        PeerConnection peer = shared.peers.get(bytes.getInt());
        if (peer == null) {
          answer(path, 0x011b, bytes);
          return true;
        }
        answer(path, 0x010b, ByteBuffer.allocate(0));
        return peer.join((ConnectionPath) path);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean channelData(
      ClientPath path, int channel, MemorySegment memory, long offset, int size) {
    Relayed to = relayed.get(path);
    if (to == null || to.socket == null || to.port == 0) {
      sent(path.sendChannelData(channel, memory, offset, size));
    } else {
      to.socket.send(to.high, to.low, to.port, memory, offset, size, forbidsFragments);
    }
    return true;
  }

  @Override
  public boolean isSettled(ConnectionPath path) {
    return relayed.containsKey(path) || tcpRelayed.containsKey(path);
  }

  @Override
  public void closed(ConnectionPath path, long nowNanos) {
    shared.closed.incrementAndGet();
    shared.closedTimes.merge(path, 1, Integer::sum);
    Relayed gone = relayed.remove(path);
    if (gone != null && gone.socket != null) {
      gone.socket.close();
    }
    TcpRelaySocket socket = tcpRelayed.remove(path);
    if (socket != null) {
      socket.close();
    }
  }

  @Override
  public void advance(long nowNanos) {
    shared.advanced.incrementAndGet();
    deadline = Long.MAX_VALUE;
  }

  @Override
  public long nextDeadlineNanos() {
    return deadline;
  }

  private void answer(ClientPath path, int type, ByteBuffer contents) {
    byte[] message = new byte[20 + contents.remaining()];
    System.arraycopy(header(type, contents.remaining()), 0, message, 0, 20);
    contents.get(message, 20, contents.remaining());
    sent(path.send(message));
  }

  private void sent(boolean isTaken) {
    if (!isTaken) {
      shared.refusedSends.incrementAndGet();
    }
  }

  private ByteBuffer number(PeerConnection connection) {
    int number = shared.lastPeer.incrementAndGet();
    shared.peers.put(number, connection);
    return ByteBuffer.allocate(4).putInt(0, number);
  }

  static byte[] header(int type, int length) {
    return ByteBuffer.allocate(20)
        .putShort((short) type)
        .putShort((short) length)
        .putInt(0x2112a442)
        .array();
  }

  /** How fast joined connections go under limits that nobody else draws from. */
  static StreamPace pace(QuotaLimits limits) {
    QuotaResult result = new Quotas(limits).acquire("ann", Shell.V4, System.nanoTime());
    return ((QuotaShare) result).streamPace();
  }

  private final class Peers implements TcpPeerSink {
    private final ClientPath path;

    Peers(ClientPath path) {
      this.path = path;
    }

    @Override
    public StreamPace pace() {
      return shared.pace;
    }

    @Override
    public void incoming(PeerConnection connection, long high, long low, int port, long nowNanos) {
      answer(path, 0x001c, number(connection));
    }

    @Override
    public void ended(PeerConnection connection, long nowNanos) {
      shared.peersEnded.incrementAndGet();
    }

    @Override
    public void carried(long bytesUp, long bytesDown) {
      shared.carriedUp.addAndGet(bytesUp);
      shared.carriedDown.addAndGet(bytesDown);
    }
  }
}
