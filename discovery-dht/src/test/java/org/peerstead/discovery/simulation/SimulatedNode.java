package org.peerstead.discovery.simulation;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.core.HyperdhtConfig;
import org.peerstead.discovery.hyperdht.core.HyperdhtNode;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.core.Transport;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.network.NetworkHost;
import org.peerstead.simulation.network.NetworkProgram;

/** A participant: a host with the two sockets of a node. */
public final class SimulatedNode implements NetworkProgram, Transport {
  private final SimulatedDht dht;
  private final NodeKind kind;
  private final NodeAddress address;
  private final int clientPort;
  private final RecordBook records;
  private final HyperdhtNode node;
  private final long bornNanos;
  private @Nullable NetworkHost host;
  private boolean isReady;
  private boolean isGone;
  int index;

  SimulatedNode(
      SimulatedDht dht, NodeKind kind, NodeAddress address, HyperdhtConfig config, long seed) {
    SplittableRandom chance = new SplittableRandom(seed);
    Entropy entropy = chance::nextBytes;
    this.dht = dht;
    this.kind = kind;
    this.address = address;
    this.clientPort = chance.nextInt(50_000, 65_000);
    this.bornNanos = dht.nowNanos();
    this.records =
        new RecordBook(
            dht.settings().limits(), DhtStore.NONE, chance.split(), entropy, RecordListener.NONE);
    this.node =
        new HyperdhtNode(
            config,
            this,
            records,
            dht.tally(),
            entropy,
            chance.split(),
            dht::epochMillis,
            dht.nowNanos());
  }

  void plugIn(NetworkHost networkHost) {
    host = networkHost;
  }

  void start(List<NodeAddress> remembered) {
    node.start(remembered, () -> isReady = true, dht.nowNanos());
    host().deadlineChanged();
  }

  /** What it is to others. */
  public NodeKind kind() {
    return kind;
  }

  /** The address at which its server socket is reached, if it is. */
  public NodeAddress address() {
    return address;
  }

  /** What others stored here. */
  public RecordBook records() {
    return records;
  }

  /** The node itself, to look at; {@link #use} makes it do something. */
  public HyperdhtNode node() {
    return node;
  }

  /** Its host. */
  public NetworkHost host() {
    if (host == null) {
      throw new IllegalStateException("not plugged in");
    }
    return host;
  }

  /** Makes the node do something now. */
  public void use(BiConsumer<HyperdhtNode, Long> action) {
    action.accept(node, dht.nowNanos());
    host().deadlineChanged();
  }

  /** Whether it has looked around. */
  public boolean isReady() {
    return isReady && !isGone;
  }

  /** Whether others may enter it into their tables. */
  public boolean isPersistent() {
    return !isGone && node.rpc().id() != null;
  }

  /** Whether it left for good. */
  public boolean isGone() {
    return isGone;
  }

  /** When it came. */
  public long bornNanos() {
    return bornNanos;
  }

  void leave() {
    isGone = true;
    host().goDown();
    node.close(dht.nowNanos());
  }

  // ------------------------------------------------------------------------- network, transport

  @Override
  public void receive(int localPort, int fromHost, int fromPort, byte[] datagram, long nowNanos) {
    if (localPort == address.port() || localPort == clientPort) {
      node.receive(
          localPort == clientPort ? SocketSide.CLIENT : SocketSide.SERVER,
          new NodeAddress(fromHost, fromPort),
          Slice.of(datagram),
          nowNanos);
      dht.invariants().afterEvent(this);
    }
  }

  @Override
  public void advance(long nowNanos) {
    node.advance(nowNanos);
  }

  @Override
  public long nextDeadlineNanos() {
    return node.nextDeadlineNanos();
  }

  @Override
  public void send(SocketSide socket, NodeAddress to, byte[] packet) {
    host().send(localPort(socket), to.host(), to.port(), packet);
  }

  @Override
  public int localPort(SocketSide socket) {
    return socket == SocketSide.SERVER ? address.port() : clientPort;
  }

  @Override
  public String toString() {
    return kind + " " + address;
  }
}
