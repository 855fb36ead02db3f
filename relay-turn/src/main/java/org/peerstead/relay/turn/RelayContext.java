package org.peerstead.relay.turn;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.Authenticator;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.policy.PeerPolicy;
import org.peerstead.relay.turn.policy.Verdict;
import org.peerstead.relay.turn.ports.PortPool;
import org.peerstead.relay.turn.ports.Reservations;
import org.peerstead.relay.turn.quota.Quotas;

/**
 * What the engines of one server share. Touched for control messages only, never for data.
 * Thread-safe.
 */
public final class RelayContext {
  /** Where new clients are sent while {@link #isDraining}. */
  private record Draining(@Nullable TransportAddress alternate) {}

  private final TurnConfig config;
  private final Authenticator authenticator;
  private final Quotas quotas;
  private final PortPool v4Ports;
  private final PortPool v6Ports;
  private final Reservations reservations;
  private final EpochClock clock;
  private final RandomGenerator secrets;
  private final RelayEvents events;
  private final MobilityTickets tickets;
  private final ConnectionIds connectionIds;
  private volatile PeerPolicy policy;
  private volatile @Nullable Draining draining;
  private volatile @Nullable TransportAddress alternateServer;

  /**
   * @param v4Ports of the IPv4 relayed address
   * @param v6Ports of the IPv6 relayed address
   * @param secrets unpredictable, thread-safe
   */
  public RelayContext(
      TurnConfig config,
      Authenticator authenticator,
      PeerPolicy policy,
      Quotas quotas,
      PortPool v4Ports,
      PortPool v6Ports,
      Reservations reservations,
      EpochClock clock,
      RandomGenerator secrets,
      RelayEvents events) {
    this.config = config;
    this.authenticator = authenticator;
    this.policy = policy;
    this.quotas = quotas;
    this.v4Ports = v4Ports;
    this.v6Ports = v6Ports;
    this.reservations = reservations;
    this.clock = clock;
    this.secrets = secrets;
    this.events = events;
    tickets = new MobilityTickets(secrets);
    connectionIds = new ConnectionIds(secrets);
  }

  /**
   * From now on new permissions are judged by it; {@link TurnServer#recheckPolicy} does the old.
   */
  public void setPolicy(PeerPolicy policy) {
    this.policy = policy;
  }

  /** From now on there are no new allocations. */
  public void drain(@Nullable TransportAddress alternate) {
    draining = new Draining(alternate);
  }

  public boolean isDraining() {
    return draining != null;
  }

  /** Sends all new clients to another server (300), or to none when null. */
  public void setAlternateServer(@Nullable TransportAddress alternate) {
    alternateServer = alternate;
  }

  /** Where new clients are to go instead. */
  @Nullable TransportAddress alternateServer() {
    Draining now = draining;
    return now != null && now.alternate() != null ? now.alternate() : alternateServer;
  }

  /** What the policy of now says about a peer. */
  public Verdict judge(IpAddress peer) {
    return policy.judge(peer);
  }

  TurnConfig config() {
    return config;
  }

  Authenticator authenticator() {
    return authenticator;
  }

  PeerPolicy policy() {
    return policy;
  }

  Quotas quotas() {
    return quotas;
  }

  PortPool ports(IpFamily family) {
    return family == IpFamily.V4 ? v4Ports : v6Ports;
  }

  Reservations reservations() {
    return reservations;
  }

  long epochMillis() {
    return clock.epochMillis();
  }

  RandomGenerator secrets() {
    return secrets;
  }

  RelayEvents events() {
    return events;
  }

  MobilityTickets tickets() {
    return tickets;
  }

  ConnectionIds connectionIds() {
    return connectionIds;
  }
}
