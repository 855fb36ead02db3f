package org.peerstead.dhtseed;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.DhtStatus;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.hyperdht.records.KindCounts;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.net.SocketCounts;
import org.peerstead.discovery.rpc.core.Connectivity;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.core.RpcListener;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What an operator sees of the node. Names and units: {@code docs/operations.md}. Everything is
 * present from the start at 0: an alert must see the first one as an increase.
 *
 * <p>Listens on the owner thread of the node, which alone counts; any thread may read. Counting is
 * a plain increment, for it happens for every packet.
 */
final class DhtSeedMetrics implements HyperdhtListener, RecordListener {
  /** Commands of dht-rpc itself, in the order of their numbers. */
  private static final List<String> INTERNAL =
      List.of("ping", "ping_nat", "find_node", "down_hint", "delayed_ping");

  private static final int COMMANDS = INTERNAL.size() + HyperdhtCommand.PLUGIN + 1;
  private static final int UNKNOWN = COMMANDS;
  private static final int OUTCOMES = RpcListener.Outcome.values().length;
  private static final int KINDS = RecordKind.values().length;
  private static final int STORED = Stored.values().length;
  private static final int EVICTIONS = RecordListener.Eviction.values().length;

  /** Buckets from this depth on are one: a table of n nodes reaches about log2 n. */
  static final int MAX_DEPTH = 32;

  /** Counts without labels. */
  private enum Plain {
    TIMEOUTS("peerstead_dht_timeouts", "Requests of this node that stayed without an answer"),
    RETRIES("peerstead_dht_retries", "Requests of this node that were sent again"),
    CONGESTIONS("peerstead_dht_congestions", "Times that requests had to wait for answers"),
    SHORTENED("peerstead_dht_shortened_answers", "Values kept from hosts that proved no address"),
    MISDIRECTED("peerstead_dht_misdirected_requests", "Requests meant for another address"),
    BAD_ANSWERS("peerstead_dht_bad_answers", "Answers that were malformed or not signed"),
    UNANNOUNCED("peerstead_dht_unannounced", "Announcements taken back"),
    STRANGERS("peerstead_dht_strangers", "Nodes that came without having been asked"),
    BECAME_EPHEMERAL("peerstead_dht_address_changes", "Times that the node stopped serving"),
    WAKE_UPS("peerstead_dht_wake_ups", "Times that the machine had slept");

    private final String metric;
    private final String description;

    Plain(String metric, String description) {
      this.metric = metric;
      this.description = description;
    }
  }

  private final MeterRegistry registry;
  private final Timer rtt;
  private final AtomicLongArray requests = new AtomicLongArray((COMMANDS + 1) * OUTCOMES);
  private final AtomicLongArray drops = new AtomicLongArray(DropReason.values().length);
  private final AtomicLongArray stored = new AtomicLongArray(KINDS * STORED);
  private final AtomicLongArray refused = new AtomicLongArray(KINDS * STORED);
  private final AtomicLongArray evicted = new AtomicLongArray(KINDS * EVICTIONS);
  private final AtomicLongArray plain = new AtomicLongArray(Plain.values().length);
  private final AtomicLongArray tableChanges = new AtomicLongArray(2);
  private final Strangers strangers;

  /** Registers the meters. */
  DhtSeedMetrics(MeterRegistry registry, Strangers strangers) {
    this.registry = registry;
    this.strangers = strangers;
    rtt =
        Timer.builder("peerstead_dht_rtt")
            .description("Time until other nodes answered")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(500_000))
            .maximumExpectedValue(Duration.ofSeconds(5))
            .register(registry);
    for (int command = 0; command <= COMMANDS; command++) {
      for (RpcListener.Outcome outcome : RpcListener.Outcome.values()) {
        count(
            "peerstead_dht_requests",
            "Requests of others",
            requests,
            command * OUTCOMES + outcome.ordinal(),
            "command",
            nameOf(command),
            "outcome",
            label(outcome));
      }
    }
    for (DropReason reason : DropReason.values()) {
      count(
          "peerstead_dht_drops",
          "Datagrams and requests without an answer",
          drops,
          reason.ordinal(),
          "reason",
          label(reason));
    }
    for (RecordKind kind : RecordKind.values()) {
      for (Stored outcome : Stored.values()) {
        int index = kind.ordinal() * STORED + outcome.ordinal();
        count(
            "peerstead_dht_stores",
            "What became of what others wanted to store",
            stored,
            index,
            "store",
            label(kind),
            "outcome",
            label(outcome));
        if (outcome.name().startsWith("REFUSED_")) {
          count(
              "peerstead_dht_refusals",
              "New entries that a limit kept out",
              refused,
              index,
              "store",
              label(kind),
              "reason",
              label(outcome));
        }
      }
      for (RecordListener.Eviction reason : RecordListener.Eviction.values()) {
        count(
            "peerstead_dht_evictions",
            "Entries that gave way to those of others",
            evicted,
            kind.ordinal() * EVICTIONS + reason.ordinal(),
            "store",
            label(kind),
            "reason",
            label(reason));
      }
    }
    for (Plain each : Plain.values()) {
      count(each.metric, each.description, plain, each.ordinal());
    }
    count("peerstead_dht_table_changes", "Nodes that came", tableChanges, 0, "change", "added");
    count("peerstead_dht_table_changes", "Nodes that left", tableChanges, 1, "change", "removed");
  }

  /** The name of a command as a label; {@code index} counts internal ones first. */
  private static String nameOf(int index) {
    if (index < INTERNAL.size()) {
      return INTERNAL.get(index);
    }
    return index == UNKNOWN
        ? "unknown"
        : HyperdhtCommand.nameOf(index - INTERNAL.size()).toLowerCase(Locale.ROOT);
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private void count(
      String name, String description, AtomicLongArray counts, int index, String... tags) {
    FunctionCounter.builder(name, counts, all -> all.get(index))
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private static void increment(AtomicLongArray counts, int index) {
    counts.setRelease(index, counts.getPlain(index) + 1);
  }

  private void increment(Plain each) {
    increment(plain, each.ordinal());
  }

  /** Requests of others that were ended, all commands and outcomes. */
  long requestCount() {
    long sum = 0;
    for (int i = 0; i < requests.length(); i++) {
      sum += requests.get(i);
    }
    return sum;
  }

  // ----------------------------------------------------------------------------------- state

  /** Registers what is read from the latest status, null before there is one. */
  void state(
      Supplier<@Nullable DhtStatus> status,
      Supplier<Reachability> reachability,
      Supplier<Number> warnings,
      Supplier<Number> announcements) {
    gauge(status, "peerstead_dht_table_nodes", "Nodes in the routing table", DhtStatus::tableSize);
    for (int depth = 0; depth <= MAX_DEPTH; depth++) {
      int from = depth;
      int to = depth == MAX_DEPTH ? 256 : depth + 1;
      gauge(
          status,
          "peerstead_dht_bucket_nodes",
          "Nodes by the bits that their id shares with ours",
          s -> s.tableSizes().subMap(from, to).values().stream().mapToInt(n -> n).sum(),
          "depth",
          "%02d".formatted(depth));
    }
    for (RecordKind kind : RecordKind.values()) {
      gauge(
          status,
          "peerstead_dht_records",
          "What others stored here",
          s -> s.records().of(kind).held(),
          "store",
          label(kind));
      gauge(
          status,
          "peerstead_dht_record_hosts",
          "Hosts that stored it",
          s -> s.records().of(kind).hosts(),
          "store",
          label(kind));
      ended(status, kind, "expired", KindCounts::expired);
      ended(status, kind, "removed", KindCounts::removed);
    }
    gauge(status, "peerstead_dht_topics", "Topics with records", s -> s.records().topics());
    gauge(
        status,
        "peerstead_dht_refresh_tokens",
        "Records renewable without a signature",
        s -> s.records().refreshTokens());
    gauge(
        status,
        "peerstead_dht_damaged_rows",
        "Rows of the store that could not be read at the start",
        s -> s.records().damaged());
    gauge(status, "peerstead_dht_in_flight", "Requests without an answer yet", DhtStatus::inFlight);
    gauge(status, "peerstead_dht_queries", "Searches that run", DhtStatus::runningQueries);
    gauge(status, "peerstead_dht_calls", "Calls of operators that run", DhtStatus::runningCalls);
    gauge(status, "peerstead_dht_serving", "1 while it serves others", s -> s.id() == null ? 0 : 1);
    gauge(
        status,
        "peerstead_dht_offline",
        "1 while nobody answers, 0.5 while most do not",
        s -> offline(s.connectivity()));
    sockets(status, "peerstead_dht_packets", "in", SocketCounts::received);
    sockets(status, "peerstead_dht_packets", "out", SocketCounts::sent);
    sockets(status, "peerstead_dht_bytes", "in", SocketCounts::receivedBytes);
    sockets(status, "peerstead_dht_bytes", "out", SocketCounts::sentBytes);
    lost(status, "oversized", SocketCounts::oversized);
    lost(status, "receive_buffer_full", SocketCounts::overflowed);
    lost(status, "refused_by_system", SocketCounts::refused);
    lost(status, "send_queue_full", SocketCounts::lost);
    counter(status, "peerstead_dht_faults", "Failures of our own", DhtStatus::faults);
    counter(
        status,
        "peerstead_dht_storage_failures",
        "Failures of the store",
        DhtStatus::storageFailures);
    Gauge.builder("peerstead_dht_unreachable", () -> reachability.get().verdict().isFine() ? 0 : 1)
        .description("1 while others cannot reach it as it is meant")
        .register(registry);
    Gauge.builder("peerstead_dht_warnings", warnings)
        .description("Warnings about configuration and address")
        .register(registry);
    Gauge.builder("peerstead_dht_announcements", announcements)
        .description("Topics kept announced for the operator")
        .register(registry);
  }

  private static double offline(Connectivity connectivity) {
    return switch (connectivity) {
      case ONLINE -> 0;
      case DEGRADED -> 0.5;
      case OFFLINE -> 1;
    };
  }

  private void gauge(
      Supplier<@Nullable DhtStatus> status,
      String name,
      String description,
      ToDoubleFunction<DhtStatus> value,
      String... tags) {
    Gauge.builder(name, () -> read(status, value))
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private void counter(
      Supplier<@Nullable DhtStatus> status,
      String name,
      String description,
      ToDoubleFunction<DhtStatus> value,
      String... tags) {
    FunctionCounter.builder(name, status, all -> read(all, value))
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private static double read(
      Supplier<@Nullable DhtStatus> status, ToDoubleFunction<DhtStatus> value) {
    @Nullable DhtStatus current = status.get();
    return current == null ? 0 : value.applyAsDouble(current);
  }

  private void ended(
      Supplier<@Nullable DhtStatus> status,
      RecordKind kind,
      String why,
      ToDoubleFunction<KindCounts> value) {
    counter(
        status,
        "peerstead_dht_ended_records",
        "Entries that ended in order",
        s -> value.applyAsDouble(s.records().of(kind)),
        "store",
        label(kind),
        "reason",
        why);
  }

  private void sockets(
      Supplier<@Nullable DhtStatus> status,
      String name,
      String direction,
      ToDoubleFunction<SocketCounts> value) {
    counter(
        status,
        name,
        "Datagrams on the sockets",
        s -> value.applyAsDouble(s.sockets()),
        "direction",
        direction);
  }

  private void lost(
      Supplier<@Nullable DhtStatus> status, String reason, ToDoubleFunction<SocketCounts> value) {
    counter(
        status,
        "peerstead_dht_lost_packets",
        "Datagrams lost in this machine",
        s -> value.applyAsDouble(s.sockets()),
        "reason",
        reason);
  }

  // -------------------------------------------------------------------------------- listening

  @Override
  public void requestEnded(boolean internal, long command, RpcListener.Outcome outcome) {
    int index = UNKNOWN;
    if (internal) {
      if (command >= 0 && command < INTERNAL.size()) {
        index = (int) command;
      }
    } else if (command >= 0 && command <= HyperdhtCommand.PLUGIN) {
      index = INTERNAL.size() + (int) command;
    }
    increment(requests, index * OUTCOMES + outcome.ordinal());
  }

  @Override
  public void dropped(DropReason reason, NodeAddress from) {
    increment(drops, reason.ordinal());
  }

  @Override
  public void answered(NodeAddress from, long roundTripNanos) {
    rtt.record(Math.max(0, roundTripNanos), TimeUnit.NANOSECONDS);
    strangers.asked(from);
  }

  @Override
  public void timedOut(NodeAddress to) {
    increment(Plain.TIMEOUTS);
  }

  @Override
  public void retried(NodeAddress to) {
    increment(Plain.RETRIES);
  }

  @Override
  public void congested(int waiting) {
    increment(Plain.CONGESTIONS);
  }

  @Override
  public void strangerAsked(NodeAddress node) {
    increment(Plain.STRANGERS);
    strangers.came(node);
  }

  @Override
  public void nodeAdded(NodeAddress node) {
    increment(tableChanges, 0);
  }

  @Override
  public void nodeRemoved(NodeAddress node) {
    increment(tableChanges, 1);
  }

  @Override
  public void becameEphemeral() {
    increment(Plain.BECAME_EPHEMERAL);
  }

  @Override
  public void wokeUp() {
    increment(Plain.WAKE_UPS);
  }

  @Override
  public void stored(RecordKind kind, Stored outcome, NodeAddress from) {
    increment(stored, kind.ordinal() * STORED + outcome.ordinal());
    strangers.came(from);
  }

  @Override
  public void unannounced(Fixed32 target, NodeAddress from) {
    increment(Plain.UNANNOUNCED);
  }

  @Override
  public void misdirected(NodeAddress from) {
    increment(Plain.MISDIRECTED);
  }

  @Override
  public void answerShortened(NodeAddress from) {
    increment(Plain.SHORTENED);
  }

  @Override
  public void badAnswer(NodeAddress from) {
    increment(Plain.BAD_ANSWERS);
  }

  @Override
  public void evicted(RecordKind kind, RecordListener.Eviction why, int host) {
    increment(evicted, kind.ordinal() * EVICTIONS + why.ordinal());
  }

  @Override
  public void refused(RecordKind kind, Stored why, int host) {
    increment(refused, kind.ordinal() * STORED + why.ordinal());
  }
}
