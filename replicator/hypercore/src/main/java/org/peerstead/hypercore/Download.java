package org.peerstead.hypercore;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreException.Reason;
import org.peerstead.hypercore.replication.CoreReplication;
import org.peerstead.hypercore.replication.GetListener;

/** A range of blocks that is being fetched. Ends with its session. Thread-safe. */
public final class Download implements AutoCloseable {
  private final Hypercore core;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Runnable ending = this::cancel;
  private org.peerstead.hypercore.replication.@Nullable Download running;
  private boolean isCancelled;

  Download(Hypercore core) {
    this.core = core;
  }

  /**
   * Completes when all blocks of the range are stored; never for a live one. Fails with {@code
   * CANCELLED} after {@link #close}, with {@code CLOSED} when the session ends and with {@code
   * FROZEN}.
   */
  public CompletableFuture<Void> done() {
    return done.copy();
  }

  /** Fetches no more; blocks that came stay. */
  @Override
  public void close() {
    core.execute(() -> {
      core.endings().remove(ending);
      isCancelled = true;
      cancelRunning();
      fail(new CoreException(Reason.CANCELLED, "the download was closed"));
    });
  }

  /** On the owner's thread. */
  void begin(
      CoreReplication replication,
      long from,
      long to,
      DownloadOrder order,
      CompletableFuture<Void> started) {
    if (!isCancelled) {
      core.endings().add(ending);
      running =
          replication.download(
              from,
              to < 0 ? org.peerstead.hypercore.replication.Download.LIVE : to,
              switch (order) {
                case LINEAR -> org.peerstead.hypercore.replication.Download.Order.LINEAR;
                case RANDOM -> org.peerstead.hypercore.replication.Download.Order.RANDOM;
              },
              new org.peerstead.hypercore.replication.Download.Listener() {
                @Override
                public void completed() {
                  core.endings().remove(ending);
                  done.complete(null);
                }

                @Override
                public void failed(GetListener.Failure failure) {
                  core.endings().remove(ending);
                  fail(Hypercore.failed(failure, "the download"));
                }
              },
              System.nanoTime());
    }
    started.complete(null);
  }

  void fail(Throwable problem) {
    done.completeExceptionally(problem);
  }

  private void cancel() {
    cancelRunning();
    fail(new CoreException(Reason.CLOSED, "the session is closed"));
  }

  private void cancelRunning() {
    if (running != null) {
      running.cancel(System.nanoTime());
      running = null;
    }
  }
}
