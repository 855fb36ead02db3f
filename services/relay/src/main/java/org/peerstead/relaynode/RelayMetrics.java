package org.peerstead.relaynode;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.peerstead.relay.RelayCounts;
import org.peerstead.relay.RelayServer;
import org.peerstead.relay.auth.AuthFailure;
import org.peerstead.relay.net.dtls.DtlsCounts;
import org.peerstead.relay.net.dtls.DtlsDrop;
import org.peerstead.relay.net.dtls.DtlsEnd;
import org.peerstead.relay.net.linux.LoopCounts;
import org.peerstead.relay.net.netty.ConnectionEnd;
import org.peerstead.relay.net.netty.NettyRelayCounts;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.DropReason;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.RelayCounters.Count;

/**
 * What an operator sees of the relay. Names and units: {@code docs/operations.md}. Everything is
 * present from the start at 0: an alert must see the first one as an increase. Nothing is labelled
 * by user, of whom there may be any number; the busiest ones have gauges by rank when asked for.
 * Thread-safe.
 */
final class RelayMetrics {
  private final MeterRegistry registry;
  private final Timer lifetimes;
  private final Counter reloads;
  private final Counter failedReloads;
  private final Counter lostEvents;

  /** Registers what does not need a relay yet. */
  RelayMetrics(MeterRegistry registry) {
    this.registry = registry;
    lifetimes =
        Timer.builder("peerstead_relay_allocation_lifetime")
            .description("How long allocations lived that have ended")
            .serviceLevelObjectives(
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofHours(6),
                Duration.ofDays(1))
            .register(registry);
    reloads = plain("peerstead_relay_reloads", "Times that changed files were read again");
    failedReloads =
        plain("peerstead_relay_failed_reloads", "Changed files that could not be read or used");
    lostEvents = plain("peerstead_relay_lost_events", "Events that the bus had no room for");
  }

  private Counter plain(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  void ended(long ageSeconds) {
    lifetimes.record(Math.max(0, ageSeconds), TimeUnit.SECONDS);
  }

  void reloaded(boolean isGood) {
    (isGood ? reloads : failedReloads).increment();
  }

  void lostEvent() {
    lostEvents.increment();
  }

  /** Registers what a running relay counts. */
  void state(RelayNode node, RelayPlan plan) {
    RelayServer server = node.server();
    RelayCounts counts = server.counts();
    for (ClientTransport transport : ClientTransport.values()) {
      String label = label(transport);
      gauge(
          counts,
          "peerstead_relay_allocations",
          "Allocations that live",
          c -> c.live(transport),
          "transport",
          label);
      counter(
          counts,
          "peerstead_relay_allocations_opened",
          "Allocations made",
          c -> c.opened(transport),
          "transport",
          label);
      if (plan.transports().contains(transport)) {
        Gauge.builder("peerstead_relay_data_path", () -> 1)
            .description("1; what carries the packets of a transport is in the label")
            .tags("transport", label, "kind", server.dataPath(transport))
            .register(registry);
      }
    }
    for (IpFamily family : IpFamily.values()) {
      gauge(
          counts,
          "peerstead_relay_relayed_addresses",
          "Relayed addresses that live",
          c -> c.live(family),
          "family",
          family == IpFamily.V4 ? "ipv4" : "ipv6");
    }
    for (EndReason reason : EndReason.values()) {
      counter(
          counts,
          "peerstead_relay_allocations_ended",
          "Allocations that ended",
          c -> c.ended(reason),
          "reason",
          label(reason));
    }
    traffic(counts);
    for (DropReason reason : DropReason.values()) {
      counter(
          counts,
          "peerstead_relay_drops",
          "What arrived and was neither relayed nor answered",
          c -> c.drops(reason),
          "reason",
          label(reason));
    }
    for (AuthFailure failure : AuthFailure.values()) {
      if (failure != AuthFailure.NO_CREDENTIALS) {
        counter(
            counts,
            "peerstead_relay_auth_failures",
            "Requests whose credentials did not count",
            c -> c.authFailures(failure),
            "reason",
            label(failure));
      }
    }
    quota(counts, "user", Count.QUOTA_USER);
    quota(counts, "source", Count.QUOTA_SOURCE);
    quota(counts, "total", Count.QUOTA_TOTAL);
    quota(counts, "ports", Count.PORTS_EXHAUSTED);
    requests(counts);
    connections(server);
    for (LoopCounts.Count count : LoopCounts.Count.values()) {
      FunctionCounter.builder(
              "peerstead_relay_datagrams",
              server,
              all -> all.datagramCounts().stream().mapToLong(loop -> loop.get(count)).sum())
          .description("What the loops for UDP have done, system calls among it; 0 without them")
          .tag("kind", label(count))
          .register(registry);
    }
    dtls(server);
    Gauge.builder("peerstead_relay_draining", () -> node.isDraining() ? 1 : 0)
        .description("1 while no new allocations are taken")
        .register(registry);
    Gauge.builder("peerstead_relay_warnings", () -> node.warnings().size())
        .description("Warnings about configuration and address")
        .register(registry);
    if (plan.hasCertificate()) {
      Gauge.builder(
              "peerstead_relay_certificate_expiry_seconds",
              () -> node.certificateSeconds().orElse(0L))
          .description("Time until the certificate ends")
          .register(registry);
    }
    topUsers(node, plan.config().metrics().topUsers());
    if (plan.config().metrics().coturnNames()) {
      coturn(counts);
    }
  }

  private void traffic(RelayCounts counts) {
    String packets = "peerstead_relay_packets";
    String bytes = "peerstead_relay_bytes";
    String description = "Payload that was relayed: up from clients to peers, down to clients";
    counter(counts, packets, description, c -> c.get(Count.PACKETS_UP), "direction", "up");
    counter(counts, packets, description, c -> c.get(Count.PACKETS_DOWN), "direction", "down");
    counter(counts, bytes, description, c -> c.get(Count.BYTES_UP), "direction", "up");
    counter(counts, bytes, description, c -> c.get(Count.BYTES_DOWN), "direction", "down");
  }

  private void quota(RelayCounts counts, String kind, Count count) {
    counter(
        counts,
        "peerstead_relay_quota_hits",
        "Allocations refused because somebody has enough",
        c -> c.get(count),
        "kind",
        kind);
  }

  private void requests(RelayCounts counts) {
    one(counts, "peerstead_relay_requests", "Requests of clients", Count.REQUESTS);
    one(counts, "peerstead_relay_bindings", "Clients told their own address", Count.BINDINGS);
    one(
        counts,
        "peerstead_relay_challenges",
        "Clients asked for credentials or for a fresh nonce",
        Count.CHALLENGES);
    one(
        counts,
        "peerstead_relay_denied_permissions",
        "Peers that clients may not reach",
        Count.PERMISSIONS_DENIED);
    one(counts, "peerstead_relay_redirects", "Clients sent to another relay", Count.REDIRECTED);
    one(
        counts,
        "peerstead_relay_repeated_allocates",
        "Allocate requests that came twice",
        Count.RETRANSMITTED_ALLOCATES);
    one(counts, "peerstead_relay_moves", "Clients that changed their address", Count.MOVED);
    one(
        counts,
        "peerstead_relay_icmp_errors",
        "Errors of the network that clients were told of",
        Count.ICMP_ERRORS);
    one(counts, "peerstead_relay_tcp_peers", "Connections with TCP peers", Count.TCP_CONNECTIONS);
  }

  private void connections(RelayServer server) {
    for (ConnectionEnd end : ConnectionEnd.values()) {
      connectionCounter(
          server,
          "peerstead_relay_connections_ended",
          "Connections of clients that ended or were not wanted",
          c -> c.ended().getOrDefault(end, 0L),
          "reason",
          label(end));
    }
    connectionGauge(
        server,
        "peerstead_relay_connections",
        "Connections of clients",
        NettyRelayCounts::connections);
    connectionGauge(
        server,
        "peerstead_relay_unsettled_connections",
        "Connections of clients without an allocation",
        NettyRelayCounts::unsettled);
    connectionCounter(
        server,
        "peerstead_relay_tls_handshakes",
        "Handshakes that succeeded",
        NettyRelayCounts::tlsHandshakes);
    connectionCounter(
        server,
        "peerstead_relay_slow_reader_drops",
        "Packets dropped because a client reads too slowly",
        NettyRelayCounts::slowReaderDrops);
    connectionCounter(
        server,
        "peerstead_relay_socket_drops",
        "Packets that the system did not take",
        NettyRelayCounts::socketDrops);
    connectionCounter(
        server, "peerstead_relay_faults", "Failures of our own", NettyRelayCounts::engineFailures);
  }

  private void dtls(RelayServer server) {
    DtlsCounts served = server.dtlsCounts();
    if (served == null) {
      return;
    }
    Gauge.builder("peerstead_relay_dtls_sessions", server, all -> readDtls(all, c -> c.sessions()))
        .description("DTLS sessions of clients")
        .register(registry);
    FunctionCounter.builder(
            "peerstead_relay_dtls_handshakes", server, all -> readDtls(all, c -> c.established()))
        .description("DTLS handshakes that succeeded")
        .register(registry);
    for (DtlsEnd end : DtlsEnd.values()) {
      FunctionCounter.builder(
              "peerstead_relay_dtls_ended",
              server,
              all -> readDtls(all, c -> c.ended().getOrDefault(end, 0L)))
          .description("DTLS sessions that ended or were not wanted")
          .tag("reason", label(end))
          .register(registry);
    }
    for (DtlsDrop drop : DtlsDrop.values()) {
      FunctionCounter.builder(
              "peerstead_relay_dtls_drops",
              server,
              all -> readDtls(all, c -> c.dropped().getOrDefault(drop, 0L)))
          .description("DTLS datagrams that were dropped")
          .tag("reason", label(drop))
          .register(registry);
    }
  }

  private static double readDtls(RelayServer server, ToDoubleFunction<DtlsCounts> value) {
    DtlsCounts counts = server.dtlsCounts();
    return counts == null ? 0 : value.applyAsDouble(counts);
  }

  private void topUsers(RelayNode node, int ranks) {
    for (int i = 0; i < ranks; i++) {
      int rank = i;
      Gauge.builder(
              "peerstead_relay_top_user_bits_per_second",
              () -> rank(node.topUsers(), rank, RelayNode.UserTraffic::bitsPerSecond))
          .description("Traffic of the busiest users, both ways, by rank")
          .tag("rank", Integer.toString(i + 1))
          .register(registry);
      Gauge.builder(
              "peerstead_relay_top_user_allocations",
              () -> rank(node.topUsers(), rank, user -> user.allocations()))
          .description("Allocations of the busiest users, by rank")
          .tag("rank", Integer.toString(i + 1))
          .register(registry);
    }
  }

  private static double rank(
      List<RelayNode.UserTraffic> users, int rank, ToDoubleFunction<RelayNode.UserTraffic> value) {
    return rank < users.size() ? value.applyAsDouble(users.get(rank)) : 0;
  }

  /** As coturn names them, without a suffix; live, where coturn counts at the end of a session. */
  private void coturn(RelayCounts counts) {
    alias(counts, "turn_total_traffic_rcvp", c -> c.get(Count.PACKETS_UP));
    alias(counts, "turn_total_traffic_rcvb", c -> c.get(Count.BYTES_UP));
    alias(counts, "turn_total_traffic_sentp", c -> c.get(Count.PACKETS_DOWN));
    alias(counts, "turn_total_traffic_sentb", c -> c.get(Count.BYTES_DOWN));
    alias(counts, "turn_total_traffic_peer_rcvp", c -> c.get(Count.PACKETS_DOWN));
    alias(counts, "turn_total_traffic_peer_rcvb", c -> c.get(Count.BYTES_DOWN));
    alias(counts, "turn_total_traffic_peer_sentp", c -> c.get(Count.PACKETS_UP));
    alias(counts, "turn_total_traffic_peer_sentb", c -> c.get(Count.BYTES_UP));
    alias(counts, "stun_binding_request", c -> c.get(Count.BINDINGS));
    alias(counts, "turn_unauthenticated_401_responses", c -> c.get(Count.CHALLENGES));
    for (ClientTransport transport : ClientTransport.values()) {
      gauge(
          counts,
          "turn_total_allocations",
          "Allocations that live, under coturn's name",
          c -> c.live(transport),
          "type",
          transport.name());
    }
  }

  private void alias(RelayCounts counts, String name, ToDoubleFunction<RelayCounts> value) {
    gauge(counts, name, "As of the start, under coturn's name", value);
  }

  private void one(RelayCounts counts, String name, String description, Count count) {
    counter(counts, name, description, c -> c.get(count));
  }

  private void counter(
      RelayCounts counts,
      String name,
      String description,
      ToDoubleFunction<RelayCounts> value,
      String... tags) {
    FunctionCounter.builder(name, counts, value)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private void gauge(
      RelayCounts counts,
      String name,
      String description,
      ToDoubleFunction<RelayCounts> value,
      String... tags) {
    Gauge.builder(name, counts, value).description(description).tags(tags).register(registry);
  }

  private void connectionCounter(
      RelayServer server,
      String name,
      String description,
      ToDoubleFunction<NettyRelayCounts> value,
      String... tags) {
    FunctionCounter.builder(name, server, all -> read(all, value))
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private void connectionGauge(
      RelayServer server,
      String name,
      String description,
      ToDoubleFunction<NettyRelayCounts> value) {
    Gauge.builder(name, server, all -> read(all, value))
        .description(description)
        .register(registry);
  }

  private static double read(RelayServer server, ToDoubleFunction<NettyRelayCounts> value) {
    NettyRelayCounts counts = server.connectionCounts();
    return counts == null ? 0 : value.applyAsDouble(counts);
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
