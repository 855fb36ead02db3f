package org.peerstead.discovery;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.core.HyperdhtConfig;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.net.SocketKind;
import org.peerstead.discovery.rpc.core.RpcConfig;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * How a {@link DhtNode} runs.
 *
 * @param bindHost own IPv4 address to bind both sockets to, {@code 0.0.0.0} for all
 * @param serverPorts ports to serve on
 * @param clientPorts ports to ask from
 * @param socketKind how datagrams pass between this process and the system; null for the best way
 *     that this machine has
 * @param hyperdht how the node behaves. A port 0 of its public address stands for the port that is
 *     bound; its resolved bootstrap nodes are used beside {@code bootstrap}
 * @param bootstrap seeds, as {@code host:port} or {@code a.b.c.d@host:port}: an address to begin
 *     with, and a name that is looked up beside it
 * @param records bounds of what others may store here
 * @param callTimeout longest time of a call
 * @param maxCalls calls that run at the same time; more fail with {@code OVERLOADED}
 * @param snapshotInterval how often the routing table is written to the store
 * @param resolveInterval how often the names of the seeds are looked up again
 * @param closeTimeout longest time that {@link DhtNode#close} waits for
 */
public record DhtNodeConfig(
    String bindHost,
    PortRange serverPorts,
    PortRange clientPorts,
    @Nullable SocketKind socketKind,
    HyperdhtConfig hyperdht,
    List<String> bootstrap,
    RecordLimits records,
    Duration callTimeout,
    int maxCalls,
    Duration snapshotInterval,
    Duration resolveInterval,
    Duration closeTimeout) {
  /** The port that nodes usually serve on. */
  public static final int DEFAULT_PORT = 49_737;

  /** Checks the bounds and the texts. */
  public DhtNodeConfig {
    Objects.requireNonNull(hyperdht);
    int ignored = NodeAddress.parseHost(bindHost);
    bootstrap = List.copyOf(bootstrap);
    bootstrap.forEach(BootstrapSeed::parse);
    if (maxCalls < 1 || maxCalls > 65_536) {
      throw new IllegalArgumentException("maxCalls " + maxCalls + " outside 1 to 65536");
    }
    for (Duration each : List.of(callTimeout, snapshotInterval, resolveInterval, closeTimeout)) {
      if (each.toMillis() < 1 || each.toDays() > 365) {
        throw new IllegalArgumentException(each + " outside a millisecond to a year");
      }
    }
  }

  private static DhtNodeConfig of(
      String bindHost, PortRange serverPorts, RpcConfig rpc, List<String> bootstrap) {
    return new DhtNodeConfig(
        bindHost,
        serverPorts,
        PortRange.ANY,
        null,
        HyperdhtConfig.of(rpc),
        bootstrap,
        RecordLimits.DEFAULT,
        Duration.ofSeconds(60),
        4_096,
        Duration.ofMinutes(5),
        Duration.ofMinutes(5),
        Duration.ofSeconds(5));
  }

  /**
   * A seed: it serves from the start, under the address that its operator states.
   *
   * @param publicAddress port 0 for the port that is bound
   * @param serverPorts of this machine
   * @param bootstrap other seeds; empty for the first one
   */
  public static DhtNodeConfig seed(
      NodeAddress publicAddress, PortRange serverPorts, List<String> bootstrap) {
    return of("0.0.0.0", serverPorts, RpcConfig.seed(publicAddress, List.of()), bootstrap);
  }

  /** A participant that finds out by itself whether it can serve. */
  public static DhtNodeConfig participant(List<String> bootstrap) {
    return of("0.0.0.0", PortRange.from(DEFAULT_PORT), RpcConfig.participant(List.of()), bootstrap);
  }

  /** A participant that only asks. */
  public static DhtNodeConfig client(List<String> bootstrap) {
    return of("0.0.0.0", PortRange.ANY, RpcConfig.client(List.of()), bootstrap);
  }

  /** The same, bound to another address of this machine. */
  public DhtNodeConfig boundTo(String newBindHost) {
    return new DhtNodeConfig(
        newBindHost,
        serverPorts,
        clientPorts,
        socketKind,
        hyperdht,
        bootstrap,
        records,
        callTimeout,
        maxCalls,
        snapshotInterval,
        resolveInterval,
        closeTimeout);
  }

  /** The same, serving on other ports. */
  public DhtNodeConfig withServerPorts(PortRange newServerPorts) {
    return new DhtNodeConfig(
        bindHost,
        newServerPorts,
        clientPorts,
        socketKind,
        hyperdht,
        bootstrap,
        records,
        callTimeout,
        maxCalls,
        snapshotInterval,
        resolveInterval,
        closeTimeout);
  }

  /** The same with other bounds of what others may store. */
  public DhtNodeConfig withRecords(RecordLimits newRecords) {
    return new DhtNodeConfig(
        bindHost,
        serverPorts,
        clientPorts,
        socketKind,
        hyperdht,
        bootstrap,
        newRecords,
        callTimeout,
        maxCalls,
        snapshotInterval,
        resolveInterval,
        closeTimeout);
  }

  /** The same with another behaviour. */
  public DhtNodeConfig withHyperdht(HyperdhtConfig newHyperdht) {
    return new DhtNodeConfig(
        bindHost,
        serverPorts,
        clientPorts,
        socketKind,
        newHyperdht,
        bootstrap,
        records,
        callTimeout,
        maxCalls,
        snapshotInterval,
        resolveInterval,
        closeTimeout);
  }

  /** The same with a certain way to the network. */
  public DhtNodeConfig withSockets(SocketKind newSocketKind) {
    return new DhtNodeConfig(
        bindHost,
        serverPorts,
        clientPorts,
        newSocketKind,
        hyperdht,
        bootstrap,
        records,
        callTimeout,
        maxCalls,
        snapshotInterval,
        resolveInterval,
        closeTimeout);
  }

  /** The same with another longest time of a call. */
  public DhtNodeConfig withCallTimeout(Duration newCallTimeout) {
    return new DhtNodeConfig(
        bindHost,
        serverPorts,
        clientPorts,
        socketKind,
        hyperdht,
        bootstrap,
        records,
        newCallTimeout,
        maxCalls,
        snapshotInterval,
        resolveInterval,
        closeTimeout);
  }
}
