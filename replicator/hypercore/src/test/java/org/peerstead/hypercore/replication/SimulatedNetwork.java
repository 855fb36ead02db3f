package org.peerstead.hypercore.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.noise.Role;

/**
 * Nodes and connections between them, with a clock of their own. Each connection keeps its order;
 * delays of different connections do not, so messages of different peers overtake each other. One
 * seed decides everything.
 */
final class SimulatedNetwork {
  /** One end of a connection. */
  final class End implements Link {
    final SimulatedNode node;
    final long delayNanos;
    final long nanosPerByte;
    final int bufferBytes;
    @Nullable PeerConnection connection;
    @Nullable End other;
    @Nullable DisconnectReason reason;
    UnaryOperator<@Nullable Slice> tampering = message -> message;
    final List<Slice> sent = new ArrayList<>();
    boolean isRecording;
    boolean isClosed;
    boolean isStalled;
    private final ArrayDeque<Slice> stalled = new ArrayDeque<>();
    private long freeAtNanos;
    private long queuedBytes;

    End(SimulatedNode node, long delayNanos, long nanosPerByte, int bufferBytes) {
      this.node = node;
      this.delayNanos = delayNanos;
      this.nanosPerByte = nanosPerByte;
      this.bufferBytes = bufferBytes;
    }

    @Override
    public boolean send(Slice message) {
      if (isRecording) {
        sent.add(message);
      }
      if (isClosed) {
        return true;
      }
      queuedBytes += message.length();
      if (isStalled) {
        stalled.add(message);
      } else {
        transmit(message);
      }
      return isWritable();
    }

    private void transmit(Slice message) {
      freeAtNanos = Math.max(freeAtNanos, nowNanos) + message.length() * nanosPerByte;
      at(
          freeAtNanos,
          () -> {
            boolean wasFull = !isWritable();
            queuedBytes -= message.length();
            if (wasFull && isWritable() && !isClosed && connection != null) {
              node.replicator.writable(connection, nowNanos);
            }
          });
      // A copy, as a real network makes one.
      Slice copy = tampering.apply(message.copy());
      if (copy != null) {
        at(freeAtNanos + delayNanos, () -> arrive(copy));
      }
    }

    private void arrive(Slice message) {
      End target = other;
      if (target == null || target.isClosed || target.connection == null) {
        return;
      }
      target.node.replicator.receive(target.connection, message, nowNanos);
    }

    /** Lets what waits go on. */
    void resume() {
      isStalled = false;
      while (!stalled.isEmpty()) {
        transmit(stalled.remove());
      }
    }

    @Override
    public boolean isWritable() {
      return queuedBytes < bufferBytes;
    }

    @Override
    public void destroy(DisconnectReason why, String detail) {
      reason = why;
      close();
    }

    /** Both ends go, each when it notices. */
    void close() {
      if (isClosed) {
        return;
      }
      isClosed = true;
      at(nowNanos, this::detach);
      End peer = other;
      if (peer != null && !peer.isClosed) {
        at(nowNanos + delayNanos, peer::close);
      }
    }

    private void detach() {
      if (connection != null) {
        node.replicator.detach(connection, nowNanos);
      }
    }
  }

  private record Event(long atNanos, long serial, Runnable action) {}

  final Random random;
  long nowNanos;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::serial));
  private long serials;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<End> ends = new ArrayList<>();

  SimulatedNetwork(long seed) {
    this.random = new Random(seed);
  }

  SimulatedNode node(String name) {
    return node(name, ReplicationConfig.DEFAULT);
  }

  SimulatedNode node(String name, ReplicationConfig config) {
    SimulatedNode node = new SimulatedNode(this, name, config);
    nodes.add(node);
    return node;
  }

  /** A quick connection; the first node opened it. Returns the first node's end. */
  End connect(SimulatedNode initiator, SimulatedNode responder) {
    return connect(initiator, responder, 0, 0, 1 << 20);
  }

  End connect(
      SimulatedNode initiator,
      SimulatedNode responder,
      long delayNanos,
      long nanosPerByte,
      int bufferBytes) {
    byte[] hash = new byte[64];
    random.nextBytes(hash);
    End first = new End(initiator, delayNanos, nanosPerByte, bufferBytes);
    End second = new End(responder, delayNanos, nanosPerByte, bufferBytes);
    first.other = second;
    second.other = first;
    ends.add(first);
    ends.add(second);
    first.connection =
        initiator.replicator.attach(session(Role.INITIATOR, hash, responder.key), first, nowNanos);
    second.connection =
        responder.replicator.attach(session(Role.RESPONDER, hash, initiator.key), second, nowNanos);
    return first;
  }

  static NoiseSession session(Role role, byte[] hash, Fixed32 remoteKey) {
    return new NoiseSession(role, new byte[32], new byte[32], Slice.of(hash), remoteKey);
  }

  List<End> ends() {
    return ends;
  }

  void at(long atNanos, Runnable action) {
    events.add(new Event(atNanos, serials++, action));
  }

  /** Runs until nothing is left to happen, or for so long. Returns whether nothing is left. */
  boolean run(long forNanos) {
    long end = nowNanos + forNanos;
    for (int steps = 0; steps < 3_000_000; steps++) {
      long next = events.isEmpty() ? Long.MAX_VALUE : events.element().atNanos();
      SimulatedNode due = null;
      for (SimulatedNode node : nodes) {
        long deadline = node.replicator.nextDeadlineNanos();
        if (deadline < next) {
          next = deadline;
          due = node;
        }
      }
      if (next > end) {
        nowNanos = end;
        return next == Long.MAX_VALUE;
      }
      nowNanos = Math.max(nowNanos, next);
      if (due != null) {
        due.replicator.onDeadline(nowNanos);
      } else {
        events.remove().action().run();
      }
    }
    throw new IllegalStateException("the network does not come to rest");
  }

  /** Runs for a simulated minute. */
  void run() {
    run(60_000_000_000L);
  }
}
