package org.peerstead.relay.turn.simulation;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayedHost;
import org.peerstead.relay.turn.TurnConfig;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.quota.QuotaLimits;
import org.peerstead.relay.turn.testbed.Testbed;
import org.peerstead.simulation.network.LinkFaults;
import org.peerstead.simulation.network.Nat;
import org.peerstead.simulation.network.NatConfig;
import org.peerstead.simulation.network.NatKind;
import org.peerstead.simulation.network.NetworkHost;
import org.peerstead.simulation.network.NetworkProgram;
import org.peerstead.simulation.network.Place;
import org.peerstead.simulation.network.UdpNetwork;

/**
 * One relay with all who want something of it, drawn from a seed: how many loops, how scarce ports
 * and quotas are, how bad the network is, which clients are behind which NAT.
 */
final class RelayScenario implements SimulatedClient.World {
  private static final long SECOND = RelayModel.SECOND;
  private static final IpAddress LOCAL_V4 = IpAddress.parse("10.1.0.1");
  private static final List<String> USERS = List.of("ann", "bob", "cid", "nobody");
  private static final List<AddressRange> FORBIDDEN = List.of(AddressRange.parse("45.30.0.3"));

  private final RandomGenerator random;
  private final UdpNetwork network;
  private final RelayNode relay;
  private final NetworkHost relayHost;
  private final List<SimulatedClient> clients = new ArrayList<>();
  private final List<SimulatedPeer> peers = new ArrayList<>();
  private final List<Integer> peerHosts = new ArrayList<>();
  private final List<TransportAddress> relayed = new ArrayList<>();
  private final List<byte[]> secrets = new ArrayList<>();
  private final int firstPort;
  private final int ports;
  private boolean isForbidden;

  RelayScenario(long seed) {
    random = new SplittableRandom(seed);
    boolean isScarce = random.nextInt(3) == 0;
    firstPort = Testbed.FIRST_PORT + random.nextInt(2);
    ports = isScarce ? 1 + random.nextInt(8) : 30;
    RelayModel.Bounds bounds =
        new RelayModel.Bounds(
            firstPort,
            firstPort + ports - 1,
            isScarce ? 1 + random.nextInt(4) : 20,
            isScarce ? 1 + random.nextInt(4) : 20,
            isScarce ? 1 + random.nextInt(8) : 50,
            1 + random.nextInt(5),
            1 + random.nextInt(5),
            1 + random.nextInt(3),
            random.nextInt(3) > 0,
            random.nextInt(3) > 0 ? Testbed.RELAY_V4 : LOCAL_V4);
    Testbed bed = new Testbed(settings(bounds, seed));
    relay =
        new RelayNode(
            bed, new RelayModel(bounds, bed.policy(List.of(), List.of())), new Streams(random));
    network = new UdpNetwork(faults(), random.nextLong());
    relayHost = network.addHost(Addresses.RELAY_V4, Place.onEarth(random, 2), relay);
    relay.attach(
        relayHost, network.addHost(Addresses.RELAY_V6, Place.onEarth(random, 2), onlyPackets()));
    for (int i = 1 + random.nextInt(7); i > 0; i--) {
      addClient(i);
    }
    for (int i = 1; i <= 3; i++) {
      addPeer(0x2d1e_0000 + i, IpFamily.V4);
    }
    addPeer(0x6000_0011, IpFamily.V6);
    addPeer(0x6000_0012, IpFamily.V6);
  }

  private Testbed.Settings settings(RelayModel.Bounds bounds, long seed) {
    Testbed.Settings settings = new Testbed.Settings();
    settings.seed = seed;
    settings.engines = bounds.engines();
    settings.firstPort = bounds.firstPort();
    settings.lastPort = bounds.lastPort();
    settings.mobility = bounds.mobility();
    settings.v4 = new RelayedHost(bounds.localV4(), Testbed.RELAY_V4);
    settings.listeners =
        List.of(Testbed.SERVER, new TransportAddress(Testbed.RELAY_V6, RelayNode.PORT));
    settings.quotas = new QuotaLimits(bounds.perUser(), bounds.perSource(), bounds.inAll(), 0, 0);
    settings.config =
        config ->
            new TurnConfig(
                config.v4(),
                config.v6(),
                config.defaultLifetimeSeconds(),
                config.maxLifetimeSeconds(),
                bounds.maxPermissions(),
                bounds.maxChannels(),
                config.mobility(),
                config.tcpRelaying(),
                config.discovery(),
                config.unauthenticatedPerSecond(),
                config.unauthenticatedBurst());
    return settings;
  }

  private LinkFaults faults() {
    return switch (random.nextInt(4)) {
      case 0 -> LinkFaults.NONE;
      case 1 -> LinkFaults.ORDINARY;
      case 2 -> new LinkFaults(0.5, 0.1, 0.05, 0.1, 0, 0);
      default -> new LinkFaults(1, 0.3, 0.2, 0.3, 600_000, 20_000);
    };
  }

  /** The relay's IPv6 side: the same program, which is driven through its IPv4 side. */
  private NetworkProgram onlyPackets() {
    return new NetworkProgram() {
      @Override
      public void receive(int port, int fromHost, int fromPort, byte[] datagram, long nowNanos) {
        relay.receive(port, fromHost, fromPort, datagram, nowNanos);
        relayHost.deadlineChanged();
      }

      @Override
      public void advance(long nowNanos) {}

      @Override
      public long nextDeadlineNanos() {
        return Long.MAX_VALUE;
      }
    };
  }

  private void addClient(int number) {
    boolean isV6 = random.nextInt(4) == 0;
    long pause = SECOND * (1 + random.nextInt(60));
    SimulatedClient client =
        new SimulatedClient(
            random,
            this,
            USERS.get(random.nextInt(USERS.size())),
            isV6 ? Addresses.RELAY_V6 : Addresses.RELAY_V4,
            pause);
    clients.add(client);
    Place place = Place.onEarth(random, 8);
    int server = isV6 ? Addresses.RELAY_V6 : Addresses.RELAY_V4;
    if (isV6) {
      NetworkHost host = network.addHost(0x6000_0100 + number, place, client);
      client.attach(new Line.Datagrams(host, server));
    } else if (random.nextBoolean()) {
      NetworkHost host = network.addHost(0x2d14_0000 + number, place, client);
      client.attach(
          random.nextBoolean()
              ? new Line.Datagrams(host, server)
              : new Line.Connections(random, network, relay, client, host, server));
    } else {
      NatKind kind = NatKind.values()[random.nextInt(NatKind.values().length)];
      NatConfig config =
          new NatConfig(kind, SECOND * (20 + random.nextInt(300)), false, random.nextBoolean());
      Nat nat = network.addNat(0x2d14_0000 + number, place, config);
      NetworkHost host = network.addHostBehind(nat, 0x0a00_0001, client);
      client.attach(new Line.Datagrams(host, server));
    }
  }

  private void addPeer(int address, IpFamily family) {
    SimulatedPeer peer =
        new SimulatedPeer(
            random,
            network,
            family,
            () -> firstPort + random.nextInt(ports),
            SECOND * (2 + random.nextInt(20)));
    peers.add(peer);
    peerHosts.add(address);
    peer.attach(network.addHost(address, Place.onEarth(random, 2), peer));
  }

  // ------------------------------------------------------------------------------------- the world

  @Override
  public long nowNanos() {
    return network.nowNanos();
  }

  @Override
  public TransportAddress anyPeer(RandomGenerator chance) {
    int die = chance.nextInt(20);
    if (die < 4 && !relayed.isEmpty()) {
      return relayed.get(chance.nextInt(relayed.size()));
    }
    if (die == 4) {
      return new TransportAddress(IpAddress.parse(chance.nextBoolean() ? "10.0.0.1" : "::1"), 80);
    }
    if (die == 5) {
      return Testbed.SERVER;
    }
    if (die == 6) {
      return new TransportAddress(LOCAL_V4, firstPort + chance.nextInt(ports));
    }
    int port = SimulatedPeer.FIRST_PORT + chance.nextInt(SimulatedPeer.PORTS);
    return Addresses.transport(peerHosts.get(chance.nextInt(peerHosts.size())), port);
  }

  @Override
  public void relayed(TransportAddress address) {
    relayed.add(address);
    if (relayed.size() > 10) {
      relayed.removeFirst();
    }
  }

  @Override
  public void rubbish(byte[] datagram) {
    relay.rubbish.add(ByteBuffer.wrap(datagram));
  }

  @Override
  public String anyUser(RandomGenerator chance) {
    return USERS.get(chance.nextInt(USERS.size()));
  }

  @Override
  public List<byte[]> secrets() {
    if (secrets.size() > 20) {
      secrets.removeFirst();
    }
    return secrets;
  }

  // --------------------------------------------------------------------------------------- running

  /** Half an hour or so of life, then silence until everything has run out. */
  void run() {
    long end = SECOND * (600 + random.nextInt(2_400));
    scheduleIncidents(end);
    network.runUntil(end);
    clients.forEach(SimulatedClient::stop);
    peers.forEach(SimulatedPeer::stop);
    network.runFor(3_700 * SECOND);
    relay.checkNothingIsLeft();
  }

  private void scheduleIncidents(long end) {
    for (int i = random.nextInt(12); i > 0; i--) {
      Runnable incident =
          switch (random.nextInt(6)) {
            case 0 -> this::jump;
            case 1 -> () -> relay.setWallClock((random.nextInt(8) - 4) * 1_000_000L);
            case 2, 3 -> this::changePolicy;
            default -> () -> relay.endSession(random.nextInt(1_000), network.nowNanos());
          };
      network.schedule(random.nextLong(end), incident);
    }
    if (random.nextInt(8) == 0) {
      network.schedule(random.nextLong(end), relay::drain);
    }
  }

  private void jump() {
    boolean isLong = random.nextInt(3) == 0;
    relay.sleep(SECOND * random.nextInt(isLong ? 10_000 : 400), network.nowNanos());
    if (random.nextBoolean()) {
      relayHost.deadlineChanged();
    }
  }

  private void changePolicy() {
    isForbidden = !isForbidden;
    relay.replacePolicy(isForbidden ? FORBIDDEN : List.of());
  }

  /** Of the model: how much has happened. */
  RelayModel model() {
    return relay.model;
  }
}
