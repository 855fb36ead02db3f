package org.peerstead.discovery.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.core.HyperdhtConfig;
import org.peerstead.discovery.rpc.core.AddressScope;
import org.peerstead.discovery.rpc.core.RpcConfig;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.simulation.network.Nat;
import org.peerstead.simulation.network.NatConfig;
import org.peerstead.simulation.network.NatKind;
import org.peerstead.simulation.network.NetworkHost;
import org.peerstead.simulation.network.NetworkProgram;
import org.peerstead.simulation.network.Place;
import org.peerstead.simulation.network.UdpNetwork;

/** A HyperDHT network in virtual time. Not thread-safe. */
public final class SimulatedDht {
  /** A second in nanoseconds. */
  public static final long SECOND = 1_000_000_000L;

  /** A minute in nanoseconds. */
  public static final long MINUTE = 60 * SECOND;

  private static final long START_MILLIS = 1_795_000_000_000L;
  private static final int PORT = 49_737;
  private static final int INNER_HOST = NodeAddress.parseHost("192.168.1.10");
  private static final int TRIES = 50;

  private final SimulationSettings settings;
  private final SplittableRandom chance;
  private final UdpNetwork network;
  private final Tally tally = new Tally();
  private final Invariants invariants;
  private final List<SimulatedNode> seeds = new ArrayList<>();
  private final List<NodeAddress> seedAddresses = new ArrayList<>();
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final Set<Integer> usedHosts = new HashSet<>();
  private final Map<NodeAddress, Long> goneSince = new HashMap<>();

  /** A network of seeds only, which have started. */
  public SimulatedDht(SimulationSettings settings) {
    this.settings = settings;
    this.chance = new SplittableRandom(settings.seed());
    this.network = new UdpNetwork(settings.faults(), chance.nextLong());
    this.invariants = new Invariants(this);
    for (int i = 0; i < settings.seeds(); i++) {
      seedAddresses.add(new NodeAddress(freshHost(), PORT));
    }
    for (int i = 0; i < settings.seeds(); i++) {
      seeds.add(plugInSeed(i));
    }
  }

  // -------------------------------------------------------------------------------- population

  private SimulatedNode plugInSeed(int number) {
    NodeAddress address = seedAddresses.get(number);
    List<NodeAddress> others = new ArrayList<>(seedAddresses);
    others.remove(address);
    SimulatedNode seed =
        create(NodeKind.SEED, address, RpcConfig.seed(address, List.copyOf(others)));
    seed.plugIn(network.addHost(address.host(), Place.onEarth(chance, 1.5), seed));
    admit(seed, List.of());
    return seed;
  }

  /** Lets a newcomer look around, beginning at the seeds. */
  public SimulatedNode add(NodeKind kind) {
    return add(kind, freshHost());
  }

  /** The same at a certain public address, which must be free. */
  public SimulatedNode add(NodeKind kind, int publicHost) {
    usedHosts.add(publicHost);
    NodeAddress address = new NodeAddress(publicHost, PORT);
    RpcConfig config =
        switch (kind) {
          case SEED -> throw new IllegalArgumentException("seeds are there from the beginning");
          case SERVER -> RpcConfig.seed(address, seedAddresses);
          case OPEN, HIDDEN -> RpcConfig.participant(seedAddresses);
          case CLIENT -> RpcConfig.client(seedAddresses);
        };
    SimulatedNode node = create(kind, address, config);
    boolean isPublic = kind == NodeKind.SERVER || kind == NodeKind.OPEN && chance.nextBoolean();
    if (isPublic) {
      node.plugIn(network.addHost(publicHost, Place.onEarth(chance, 2), node));
    } else {
      Place home = Place.onEarth(chance, 4 + 12 * chance.nextDouble());
      Nat nat = network.addNat(publicHost, home, NatConfig.of(natKind()));
      NetworkHost host = network.addHostBehind(nat, INNER_HOST, node);
      node.plugIn(host);
      if (kind == NodeKind.OPEN) {
        nat.forward(PORT, host);
      }
    }
    admit(node, List.of());
    return node;
  }

  private NatKind natKind() {
    int percent = chance.nextInt(100);
    return percent < 15
        ? NatKind.FULL_CONE
        : percent < 30
            ? NatKind.RESTRICTED
            : percent < 80 ? NatKind.PORT_RESTRICTED : NatKind.SYMMETRIC;
  }

  private SimulatedNode create(NodeKind kind, NodeAddress address, RpcConfig rpc) {
    HyperdhtConfig usual = HyperdhtConfig.of(rpc);
    HyperdhtConfig config =
        new HyperdhtConfig(
            rpc,
            usual.relaying(),
            usual.relayingOfNetwork(),
            usual.signatures(),
            usual.signaturesOfNetwork(),
            usual.values(),
            usual.valuesOfNetwork(),
            settings.rememberedSources(),
            usual.limitsNearSources());
    return new SimulatedNode(this, kind, address, config, chance.nextLong());
  }

  private void admit(SimulatedNode node, List<NodeAddress> remembered) {
    node.index = nodes.size();
    nodes.add(node);
    goneSince.remove(node.address());
    node.start(remembered);
  }

  /** A host that is no node of the network, for example an attacker's or a victim's. */
  public NetworkHost addStranger(int publicHost, NetworkProgram program) {
    usedHosts.add(publicHost);
    return network.addHost(publicHost, Place.onEarth(chance, 2), program);
  }

  /** Takes a node away without a word to anybody. */
  public void vanish(SimulatedNode node) {
    if (node.isGone()) {
      return;
    }
    node.leave();
    network.remove(node.host());
    SimulatedNode last = nodes.removeLast();
    if (last != node) {
      nodes.set(node.index, last);
      last.index = node.index;
    }
    goneSince.put(node.address(), nowNanos());
  }

  /** The machine goes to sleep: everything it does is over, nothing is sent or received. */
  public void suspend(SimulatedNode node) {
    node.use((peer, now) -> peer.suspend(now));
    node.host().goDown();
  }

  /** The machine wakes up. */
  public void resume(SimulatedNode node) {
    node.host().comeUp();
    node.use((peer, now) -> peer.resume(now));
  }

  /** Puts a new and empty seed at the address of one that vanished. */
  public SimulatedNode replaceSeed(int number) {
    SimulatedNode seed = plugInSeed(number);
    seeds.set(number, seed);
    return seed;
  }

  /** A public address that nobody had before. */
  public int freshHost() {
    while (true) {
      int host = chance.nextInt();
      if (AddressScope.isPublic(host) && usedHosts.add(host)) {
        return host;
      }
    }
  }

  // ------------------------------------------------------------------------------------ looking

  /** The seeds, some of which may be gone. */
  public List<SimulatedNode> seeds() {
    return seeds;
  }

  /** Everybody who is there, seeds included, in no particular order. */
  public List<SimulatedNode> nodes() {
    return nodes;
  }

  /** Somebody who is ready and fits, null when a number of tries finds nobody. */
  public @Nullable SimulatedNode pick(Predicate<SimulatedNode> fits) {
    for (int i = 0; i < TRIES; i++) {
      SimulatedNode node = nodes.get(chance.nextInt(nodes.size()));
      if (node.isReady() && node.host().isUp() && fits.test(node)) {
        return node;
      }
    }
    return null;
  }

  /** When the node at {@code address} vanished; null when it did not, or is back. */
  public @Nullable Long goneSince(NodeAddress address) {
    return goneSince.get(address);
  }

  /** How it was set up. */
  public SimulationSettings settings() {
    return settings;
  }

  /** What happened inside the nodes. */
  public Tally tally() {
    return tally;
  }

  /** What must hold. */
  public Invariants invariants() {
    return invariants;
  }

  /** The network below. */
  public UdpNetwork network() {
    return network;
  }

  /** Source of everything left to chance. */
  public SplittableRandom chance() {
    return chance;
  }

  /** A new key pair. */
  public KeyPair newKeys() {
    byte[] seed = new byte[KeyPair.SEED_BYTES];
    chance.nextBytes(seed);
    return KeyPair.fromSeed(seed);
  }

  /** 32 random bytes: a topic. */
  public Fixed32 newTopic() {
    byte[] bytes = new byte[Fixed32.SIZE];
    chance.nextBytes(bytes);
    return Fixed32.of(bytes);
  }

  // --------------------------------------------------------------------------------------- time

  /** Virtual time since the start. */
  public long nowNanos() {
    return network.nowNanos();
  }

  /** Virtual time since 1970. */
  public long epochMillis() {
    return START_MILLIS + nowNanos() / 1_000_000;
  }

  /** Does something after {@code nanos}. */
  public void after(long nanos, Runnable work) {
    network.schedule(nowNanos() + nanos, work);
  }

  /** Does something again and again, at random times {@code meanNanos} apart on average. */
  public void everySoOften(long meanNanos, Runnable work) {
    after(
        (long) (-meanNanos * Math.log(1 - chance.nextDouble())),
        () -> {
          work.run();
          everySoOften(meanNanos, work);
        });
  }

  /** Lets time pass. */
  public void runFor(long nanos) {
    network.runFor(nanos);
  }
}
