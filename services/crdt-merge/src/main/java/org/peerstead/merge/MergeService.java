package org.peerstead.merge;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.peerstead.events.DocumentReader;
import org.peerstead.merge.store.DocumentStore;
import org.peerstead.merge.store.rocksdb.RocksDocumentStore;
import org.peerstead.merge.store.rocksdb.RocksStoreConfig;

/**
 * Opens the store, runs the service on it, and closes both in order. The store is {@code documents}
 * in the folder {@code peerstead.data}.
 */
@Startup
@ApplicationScoped
public class MergeService {
  private static final Logger LOG = Logger.getLogger(MergeService.class);

  private final MergeConfig config;
  private final DocumentStore store;
  private final GroupCommit committer;
  private final ExecutorService executor;
  private final ScheduledExecutorService timer;
  private final Documents documents;
  private boolean isStopped;

  /** Opens the store; fails with a {@link org.peerstead.merge.store.StorageException}. */
  @Inject
  public MergeService(
      MergeConfig config,
      @ConfigProperty(name = "peerstead.data") Path dataDirectory,
      MeterRegistry registry,
      BusOutbox outbox) {
    this.config = config;
    var metrics = new MergeMetrics(registry);
    store =
        RocksDocumentStore.open(
            dataDirectory.resolve("documents"),
            new RocksStoreConfig(
                config.rocksdb().blockCache().asLongValue(),
                config.rocksdb().writeBuffers().asLongValue()));
    committer = new GroupCommit(store, metrics::committed);
    executor =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("document-", 0).factory());
    var scheduler =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("peerstead-documents-timer").daemon().factory());
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    timer = scheduler;
    documents =
        new Documents(
            Documents.Ports.of(
                store,
                committer,
                outbox,
                executor,
                (delay, task) -> timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS)),
            config.limits(),
            metrics);
    LOG.infof(
        "%d documents with %d bytes in %s",
        documents.capacity().documents(), documents.capacity().storedBytes(), dataDirectory);
  }

  /** The running service. */
  @Produces
  @Singleton
  public Documents documents() {
    return documents;
  }

  /** The store, for health checks. */
  @Produces
  @Singleton
  public DocumentStore store() {
    return store;
  }

  /** The reader port. */
  @Produces
  @Singleton
  public DocumentReader reader() {
    return new StoredDocumentReader(documents);
  }

  void onShutdown(@Observes ShutdownEvent event) {
    stop();
  }

  /** Finishes what is in hand and closes the store. */
  @PreDestroy
  public synchronized void stop() {
    if (isStopped) {
      return;
    }
    isStopped = true;
    Duration timeout = config.stopTimeout();
    boolean isFinished = documents.stop(timeout);
    timer.shutdown();
    committer.close();
    executor.shutdown();
    store.close();
    LOG.infof("Documents closed%s", isFinished ? "" : "; some work was not finished");
  }
}
