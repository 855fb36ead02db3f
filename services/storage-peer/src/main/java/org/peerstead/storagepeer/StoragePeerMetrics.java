package org.peerstead.storagepeer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.peerstead.hypercore.Defect;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.replication.DisconnectReason;
import org.peerstead.hypercore.replication.ProofFailure;
import org.peerstead.hypercore.replication.ReplicationStats;
import org.peerstead.storagepeer.follow.Refusal;

/**
 * What an operator sees of this service. Names and units: {@code docs/operations.md}. Thread-safe.
 */
public final class StoragePeerMetrics {
  private final MeterRegistry registry;
  private final Timer sync;
  private final Counter blocksAppended;
  private final Counter evictions;
  private final Counter evictedBytes;
  private final Counter expired;
  private final Counter conflicts;
  private final Counter verifiedBlocks;
  private final Counter eventsDropped;

  /** Registers the meters. */
  public StoragePeerMetrics(MeterRegistry registry) {
    this.registry = registry;
    sync =
        Timer.builder("peerstead_core_sync")
            .description("Time until written blocks were on disk")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(100_000))
            .maximumExpectedValue(Duration.ofSeconds(10))
            .register(registry);
    blocksAppended = counter("peerstead_core_appended_blocks", "Blocks appended to own cores");
    evictions = counter("peerstead_core_evictions", "Cores whose blocks were given up for space");
    evictedBytes = counter("peerstead_core_evicted_bytes", "Bytes of blocks given up for space");
    expired = counter("peerstead_core_expired", "Cores forgotten after the retention");
    conflicts = counter("peerstead_core_conflicts", "Cores whose owner signed two histories");
    verifiedBlocks = counter("peerstead_core_verified_blocks", "Blocks hashed again by verify");
    eventsDropped = counter("peerstead_core_events_dropped", "Events the bus did not take");
    // Present from the start at 0: an alert must see the first one as an increase.
    for (Defect.Kind kind : Defect.Kind.values()) {
      defects(kind.name());
    }
    for (Refusal reason : Refusal.values()) {
      refusals(reason);
    }
    for (ProofFailure reason : ProofFailure.values()) {
      failedProofs(reason.name());
    }
  }

  private Counter defects(String kind) {
    return tagged("peerstead_core_defects", "Defects that verify found", "kind", kind);
  }

  private Counter refusals(Refusal reason) {
    return tagged("peerstead_core_refusals", "Cores and blocks not taken", "reason", reason.name());
  }

  private Counter failedProofs(String reason) {
    return tagged(
        "peerstead_replication_failed_proofs", "Answers of peers refused", "reason", reason);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /** Registers a value that is read on demand. */
  void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }

  /** Registers what the engine counts itself. */
  void engine(Hypercores engine) {
    count(
        engine,
        "peerstead_replication_blocks",
        "in",
        "Blocks verified and stored",
        s -> s.blocksReceived);
    count(engine, "peerstead_replication_blocks", "out", "Blocks sent", s -> s.blocksSent);
    count(
        engine,
        "peerstead_replication_block_bytes",
        "in",
        "Bytes of blocks",
        s -> s.blockBytesReceived);
    count(
        engine,
        "peerstead_replication_block_bytes",
        "out",
        "Bytes of blocks",
        s -> s.blockBytesSent);
    count(
        engine,
        "peerstead_replication_requests",
        "in",
        "Requests for blocks and heads",
        s -> s.requestsReceived);
    count(
        engine,
        "peerstead_replication_requests",
        "out",
        "Requests for blocks and heads",
        s -> s.requestsSent);
    FunctionCounter.builder(
            "peerstead_replication_network_bytes", engine, e -> e.stats().network().bytesIn())
        .description("Bytes on sockets")
        .tag("direction", "in")
        .register(registry);
    FunctionCounter.builder(
            "peerstead_replication_network_bytes", engine, e -> e.stats().network().bytesOut())
        .description("Bytes on sockets")
        .tag("direction", "out")
        .register(registry);
    for (DisconnectReason reason : DisconnectReason.values()) {
      FunctionCounter.builder(
              "peerstead_replication_misbehaviour",
              engine,
              e -> e.replicationStats().disconnects(reason))
          .description("Connections ended because of what the peer said")
          .tag("reason", reason.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }

  private void count(
      Hypercores engine,
      String name,
      String direction,
      String description,
      ToDoubleFunction<ReplicationStats> value) {
    FunctionCounter.builder(name, engine, e -> value.applyAsDouble(e.replicationStats()))
        .description(description)
        .tag("direction", direction)
        .register(registry);
  }

  /** What was written got to the disk in this time. */
  public void synced(long nanos) {
    sync.record(nanos, TimeUnit.NANOSECONDS);
  }

  void appended(long blocks) {
    blocksAppended.increment(blocks);
  }

  void evicted(long bytes) {
    evictions.increment();
    evictedBytes.increment(bytes);
  }

  void expired() {
    expired.increment();
  }

  void conflict() {
    conflicts.increment();
  }

  void verified(long blocks) {
    verifiedBlocks.increment(blocks);
  }

  void defect(String kind) {
    defects(kind).increment();
  }

  void refused(Refusal refusal) {
    refusals(refusal).increment();
  }

  void connectionRejected(String reason) {
    tagged("peerstead_replication_rejected_connections", "Connections refused", "reason", reason)
        .increment();
  }

  void disconnected(String reason) {
    tagged("peerstead_replication_disconnects", "Connections ended", "reason", reason).increment();
  }

  void proofFailed(String reason) {
    failedProofs(reason).increment();
  }

  void storageRequest(String outcome) {
    tagged(
            "peerstead_replication_storage_requests",
            "Cores that peers asked to be kept",
            "outcome",
            outcome)
        .increment();
  }

  void eventDropped() {
    eventsDropped.increment();
  }

  private Counter tagged(String name, String description, String tag, String value) {
    return Counter.builder(name)
        .description(description)
        .tag(tag, value.toLowerCase(Locale.ROOT))
        .register(registry);
  }
}
