package org.peerstead.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.DhtException;
import org.peerstead.discovery.DhtNode;
import org.peerstead.discovery.DhtNodeConfig;
import org.peerstead.discovery.DhtStatus;
import org.peerstead.discovery.LookupResult;
import org.peerstead.discovery.hyperdht.core.HandshakeHandler;
import org.peerstead.discovery.hyperdht.core.HandshakeResult;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.hyperdht.core.Listening;
import org.peerstead.discovery.hyperdht.wire.Firewall;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A network of our own nodes in this JVM, each with its own sockets and thread: the first is the
 * seed of the others. They keep nothing on disk. Thread-safe once started.
 */
final class PeersteadDht implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LOOPBACK = "127.0.0.1";

  private final Entropy entropy = new SecureRandom()::nextBytes;
  private final List<DhtNode> nodes = new ArrayList<>();
  private final List<DhtNode> clients = new ArrayList<>();

  private PeersteadDht() {}

  /** Starts {@code count} nodes that serve others from the start. */
  static PeersteadDht network(int count) {
    return network(count, UnaryOperator.identity());
  }

  /** Starts {@code count} nodes with changed settings. */
  static PeersteadDht network(int count, UnaryOperator<DhtNodeConfig> settings) {
    PeersteadDht network = new PeersteadDht();
    for (int i = 0; i < count; i++) {
      List<String> bootstrap = i == 0 ? List.of() : List.of(network.seed());
      network.nodes.add(
          network.start(
              settings.apply(
                  DhtNodeConfig.seed(
                      NodeAddress.parse(LOOPBACK + ":0"), PortRange.ANY, bootstrap))));
    }
    return network;
  }

  /** Starts no node: only clients of another network. */
  static PeersteadDht clients() {
    return new PeersteadDht();
  }

  private DhtNode start(DhtNodeConfig config) {
    try {
      DhtNode node =
          DhtNode.start(
              config.boundTo(LOOPBACK),
              DhtStore.NONE,
              KeyPair.generate(entropy),
              entropy,
              HyperdhtListener.NONE);
      await(node.ready());
      return node;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A client that knows nothing but the seed. */
  Client newClient() {
    return newClient(seed());
  }

  /** A client that knows nothing but {@code bootstrap}. */
  Client newClient(String bootstrap) {
    DhtNode node = start(DhtNodeConfig.client(List.of(bootstrap)));
    clients.add(node);
    return new Client(node);
  }

  /** Address of the first node. */
  String seed() {
    return addresses().getFirst().toString();
  }

  /** Addresses of all nodes that serve others. */
  List<NodeAddress> addresses() {
    return nodes.stream()
        .map(node -> NodeAddress.parse(LOOPBACK + ":" + node.serverAddress().getPort()))
        .toList();
  }

  /** What the first node is and has. */
  DhtStatus seedStatus() {
    return await(nodes.getFirst().status());
  }

  /** Times that nodes failed by a fault of theirs. */
  long faults() {
    long faults = 0;
    for (List<DhtNode> each : List.of(nodes, clients)) {
      for (DhtNode node : each) {
        faults += await(node.status()).faults();
      }
    }
    return faults;
  }

  /** The public key of the key pair that a seed makes. */
  static String publicKey(String seed) {
    return keys(seed).publicKey().toString();
  }

  private static KeyPair keys(String seed) {
    return KeyPair.fromSeed(Slice.fromHex(seed).toByteArray());
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DhtException failure) {
        throw failure;
      }
      throw new AssertionError(e);
    } catch (TimeoutException e) {
      throw new AssertionError("no result within " + PATIENCE, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Our node as applications use it. */
  static final class Client implements DhtClient {
    private final DhtNode node;

    private Client(DhtNode node) {
      this.node = node;
    }

    @Override
    public int announce(String topic, String seed) {
      return await(node.announce(Fixed32.fromHex(topic), keys(seed), List.of()))
          .query()
          .committed();
    }

    @Override
    public Set<String> lookup(String topic) {
      Set<String> keys = new TreeSet<>();
      LookupResult result = await(node.lookup(Fixed32.fromHex(topic)));
      result.peers().forEach(peer -> keys.add(peer.record().publicKey().toString()));
      return keys;
    }

    @Override
    public void unannounce(String topic, String seed) {
      await(node.unannounce(Fixed32.fromHex(topic), keys(seed)));
    }

    @Override
    public String immutablePut(String value) {
      return await(node.immutablePut(Slice.fromHex(value))).target().toString();
    }

    @Override
    public @Nullable String immutableGet(String hash) {
      return await(node.immutableGet(Fixed32.fromHex(hash))).map(Slice::toHex).orElse(null);
    }

    @Override
    public String mutablePut(String seed, long seq, String value) {
      await(node.mutablePut(keys(seed), seq, Slice.fromHex(value)));
      return publicKey(seed);
    }

    @Override
    public @Nullable String mutableGet(String publicKey) {
      return await(node.mutableGet(Fixed32.fromHex(publicKey), 0, true))
          .map(value -> value.value().toHex())
          .orElse(null);
    }

    @Override
    public boolean isFound(String publicKey) {
      return !await(node.findPeer(Fixed32.fromHex(publicKey))).peers().isEmpty();
    }

    /** Addresses of the nodes closest to a target that answer, at most 20. */
    List<String> findNode(Fixed32 target) {
      return await(node.lookup(target)).query().closest().stream()
          .map(reply -> reply.from().toString())
          .toList();
    }

    /** Shakes hands with a server. */
    HandshakeResult handshake(String publicKey, String ownSeed) {
      return await(
          node.handshake(
              Fixed32.fromHex(publicKey),
              keys(ownSeed),
              NoisePayload.ofStream(Firewall.UNKNOWN, List.of(), 77),
              List.of()));
    }

    /** Sends a hole punch message of the first round; what the server answers. */
    HolepunchPayload probe(HandshakeResult connection) {
      return await(
              node.holepunch(
                  connection,
                  new HolepunchPayload(
                      false,
                      false,
                      0,
                      Firewall.UNKNOWN,
                      0,
                      List.of(connection.client()),
                      null,
                      null,
                      null)))
          .payload();
    }

    /** Serves clients that look for the key pair of {@code seed}. */
    Listening listen(String seed, HandshakeHandler handler) {
      return await(node.listen(keys(seed), handler));
    }

    void unlisten(Listening server) {
      await(node.unlisten(server));
    }

    @Override
    public String toString() {
      return "our client";
    }
  }

  @Override
  public void close() {
    clients.forEach(DhtNode::close);
    nodes.reversed().forEach(DhtNode::close);
  }
}
