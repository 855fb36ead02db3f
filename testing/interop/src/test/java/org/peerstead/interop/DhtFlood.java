package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.AnnounceMessage;
import org.peerstead.discovery.hyperdht.wire.HandshakeMessage;
import org.peerstead.discovery.hyperdht.wire.HolepunchMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.MutablePut;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.PluginMessage;
import org.peerstead.discovery.hyperdht.wire.RelayMode;
import org.peerstead.discovery.hyperdht.wire.Signables;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** What many hosts send to one node: each from an address of its own, see {@link RawDhtHost}. */
final class DhtFlood {
  private static final Duration PATIENCE = Duration.ofMillis(500);
  private static final int THREADS = 2;

  private final NodeAddress node;
  private final Fixed32 nodeId;

  DhtFlood(NodeAddress node) {
    this.node = node;
    this.nodeId = NodeId.of(node);
  }

  /**
   * Every command with content of its own kind, as if from somebody who forges the address of this
   * host: it has seen no token. Those that ask for storage carry a made-up one.
   */
  List<Request> everyCommand(RawDhtHost host, SplittableRandom random) {
    Fixed32 token = fixed32(random);
    NodeAddress other =
        new NodeAddress(RawDhtHost.hostNumber(random.nextInt(1 << 23)), 1 + random.nextInt(65_535));
    Slice small = bytes(random, 100);
    PeerRecord peer = new PeerRecord(fixed32(random), List.of(other));
    Slice announce = AnnounceMessage.signed(peer, bytes(random, 64)).encode();
    Slice put =
        new MutablePut(fixed32(random), new MutableValue(1, small, bytes(random, 64))).encode();
    List<Request> requests = new ArrayList<>();
    requests.add(internal(host, InternalCommand.PING, null, null));
    requests.add(internal(host, InternalCommand.PING_NAT, null, port(host.address().port())));
    requests.add(internal(host, InternalCommand.FIND_NODE, fixed32(random), null));
    requests.add(internal(host, InternalCommand.DOWN_HINT, null, address(other)));
    requests.add(internal(host, InternalCommand.DELAYED_PING, null, millis(10_000)));
    requests.add(internal(host, 99, fixed32(random), null));
    requests.add(
        request(
            host,
            HyperdhtCommand.PEER_HANDSHAKE,
            fixed32(random),
            null,
            new HandshakeMessage(RelayMode.FROM_CLIENT, small, null, other).encode()));
    requests.add(
        request(
            host,
            HyperdhtCommand.PEER_HOLEPUNCH,
            fixed32(random),
            null,
            new HolepunchMessage(RelayMode.FROM_CLIENT, 1, small, other).encode()));
    requests.add(request(host, HyperdhtCommand.FIND_PEER, fixed32(random), null, null));
    requests.add(request(host, HyperdhtCommand.LOOKUP, fixed32(random), null, null));
    requests.add(request(host, HyperdhtCommand.ANNOUNCE, fixed32(random), token, announce));
    requests.add(request(host, HyperdhtCommand.UNANNOUNCE, fixed32(random), token, announce));
    requests.add(request(host, HyperdhtCommand.MUTABLE_PUT, fixed32(random), token, put));
    requests.add(
        request(host, HyperdhtCommand.MUTABLE_GET, fixed32(random), null, Slice.of(new byte[1])));
    requests.add(request(host, HyperdhtCommand.IMMUTABLE_PUT, fixed32(random), token, small));
    requests.add(request(host, HyperdhtCommand.IMMUTABLE_GET, fixed32(random), null, null));
    requests.add(
        request(
            host,
            HyperdhtCommand.PLUGIN,
            fixed32(random),
            null,
            new PluginMessage("nobody", 1, 1, small).encode()));
    return requests;
  }

  private static Request internal(
      RawDhtHost host, long command, @Nullable Fixed32 target, @Nullable Slice value) {
    return host.request(true, command, target, null, value);
  }

  private static Request request(
      RawDhtHost host,
      long command,
      Fixed32 target,
      @Nullable Fixed32 token,
      @Nullable Slice value) {
    return host.request(false, command, target, token, value);
  }

  /**
   * Sends {@link #everyCommand} from each of {@code hosts} hosts.
   *
   * @param asNodes whether the requests carry the id of a node at their address, so that the node
   *     may take it into its routing table
   * @return requests sent
   * @throws AssertionError when the node is silent for more than every hundredth host
   */
  int fromForgedAddresses(int hosts, boolean asNodes) {
    AtomicInteger sent = new AtomicInteger();
    int answered =
        inParallel(
            hosts,
            number -> {
              SplittableRandom random = new SplittableRandom(number);
              try (RawDhtHost host = RawDhtHost.number(number, node)) {
                for (Request request : everyCommand(host, random)) {
                  host.send(RpcCodec.encode(asNodes ? withId(request, host.id()) : request));
                  sent.incrementAndGet();
                }
                // Waits for its turn, so that the requests reach the node and not only its socket.
                return host.ask(internal(host, InternalCommand.PING, null, null), PATIENCE) != null;
              }
            });
    assertThat(answered).as("hosts that got an answer").isGreaterThan(hosts - hosts / 100);
    return sent.get();
  }

  private static Request withId(Request request, Fixed32 id) {
    return new Request(
        request.transaction(),
        request.to(),
        id,
        request.token(),
        request.internal(),
        request.command(),
        request.target(),
        request.value());
  }

  /**
   * Announces one peer from each of {@code hosts} hosts, with the token that the node gave to that
   * host and a signature that holds.
   *
   * @param topic of all, or null for one topic each
   * @return how many the node took
   */
  int announce(int hosts, @Nullable Fixed32 topic) {
    KeyPair keys = KeyPair.fromSeed(new byte[KeyPair.SEED_BYTES]);
    return inParallel(
        hosts,
        number -> {
          SplittableRandom random = new SplittableRandom(number);
          try (RawDhtHost host = RawDhtHost.number(number, node)) {
            KeyPair own = topic == null ? keys : KeyPair.fromSeed(fixed32(random).toBytes());
            return announce(host, topic == null ? fixed32(random) : topic, own);
          }
        });
  }

  /** Announces one peer; whether the node took it. */
  boolean announce(RawDhtHost host, Fixed32 topic, KeyPair keys) {
    @Nullable Response found =
        host.ask(request(host, HyperdhtCommand.LOOKUP, topic, null, null), PATIENCE);
    @Nullable Fixed32 token = found == null ? null : found.token();
    if (token == null) {
      return false;
    }
    PeerRecord peer = new PeerRecord(keys.publicKey(), List.of(host.address()));
    Slice signature =
        Slice.of(keys.sign(Signables.announce(topic, nodeId, token, peer.encode(), null)));
    @Nullable Response answer =
        host.ask(
            request(
                host,
                HyperdhtCommand.ANNOUNCE,
                topic,
                token,
                AnnounceMessage.signed(peer, signature).encode()),
            PATIENCE);
    return answer != null && answer.error() == 0;
  }

  /** Runs {@code body} for 0 to {@code count} - 1 in a few threads; how often it was true. */
  private static int inParallel(int count, IntPredicate body) {
    AtomicInteger next = new AtomicInteger();
    AtomicInteger isTrue = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                  if (body.test(n)) {
                    isTrue.incrementAndGet();
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }
    return isTrue.get();
  }

  static Fixed32 fixed32(SplittableRandom random) {
    byte[] bytes = new byte[Fixed32.SIZE];
    random.nextBytes(bytes);
    return Fixed32.of(bytes);
  }

  private static Slice bytes(SplittableRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return Slice.of(bytes);
  }

  private static Slice port(int port) {
    return new CompactWriter(2).uint16(port).toSlice();
  }

  private static Slice address(NodeAddress address) {
    CompactWriter writer = new CompactWriter(NodeAddress.BYTES);
    address.write(writer);
    return writer.toSlice();
  }

  private static Slice millis(int millis) {
    return new CompactWriter(4).uint32(millis).toSlice();
  }
}
