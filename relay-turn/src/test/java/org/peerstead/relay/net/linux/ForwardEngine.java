package org.peerstead.relay.net.linux;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ConnectionPath;
import org.peerstead.relay.turn.DatagramPath;
import org.peerstead.relay.turn.PeerSink;
import org.peerstead.relay.turn.RelayEngine;
import org.peerstead.relay.turn.RelayShard;
import org.peerstead.relay.turn.RelaySocket;

/**
 * An engine without rules: what a client sends goes to one peer, what that peer sends comes back as
 * ChannelData to the client that was heard last.
 */
final class ForwardEngine implements RelayEngine, PeerSink {
  /** An ICMP error that was told. */
  record Unreachable(long low, int port, int type, int code) {}

  final RelayShard shard;
  private final IpFamily family;
  private final TransportAddress peer;
  final @Nullable RelaySocket socket;
  final List<Unreachable> errors = new CopyOnWriteArrayList<>();
  private @Nullable DatagramPath client;
  volatile boolean forbidsFragments;
  volatile long threadId;

  /** Whether what is due next fails, once. */
  volatile boolean failsNext;

  ForwardEngine(RelayShard shard, TransportAddress peer, int relayPort) {
    this.shard = shard;
    this.family = peer.ip().family();
    this.peer = peer;
    socket = shard.sockets().open(family, relayPort, this);
  }

  @Override
  public void receiveDatagram(
      int listener,
      IpFamily from,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      long nowNanos) {
    threadId = Thread.currentThread().threadId();
    DatagramPath known = client;
    if (known == null || known.port() != port || known.low() != low) {
      client =
          new DatagramPath(
              shard.output(), listener, shard.listeners().get(listener), from, high, low, port);
    }
    RelaySocket out = socket;
    if (out != null) {
      out.send(
          peer.ip().high(), peer.ip().low(), peer.port(), memory, offset, length, forbidsFragments);
    }
  }

  @Override
  public void receive(
      long high, long low, int port, MemorySegment memory, long offset, int length, long now) {
    DatagramPath known = client;
    if (known != null) {
      known.sendChannelData(0x4001, memory, offset, length);
    }
  }

  @Override
  public void unreachable(
      long high, long low, int port, int type, int code, int data, long nowNanos) {
    errors.add(new Unreachable(low, port, type, code));
  }

  @Override
  public boolean receiveFrame(
      ConnectionPath path, MemorySegment memory, long offset, int length, long nowNanos) {
    return false;
  }

  @Override
  public void closed(ConnectionPath path, long nowNanos) {}

  @Override
  public void advance(long nowNanos) {
    if (failsNext) {
      failsNext = false;
      throw new IllegalStateException("this test makes it fail");
    }
  }

  @Override
  public long nextDeadlineNanos() {
    // Overdue, by a second, when the round began.
    return failsNext ? System.nanoTime() - 1_000_000_000 : Long.MAX_VALUE;
  }
}
