package org.peerstead.benchmarks.relay;

import static org.peerstead.benchmarks.relay.LinuxCalls.INT_BE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Sends packets through a relay at a fixed rate, whatever comes back (open loop), and measures what
 * arrives. A packet carries the time at which it was due, so that a generator that is late shows as
 * latency and not as a lower load. One thread sends and receives, without garbage.
 *
 * <p>A payload is the number of the sample, its own number, when it was due (all big-endian but the
 * time), and whatever lay there.
 */
final class TrafficRun implements AutoCloseable {
  static final int MIN_PAYLOAD_BYTES = 24;

  /** The peers' address: not the relay's own, so that its policy for others applies. */
  static final int PEER_HOST = 127 << 24 | 2;

  private static final int CHANNEL_HEADER_BYTES = 4;
  private static final int DUE_AT = 8;
  private static final int CLIENT_SIDE = 0;
  private static final int PEER_SIDE = 1;
  private static final int FLOOD_SIDE = 2;

  /** How long what is under way may take after the last packet was sent. */
  private static final long DRAIN_NANOS = 300_000_000L;

  private final Arena arena = Arena.ofShared();
  private final TurnClients clients;
  private final TurnTarget target;
  private final @Nullable ProcessFigures process;
  private final BatchSocket peers;
  private int sample;

  private LatencyHistogram latencies = new LatencyHistogram();
  private LatencyHistogram lateness = new LatencyHistogram();
  private long arrived;

  TrafficRun(TurnClients clients, TurnTarget target, @Nullable ProcessFigures process)
      throws IOException {
    this.clients = clients;
    this.target = target;
    this.process = process;
    peers = new BatchSocket(arena, PEER_HOST);
  }

  /** Binds the channels that a load needs, again when they exist: they end after ten minutes. */
  void prepare(int count) throws IOException {
    clients.bindChannels(0, count, PEER_HOST, peers.port());
  }

  /**
   * Runs a load.
   *
   * @param rate relayed packets a second
   * @param nanos how long it is sent
   * @param flood sends beside it, when there is one
   */
  TrafficFigures run(Load load, int rate, long nanos, @Nullable Flood flood) throws IOException {
    BatchSocket near = clients.socket();
    Poll poll;
    if (flood == null) {
      poll = new Poll(arena, near, peers);
    } else {
      poll = new Poll(arena, near, peers, flood.socket());
    }
    sample++;
    latencies = new LatencyHistogram();
    lateness = new LatencyHistogram();
    arrived = 0;
    long dropsBefore = near.overflowed() + peers.overflowed();
    long ticks =
        Math.max(
            1, nanos * rate / load.direction().passes() / 1_000_000_000L / load.packetsPerTick());
    double interval = (double) nanos / ticks;
    long expected = ticks * load.packetsPerTick();
    long cpuBefore = process == null ? 0 : process.cpuNanos();
    long start = System.nanoTime() + 1_000_000;
    long floodEnd = start + nanos;
    long tick = 0;
    int client = 0;
    long end = Long.MAX_VALUE;
    while (arrived < expected && System.nanoTime() < end) {
      long now = System.nanoTime();
      long due = start + (long) (tick * interval);
      if (tick < ticks && now >= due) {
        client = send(load, client, due, (int) (tick * load.packetsPerTick()));
        lateness.add(now - due);
        tick++;
        if (tick == ticks) {
          end = System.nanoTime() + DRAIN_NANOS;
        }
      }
      long next = tick < ticks ? start + (long) (tick * interval) : end;
      if (flood != null && now < floodEnd) {
        next = Math.min(next, flood.sendWhatIsDue(now));
      }
      poll.await(next - System.nanoTime());
      if (poll.isReady(PEER_SIDE)) {
        int count = peers.receive();
        if (load.direction() == Direction.ECHO) {
          peers.echo(count, load.isJoined());
        } else {
          take(peers, count, 0);
        }
      }
      if (poll.isReady(CLIENT_SIDE)) {
        take(near, near.receive(), CHANNEL_HEADER_BYTES);
      }
      if (flood != null && poll.isReady(FLOOD_SIDE)) {
        flood.receive();
      }
    }
    double relayed = (double) arrived * load.direction().passes();
    double cpu = process == null ? Double.NaN : (process.cpuNanos() - cpuBefore) / 1e9;
    return new TrafficFigures(
        cpu * 1e6 / relayed,
        (double) (expected - arrived) / expected,
        latencies.percentile(0.5) / 1e3,
        latencies.percentile(0.99) / 1e3,
        relayed * 1e9 / nanos,
        lateness.percentile(0.99) / 1e3,
        near.overflowed() + peers.overflowed() - dropsBefore);
  }

  /** Sends what is due at one moment; the client whose turn is next. */
  private int send(Load load, int from, long due, int number) {
    boolean isDown = load.direction() == Direction.DOWN;
    BatchSocket socket = isDown ? peers : clients.socket();
    int client = from;
    int header = isDown ? 0 : CHANNEL_HEADER_BYTES;
    int length = header + load.payloadBytes();
    int next = number;
    for (int i = 0; i < load.together(); i++) {
      MemorySegment memory = socket.outgoing();
      long at = socket.nextAt();
      for (int j = 0; j < load.burst(); j++) {
        if (!isDown) {
          memory.set(INT_BE, at, clients.channel(client) << 16 | load.payloadBytes());
        }
        memory.set(INT_BE, at + header, sample);
        memory.set(INT_BE, at + header + 4, next++);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at + header + DUE_AT, due);
        if (load.isJoined()) {
          at += length;
        } else {
          queue(socket, isDown, client, length, 1);
          at = socket.nextAt();
        }
      }
      if (load.isJoined()) {
        queue(socket, isDown, client, length, load.burst());
      }
      client = (client + 1) % load.clients();
    }
    socket.flush();
    return client;
  }

  private void queue(BatchSocket socket, boolean isDown, int client, int length, int segments) {
    if (isDown) {
      socket.queue(0, clients.relayedHost(client), clients.relayedPort(client), length, segments);
    } else {
      socket.queue(clients.host(client), target.host(), target.port(), length, segments);
    }
  }

  private void take(BatchSocket socket, int count, int header) {
    long now = System.nanoTime();
    MemorySegment memory = socket.received();
    for (int i = 0; i < count; i++) {
      long at = socket.receivedAt(i) + header;
      if (socket.receivedLength(i) >= header + MIN_PAYLOAD_BYTES
          && memory.get(INT_BE, at) == sample) {
        arrived++;
        latencies.add(now - memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at + DUE_AT));
      }
    }
  }

  @Override
  public void close() {
    peers.close();
    arena.close();
  }
}
