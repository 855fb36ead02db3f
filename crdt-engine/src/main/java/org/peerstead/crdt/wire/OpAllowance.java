package org.peerstead.crdt.wire;

import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/**
 * How many operations one batch of bytes of unknown origin may still bring. Run-length encoding
 * lets a few bytes stand for any number of operations, and an operation costs memory, so the number
 * must follow what an honest author can have done: set or insert something, which takes bytes
 * unless the values are all alike; and overwrite or delete what is there, once.
 *
 * <p>Not thread-safe.
 */
public final class OpAllowance {
  /** Operations that need no bytes: a million items of one value, inserted at once. */
  private static final int FREE = 1 << 20;

  /** Operations that the making of an object counts for, besides its own. */
  public static final int EXTRA_OF_OBJECT = 7;

  /** Operations granted per byte. */
  private static final int PER_BYTE = 16;

  /** DEFLATE makes at best one byte of about a thousand. */
  private static final int MAX_DEFLATE_RATIO = 1032;

  private final long maxTotal;
  private long left;
  private long total;

  /**
   * @param bytes size of the batch
   * @param existing operations of the document before the batch, objects weighted
   * @param maxTotal operations that the document may have after the batch
   */
  public OpAllowance(long bytes, long existing, long maxTotal) {
    this.maxTotal = maxTotal;
    this.left = FREE + PER_BYTE * bytes + existing;
    this.total = existing;
  }

  /** Only the document's own bound: for changes that were let in before. */
  public static OpAllowance unlessFull(long existing, long maxTotal) {
    OpAllowance allowance = new OpAllowance(0, existing, maxTotal);
    allowance.left = maxTotal;
    return allowance;
  }

  /** Tells that part of the batch turned out to be larger than it looked. */
  public void inflated(long moreBytes) {
    left += PER_BYTE * Math.max(0, moreBytes);
  }

  /** Operations that the next change may have at most. */
  public long left() {
    return Math.max(0, Math.min(left, maxTotal - total));
  }

  /**
   * Tells that part of the batch is a document chunk, whose columns may be deflated, and returns
   * how many operations it may have.
   */
  public int leftForDocument(long chunkBytes) {
    left += chunkBytes * MAX_DEFLATE_RATIO;
    return (int) Math.min(Integer.MAX_VALUE, left());
  }

  /** Counts work on operations that do not come to stay by it. */
  public void spend(long operations) {
    left -= operations;
  }

  /** Counts the operations of a change. */
  public void take(long operations) {
    left -= operations;
    total += operations;
  }

  AutomergeFormatException exceeded() {
    return new AutomergeFormatException(
        Reason.LIMIT_EXCEEDED,
        "more operations than "
            + left()
            + ", the most that so few bytes may bring to a document of "
            + total
            + " of at most "
            + maxTotal);
  }
}
