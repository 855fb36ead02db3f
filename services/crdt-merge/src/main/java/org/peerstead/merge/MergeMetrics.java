package org.peerstead.merge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What an operator sees of this service. Names and units: {@code docs/operations.md}. Thread-safe.
 */
public final class MergeMetrics {
  private final MeterRegistry registry;
  private final Counter changesIn;
  private final Counter changesOut;
  private final Counter documentsLoaded;
  private final Counter documentsHit;
  private final Counter evictions;
  private final Counter compactions;
  private final Timer merge;
  private final Timer commit;

  /** Registers the meters. */
  public MergeMetrics(MeterRegistry registry) {
    this.registry = registry;
    changesIn =
        Counter.builder("peerstead_changes_in")
            .description("Changes added to documents")
            .register(registry);
    changesOut =
        Counter.builder("peerstead_changes_out")
            .description("Changes sent to sessions")
            .register(registry);
    documentsHit =
        Counter.builder("peerstead_open_documents_hits")
            .description("Uses of a document that was in memory")
            .register(registry);
    documentsLoaded =
        Counter.builder("peerstead_open_documents_misses")
            .description("Uses of a document that had to be loaded")
            .register(registry);
    evictions =
        Counter.builder("peerstead_open_documents_evictions")
            .description("Documents closed to keep the memory bound")
            .register(registry);
    compactions =
        Counter.builder("peerstead_compactions")
            .description("Change logs made into snapshots")
            .register(registry);
    merge =
        Timer.builder("peerstead_merge")
            .description("Time to apply one sync message or import")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(10_000))
            .maximumExpectedValue(Duration.ofSeconds(10))
            .register(registry);
    commit =
        Timer.builder("peerstead_commit")
            .description("Time of one synced write to the store")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(100_000))
            .maximumExpectedValue(Duration.ofSeconds(10))
            .register(registry);
  }

  void gauges(StoreCapacity capacity, OpenDocuments open, SessionDirectory sessions) {
    registry.gauge("peerstead_documents", capacity, StoreCapacity::documents);
    registry.gauge("peerstead_documents_damaged", capacity, StoreCapacity::damaged);
    registry.gauge("peerstead_documents_stored_bytes", capacity, StoreCapacity::storedBytes);
    registry.gauge("peerstead_tombstones", capacity, StoreCapacity::tombstones);
    registry.gauge("peerstead_store_refuses_writes", capacity, c -> c.refusal(0).isEmpty() ? 0 : 1);
    registry.gauge("peerstead_open_documents", open, OpenDocuments::count);
    registry.gauge("peerstead_open_documents_bytes", open, OpenDocuments::totalBytes);
    registry.gauge("peerstead_document_sessions", sessions, SessionDirectory::total);
  }

  void received(String kind, int bytes) {
    registry.counter("peerstead_sync_messages_in", "kind", kind).increment();
    registry.counter("peerstead_sync_bytes_in").increment(bytes);
  }

  void sent(String kind, int bytes) {
    registry.counter("peerstead_sync_messages_out", "kind", kind).increment();
    registry.counter("peerstead_sync_bytes_out").increment(bytes);
  }

  void changesSent(long count) {
    changesOut.increment(count);
  }

  void rejected(String reason) {
    registry.counter("peerstead_rejected_inputs", "source", "sync", "reason", reason).increment();
  }

  void changesApplied(int count) {
    changesIn.increment(count);
  }

  void merged(long nanos) {
    merge.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A synced write took this long. */
  public void committed(long nanos) {
    commit.record(nanos, TimeUnit.NANOSECONDS);
  }

  void hit() {
    documentsHit.increment();
  }

  void loaded() {
    documentsLoaded.increment();
  }

  void evicted() {
    evictions.increment();
  }

  void compacted() {
    compactions.increment();
  }
}
