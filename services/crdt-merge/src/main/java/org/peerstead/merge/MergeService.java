package org.peerstead.merge;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.DocumentReader;
import org.peerstead.merge.store.DocumentStore;
import org.peerstead.merge.store.rocksdb.RocksDocumentStore;
import org.peerstead.merge.store.rocksdb.RocksStoreConfig;

/**
 * Opens the store, runs the service on it, and closes both in order. The store is {@code documents}
 * in the folder {@code peerstead.data}. With {@code peerstead.documents.enabled=false} nothing is
 * opened.
 */
@Startup
@ApplicationScoped
public class MergeService {
  private static final Logger LOG = Logger.getLogger(MergeService.class);

  /** After the faces to the network, which observe the same event with smaller numbers. */
  private static final int STOP_PRIORITY = 3000;

  private final @Nullable Running running;

  /** Opens the store; fails with a {@link org.peerstead.merge.store.StorageException}. */
  @Inject
  public MergeService(
      MergeConfig config,
      @ConfigProperty(name = "peerstead.data") Path dataFolder,
      MeterRegistry registry,
      BusOutbox outbox) {
    running = config.enabled() ? new Running(config, dataFolder, registry, outbox) : null;
  }

  /** The running service; empty when this process does not own documents. */
  public Optional<Documents> documents() {
    return Optional.ofNullable(running).map(present -> present.documents);
  }

  /** The reader port. */
  @Produces
  @Singleton
  public DocumentReader reader() {
    return running == null
        ? new AbsentDocumentReader()
        : new StoredDocumentReader(running.documents);
  }

  void onShutdown(@Observes @Priority(STOP_PRIORITY) ShutdownEvent event) {
    stop();
  }

  /** Finishes what is in hand and closes the store. */
  @PreDestroy
  public void stop() {
    if (running != null) {
      running.stop();
    }
  }

  /** Everything that has to be closed again. */
  private static final class Running {
    private final Duration stopTimeout;
    private final DocumentStore store;
    private final GroupCommit committer;
    private final ExecutorService executor;
    private final ScheduledExecutorService timer;
    private final Documents documents;
    private boolean isStopped;

    Running(MergeConfig config, Path dataFolder, MeterRegistry registry, BusOutbox outbox) {
      stopTimeout = config.stopTimeout();
      var metrics = new MergeMetrics(registry);
      store =
          RocksDocumentStore.open(
              dataFolder.resolve("documents"),
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
          documents.capacity().documents(), documents.capacity().storedBytes(), dataFolder);
    }

    synchronized void stop() {
      if (isStopped) {
        return;
      }
      isStopped = true;
      boolean isFinished = documents.stop(stopTimeout);
      timer.shutdown();
      committer.close();
      executor.shutdown();
      store.close();
      LOG.infof("Documents closed%s", isFinished ? "" : "; some work was not finished");
    }
  }
}
