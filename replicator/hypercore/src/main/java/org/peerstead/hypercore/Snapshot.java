package org.peerstead.hypercore;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.peerstead.hypercore.CoreException.Reason;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A core as it was at one time. It holds nothing back: when the core is truncated below its length,
 * it is gone. Blocks that are not stored are fetched as through its session. Thread-safe.
 */
public final class Snapshot implements AutoCloseable {
  private final Hypercore core;
  private final TreeHead head;
  private final AtomicBoolean isGone = new AtomicBoolean();
  private final Observation observation;

  Snapshot(Hypercore core, TreeHead head) {
    this.core = core;
    this.head = head;
    this.observation =
        core.observe(
            new CoreObserver() {
              @Override
              public void truncated(long fork, long length, long oldLength) {
                if (length < head.length()) {
                  isGone.set(true);
                }
              }
            });
  }

  /** The fork it was taken of. */
  public long fork() {
    return head.fork();
  }

  /** Blocks. */
  public long length() {
    return head.length();
  }

  /** Bytes of all blocks, as stored. */
  public long byteLength() {
    return head.byteLength();
  }

  /** The hash over all of it, which its signers signed. */
  public Fixed32 treeHash() {
    return head.treeHash();
  }

  /**
   * A block of it.
   *
   * @return fails with {@code OUT_OF_RANGE} at or behind its length, with {@code SNAPSHOT_GONE}
   *     when the core was truncated below it, and as {@link Hypercore#get}
   */
  public CompletableFuture<Slice> get(long index, GetOptions how) {
    if (index >= head.length()) {
      return CompletableFuture.failedFuture(
          new CoreException(
              Reason.OUT_OF_RANGE, "block " + index + " of a snapshot of " + head.length()));
    }
    return core.get(index, how)
        .thenApply(block -> {
          if (isGone.get()) {
            throw new CoreException(
                Reason.SNAPSHOT_GONE, "the core was truncated below " + head.length());
          }
          return block;
        });
  }

  /** Whether the core was truncated below it. */
  public boolean isGone() {
    return isGone.get();
  }

  @Override
  public void close() {
    observation.close();
  }
}
