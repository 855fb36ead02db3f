package org.peerstead.hypercore;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreException.Reason;
import org.peerstead.securestream.encoding.Slice;

/**
 * Blocks of a core in order, a few of them fetched before they are asked for.
 *
 * <p>A live reader never ends by itself. When the core is truncated below what was read, it goes
 * back: blocks that replace others are read although their indexes were. Thread-safe; one {@link
 * #next} at a time.
 */
public final class BlockReader implements AutoCloseable {
  private static final int AHEAD_BLOCKS = 64;
  private static final int AHEAD_BYTES = 1 << 20;

  private record Ahead(long index, CompletableFuture<Slice> block) {}

  private final Hypercore core;
  private final long to;
  private final GetOptions each;
  private final Observation observation;
  private final ArrayDeque<Ahead> ahead = new ArrayDeque<>();
  private long position;
  private long known = -1;
  private @Nullable CompletableFuture<Optional<ReadBlock>> pending;
  private @Nullable CoreException problem;

  BlockReader(Hypercore core, long from, long to, GetOptions each) {
    this.core = core;
    this.position = Math.max(0, from);
    this.to = to;
    this.each = each;
    if (to < 0) {
      observation =
          core.observe(
              new CoreObserver() {
                @Override
                public void appended(long start, long end) {
                  grown(end);
                }

                @Override
                public void truncated(long fork, long length, long oldLength) {
                  back(length);
                }
              });
      core.info()
          .whenComplete((info, failure) -> {
            if (info != null) {
              grown(info.length());
            } else {
              fail(new CoreException(Reason.CLOSED, "the session is closed", failure));
            }
          });
    } else {
      known = to;
      observation = () -> {};
    }
  }

  /**
   * The next block; empty behind the last one.
   *
   * @return fails as {@link Hypercore#get}; the next call tries the block again
   * @throws IllegalStateException while the answer of the call before is not there
   */
  public synchronized CompletableFuture<Optional<ReadBlock>> next() {
    if (pending != null && !pending.isDone()) {
      throw new IllegalStateException("one next() at a time");
    }
    CompletableFuture<Optional<ReadBlock>> answer = new CompletableFuture<>();
    pending = answer;
    serve();
    return answer;
  }

  /** Reads no more. */
  @Override
  public void close() {
    observation.close();
    fail(new CoreException(Reason.CLOSED, "the reader is closed"));
  }

  private synchronized void grown(long length) {
    if (length > known) {
      known = length;
      serve();
    }
  }

  private synchronized void back(long length) {
    known = length;
    while (!ahead.isEmpty() && ahead.getLast().index() >= length) {
      ahead.removeLast();
    }
    position = Math.min(position, length);
  }

  private synchronized void fail(CoreException reason) {
    problem = reason;
    ahead.clear();
    serve();
  }

  private void serve() {
    CompletableFuture<Optional<ReadBlock>> answer = pending;
    if (problem == null) {
      fill();
    }
    if (answer == null || answer.isDone()) {
      return;
    }
    if (problem != null) {
      answer.completeExceptionally(problem);
      return;
    }
    Ahead next = ahead.peek();
    if (next == null) {
      if (to >= 0) {
        answer.complete(Optional.empty());
      }
      return;
    }
    next.block()
        .whenComplete((block, failure) -> {
          if (take(next, block == null)) {
            if (block == null) {
              answer.completeExceptionally(cause(failure));
            } else {
              answer.complete(Optional.of(new ReadBlock(next.index(), block)));
            }
          } else {
            retry();
          }
        });
  }

  /** Takes the first of what was fetched; false when the reader went back behind it meanwhile. */
  private synchronized boolean take(Ahead next, boolean isFailed) {
    if (ahead.peek() != next) {
      return false;
    }
    if (isFailed) {
      ahead.clear();
      position = next.index();
    } else {
      ahead.remove();
    }
    return true;
  }

  private synchronized void retry() {
    serve();
  }

  private void fill() {
    long end = to < 0 ? known : to;
    int bytes = 0;
    for (Ahead each : ahead) {
      bytes += bytesOf(each);
    }
    while (position < end && ahead.size() < AHEAD_BLOCKS && bytes < AHEAD_BYTES) {
      Ahead more = new Ahead(position, core.get(position, each));
      ahead.add(more);
      position++;
      bytes += bytesOf(more);
    }
  }

  private static int bytesOf(Ahead block) {
    return block.block().isDone() && !block.block().isCompletedExceptionally()
        ? block.block().resultNow().length()
        : 0;
  }

  private static Throwable cause(@Nullable Throwable failure) {
    return failure == null
        ? new CoreException(Reason.CANCELLED, "given up")
        : failure instanceof java.util.concurrent.CompletionException wrapped
                && wrapped.getCause() != null
            ? wrapped.getCause()
            : failure;
  }
}
