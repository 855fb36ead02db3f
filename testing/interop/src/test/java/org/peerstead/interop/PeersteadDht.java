package org.peerstead.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.core.HandshakeListener;
import org.peerstead.discovery.hyperdht.core.HandshakeResult;
import org.peerstead.discovery.hyperdht.core.HolepunchListener;
import org.peerstead.discovery.hyperdht.core.HyperdhtConfig;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.hyperdht.core.HyperdhtNode;
import org.peerstead.discovery.hyperdht.core.LookupListener;
import org.peerstead.discovery.hyperdht.core.MutableListener;
import org.peerstead.discovery.hyperdht.core.PeerFoundListener;
import org.peerstead.discovery.hyperdht.core.PutResult;
import org.peerstead.discovery.hyperdht.core.ValueListener;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.hyperdht.wire.Firewall;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.net.DatagramSockets;
import org.peerstead.discovery.net.LoopEngine;
import org.peerstead.discovery.net.NodeLoop;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.rpc.core.QueryListener;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.core.QuerySpec;
import org.peerstead.discovery.rpc.core.Reply;
import org.peerstead.discovery.rpc.core.RpcConfig;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.core.Transport;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A network of our own nodes in this JVM, each with its own sockets and thread: the first is the
 * seed of the others. Its nodes keep nothing on disk. Thread-safe.
 */
final class PeersteadDht implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LOOPBACK = 127 << 24 | 1;

  private final Entropy entropy = new SecureRandom()::nextBytes;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Node> clients = new ArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();

  private PeersteadDht() {}

  /** Starts {@code count} nodes that serve others from the start. */
  static PeersteadDht network(int count) {
    PeersteadDht network = new PeersteadDht();
    for (int i = 0; i < count; i++) {
      network.nodes.add(network.start(RpcConfig.Mode.PERSISTENT, network.seedAddresses()));
    }
    return network;
  }

  /** Starts no node: only clients of another network. */
  static PeersteadDht clients() {
    return new PeersteadDht();
  }

  /** A client that knows nothing but the seed. */
  Client newClient() {
    return newClient(seed());
  }

  /** A client that knows nothing but {@code bootstrap}. */
  Client newClient(String bootstrap) {
    Node node = start(RpcConfig.Mode.EPHEMERAL, List.of(NodeAddress.parse(bootstrap)));
    clients.add(node);
    return new Client(node);
  }

  private List<NodeAddress> seedAddresses() {
    return nodes.isEmpty() ? List.of() : List.of(nodes.getFirst().address);
  }

  /** Address of the first node. */
  String seed() {
    return nodes.getFirst().address.toString();
  }

  /** Addresses of all nodes that serve others. */
  List<NodeAddress> addresses() {
    return nodes.stream().map(node -> node.address).toList();
  }

  /** Exceptions in nodes, which would be faults of theirs. */
  int failures() {
    return failures.get();
  }

  /** The public key of the key pair that a seed makes. */
  static String publicKey(String seed) {
    return keys(seed).publicKey().toString();
  }

  private static KeyPair keys(String seed) {
    return KeyPair.fromSeed(Slice.fromHex(seed).toByteArray());
  }

  private Node start(RpcConfig.Mode mode, List<NodeAddress> bootstrap) {
    try {
      return new Node(mode, bootstrap);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A node and its thread. */
  private final class Node implements LoopEngine, Transport {
    private final DatagramSockets sockets =
        DatagramSockets.open(LOOPBACK, PortRange.ANY, PortRange.ANY, () -> {});
    final NodeAddress address = new NodeAddress(LOOPBACK, sockets.localPort(SocketSide.SERVER));
    final HyperdhtNode engine;
    private final NodeLoop loop = new NodeLoop("dht", sockets, this);

    Node(RpcConfig.Mode mode, List<NodeAddress> bootstrap) throws IOException {
      boolean isServing = mode == RpcConfig.Mode.PERSISTENT;
      SplittableRandom chance = new SplittableRandom();
      engine =
          new HyperdhtNode(
              HyperdhtConfig.of(
                  new RpcConfig(
                      bootstrap, mode, !isServing, isServing ? address : null, !isServing)),
              this,
              new RecordBook(
                  RecordLimits.DEFAULT, DhtStore.NONE, chance, entropy, RecordListener.NONE),
              HyperdhtListener.NONE,
              entropy,
              chance,
              System::currentTimeMillis,
              System.nanoTime());
      loop.start();
      this.<Void>call((node, done) -> node.start(List.of(), () -> done.complete(null), now()));
    }

    /** Runs {@code body} on the owner thread and waits for the result. */
    <T> T call(BiConsumer<HyperdhtNode, CompletableFuture<T>> body) {
      CompletableFuture<T> result = new CompletableFuture<>();
      loop.execute(() -> {
        try {
          body.accept(engine, result);
        } catch (RuntimeException e) {
          result.completeExceptionally(e);
        }
      });
      try {
        return result.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new AssertionError(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }

    void close() {
      loop.execute(() -> engine.close(now()));
      loop.stop();
    }

    @Override
    public void receive(SocketSide side, NodeAddress from, Slice datagram, long nowNanos) {
      engine.receive(side, from, datagram, nowNanos);
    }

    @Override
    public void advance(long nowNanos) {
      engine.advance(nowNanos);
    }

    @Override
    public long nextDeadlineNanos() {
      return engine.nextDeadlineNanos();
    }

    @Override
    public void failed(RuntimeException cause) {
      failures.incrementAndGet();
      cause.printStackTrace();
    }

    @Override
    public void send(SocketSide socket, NodeAddress to, byte[] packet) {
      sockets.send(socket, to, packet);
    }

    @Override
    public int localPort(SocketSide socket) {
      return sockets.localPort(socket);
    }
  }

  private static long now() {
    return System.nanoTime();
  }

  /** Our node as applications use it. */
  final class Client implements DhtClient {
    private final Node node;

    Client(Node node) {
      this.node = node;
    }

    @Override
    public int announce(String topic, String seed) {
      return node.<QueryResult>call((dht, done) ->
              dht.announce(
                  Fixed32.fromHex(topic),
                  keys(seed),
                  List.of(),
                  (result, at) -> done.complete(result),
                  now()))
          .committed();
    }

    @Override
    public Set<String> lookup(String topic) {
      Set<String> keys = new TreeSet<>();
      return node.call((dht, done) ->
          dht.lookup(
              Fixed32.fromHex(topic),
              new LookupListener() {
                @Override
                public void found(LookupReply reply, NodeAddress from, long at) {
                  reply.peers().forEach(peer -> keys.add(peer.publicKey().toString()));
                }

                @Override
                public void finished(QueryResult result, long at) {
                  done.complete(keys);
                }
              },
              now()));
    }

    @Override
    public void unannounce(String topic, String seed) {
      node.<QueryResult>call((dht, done) ->
          dht.unannounce(
              Fixed32.fromHex(topic), keys(seed), (result, at) -> done.complete(result), now()));
    }

    @Override
    public String immutablePut(String value) {
      return node.<PutResult>call((dht, done) ->
              dht.immutablePut(Slice.fromHex(value), (result, at) -> done.complete(result), now()))
          .target()
          .toString();
    }

    @Override
    public @Nullable String immutableGet(String hash) {
      String[] found = {""};
      String text =
          node.call((dht, done) ->
              dht.immutableGet(
                  Fixed32.fromHex(hash),
                  new ValueListener() {
                    @Override
                    public void found(Slice value, NodeAddress from, long at) {
                      found[0] = value.toHex();
                    }

                    @Override
                    public void finished(QueryResult result, long at) {
                      done.complete(found[0]);
                    }
                  },
                  now()));
      return text.isEmpty() ? null : text;
    }

    @Override
    public String mutablePut(String seed, long seq, String value) {
      node.<PutResult>call((dht, done) ->
          dht.mutablePut(
              keys(seed), seq, Slice.fromHex(value), (result, at) -> done.complete(result), now()));
      return publicKey(seed);
    }

    @Override
    public @Nullable String mutableGet(String publicKey) {
      String[] found = {""};
      String text =
          node.call((dht, done) ->
              dht.mutableGet(
                  Fixed32.fromHex(publicKey),
                  0,
                  true,
                  new MutableListener() {
                    @Override
                    public void found(MutableValue value, NodeAddress from, long at) {
                      found[0] = value.value().toHex();
                    }

                    @Override
                    public void finished(QueryResult result, long at) {
                      done.complete(found[0]);
                    }
                  },
                  now()));
      return text.isEmpty() ? null : text;
    }

    @Override
    public boolean isFound(String publicKey) {
      AtomicInteger found = new AtomicInteger();
      return node.call((dht, done) ->
          dht.findPeer(
              Fixed32.fromHex(publicKey),
              new PeerFoundListener() {
                @Override
                public void found(PeerRecord record, Reply reply, long at) {
                  found.incrementAndGet();
                }

                @Override
                public void finished(QueryResult result, long at) {
                  done.complete(found.get() > 0);
                }
              },
              now()));
    }

    /** Addresses of the nodes closest to a target that answer, at most 20. */
    List<String> findNode(Fixed32 target) {
      QueryResult result =
          node.call((dht, done) ->
              dht.rpc()
                  .query(
                      new QuerySpec(
                          target, true, InternalCommand.FIND_NODE, null, List.of(), 5, null),
                      (QueryListener) (end, at) -> done.complete(end),
                      now()));
      return result.closest().stream().map(reply -> reply.from().toString()).toList();
    }

    /** Shakes hands with a server; fails with the name of what went wrong. */
    HandshakeResult handshake(String publicKey, String ownSeed) {
      return node.call((dht, done) ->
          dht.handshake(
              Fixed32.fromHex(publicKey),
              keys(ownSeed),
              NoisePayload.ofStream(Firewall.UNKNOWN, List.of(), 77),
              List.of(),
              new HandshakeListener() {
                @Override
                public void accepted(HandshakeResult result, long at) {
                  done.complete(result);
                }

                @Override
                public void failed(Failure why, long error, long at) {
                  done.completeExceptionally(new PeerFailedException(why + " " + error));
                }
              },
              now()));
    }

    /** Sends a hole punch message of the first round; what the server answers. */
    HolepunchPayload probe(HandshakeResult connection) {
      return node.call((dht, done) ->
          dht.holepunch(
              connection,
              new HolepunchPayload(
                  false, false, 0, Firewall.UNKNOWN, 0, List.of(node.address), null, null, null),
              new HolepunchListener() {
                @Override
                public void answered(
                    HolepunchPayload payload, NodeAddress server, NodeAddress client, long at) {
                  done.complete(payload);
                }

                @Override
                public void failed(long at) {
                  done.completeExceptionally(new PeerFailedException("no answer"));
                }
              },
              now()));
    }

    @Override
    public String toString() {
      return "our client";
    }
  }

  @Override
  public void close() {
    clients.forEach(Node::close);
    nodes.reversed().forEach(Node::close);
  }
}
