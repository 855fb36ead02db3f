package org.peerstead.discovery.simulation;

import static org.peerstead.discovery.simulation.SimulatedDht.SECOND;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.MalformedPacketException;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.network.NetworkHost;
import org.peerstead.simulation.network.NetworkProgram;

/**
 * Hosts that take part in the network to harm it. Each of their ports is a node with an id of its
 * own: who has one address has 65,000 ids to choose from. They answer everything politely, claim to
 * have stored what they were given, keep nothing, and recommend whom their {@link Plan} says.
 */
public final class Conspiracy {
  private static final int PORTS = 65_535;
  private static final int GROUND = 2_000;
  private static final int RECOMMENDED = 20;
  private static final int MAX_REMEMBERED = 1_000;

  private final SimulatedDht dht;
  private final Plan plan;
  private final @Nullable NodeAddress victim;
  private final List<NodeAddress> members = new ArrayList<>();
  private final Map<NodeAddress, Fixed32> ids = new HashMap<>();
  private final Map<Fixed32, List<NodeAddress>> recommended = new HashMap<>();
  private final Map<Integer, NetworkHost> hosts = new HashMap<>();
  private long answered;

  /** Whom they recommend. */
  public enum Plan {
    /** Each other. */
    EACH_OTHER,
    /** Addresses very near to the target where nobody is. */
    NOBODY,
    /** Ports of one host that has nothing to do with it. */
    VICTIM
  }

  /** Nobody yet. */
  public Conspiracy(SimulatedDht dht, Plan plan, @Nullable NodeAddress victim) {
    this.dht = dht;
    this.plan = plan;
    this.victim = victim;
  }

  /** Adds a host with the {@code count} nodes that are nearest to {@code target}, of all ports. */
  public void addNear(int publicHost, int count, Fixed32 target) {
    add(publicHost, nearest(publicHost, IntStream.rangeClosed(1, PORTS), count, target));
  }

  /** Adds a host with {@code count} nodes anywhere. */
  public void addAnywhere(int publicHost, int count) {
    add(
        publicHost,
        IntStream.range(20_000, 20_000 + count)
            .mapToObj(port -> new NodeAddress(publicHost, port))
            .toList());
  }

  private static List<NodeAddress> nearest(int host, IntStream ports, int count, Fixed32 target) {
    return nearest(ports.mapToObj(port -> new NodeAddress(host, port)), count, target);
  }

  private static List<NodeAddress> nearest(
      Stream<NodeAddress> addresses, int count, Fixed32 target) {
    record Candidate(NodeAddress address, Fixed32 id) {}
    return addresses
        .map(address -> new Candidate(address, NodeId.of(address)))
        .sorted(Comparator.comparing(Candidate::id, (a, b) -> NodeId.compareDistance(target, a, b)))
        .limit(count)
        .map(Candidate::address)
        .toList();
  }

  private void add(int publicHost, List<NodeAddress> nodes) {
    hosts.put(publicHost, dht.addStranger(publicHost, new Program(publicHost)));
    for (NodeAddress node : nodes) {
      members.add(node);
      ids.put(node, NodeId.of(node));
      dht.tally().countAsServer(node);
    }
    recommended.clear();
  }

  /** Each member introduces itself to a random honest node every second or so. */
  public Conspiracy introduceThemselves() {
    dht.everySoOften(
        SECOND,
        () -> {
          for (NodeAddress member : members) {
            @Nullable SimulatedNode node = dht.pick(SimulatedNode::isPersistent);
            if (node != null) {
              Request ping =
                  new Request(
                      dht.chance().nextInt(0x10000),
                      node.address(),
                      ids.get(member),
                      null,
                      true,
                      InternalCommand.PING,
                      null,
                      null);
              send(member, node.address(), RpcCodec.encode(ping));
            }
          }
        });
    return this;
  }

  private void send(NodeAddress from, NodeAddress to, byte[] packet) {
    @Nullable NetworkHost host = hosts.get(from.host());
    if (host != null) {
      host.send(from.port(), to.host(), to.port(), packet);
    }
  }

  /** Requests that honest nodes sent to them. */
  public long answered() {
    return answered;
  }

  /** Their share of all entries in the routing tables of honest nodes. */
  public double shareOfTables() {
    long all = 0;
    long ours = 0;
    for (SimulatedNode node : dht.nodes()) {
      for (var each : node.node().rpc().nodes()) {
        all++;
        ours += ids.containsKey(each.address()) ? 1 : 0;
      }
    }
    return all == 0 ? 0 : ours / (double) all;
  }

  private final class Program implements NetworkProgram {
    private final int host;

    Program(int host) {
      this.host = host;
    }

    @Override
    public void receive(int localPort, int fromHost, int fromPort, byte[] datagram, long nowNanos) {
      NodeAddress self = new NodeAddress(host, localPort);
      @Nullable Fixed32 id = ids.get(self);
      try {
        if (id != null && RpcCodec.decode(Slice.of(datagram)) instanceof Request request) {
          answered++;
          NodeAddress from = new NodeAddress(fromHost, fromPort);
          @Nullable Fixed32 target = request.target();
          boolean isPing = request.internal() && request.command() != InternalCommand.FIND_NODE;
          Response response =
              new Response(
                  request.transaction(),
                  from,
                  id,
                  isPing ? null : id,
                  isPing || target == null ? List.of() : recommend(target),
                  0,
                  null);
          send(self, from, RpcCodec.encode(response));
        }
      } catch (MalformedPacketException e) {
        throw new IllegalStateException("an honest node sent what cannot be read", e);
      }
    }

    @Override
    public void advance(long nowNanos) {}

    @Override
    public long nextDeadlineNanos() {
      return Long.MAX_VALUE;
    }
  }

  private List<NodeAddress> recommend(Fixed32 target) {
    if (recommended.size() > MAX_REMEMBERED) {
      recommended.clear();
    }
    return recommended.computeIfAbsent(target, this::choose);
  }

  private List<NodeAddress> choose(Fixed32 target) {
    return switch (plan) {
      case EACH_OTHER -> nearest(members.stream(), RECOMMENDED, target);
      case NOBODY ->
          nearest(
              IntStream.range(0, GROUND)
                  .mapToObj(i -> new NodeAddress(dht.freshHost(), 1 + dht.chance().nextInt(PORTS))),
              RECOMMENDED,
              target);
      case VICTIM -> {
        if (victim == null) {
          throw new IllegalStateException("no victim");
        }
        yield nearest(victim.host(), dht.chance().ints(GROUND, 1, PORTS + 1), RECOMMENDED, target);
      }
    };
  }
}
