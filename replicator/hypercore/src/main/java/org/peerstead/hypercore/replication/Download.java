package org.peerstead.hypercore.replication;

import org.jspecify.annotations.Nullable;

/** A range of blocks to be fetched from whoever has them. Owner's thread only. */
public final class Download implements Ticket {
  /** {@link #to()} of a download that follows the core for ever. */
  public static final long LIVE = -1;

  /** In which order blocks are asked for. */
  public enum Order {
    /** Ascending. */
    LINEAR,
    /** Spread over the range, so that many peers soon have different blocks. */
    RANDOM
  }

  /** Is told about the end. */
  public interface Listener {
    /** All blocks of the range are stored. Never called for a live download. */
    void completed();

    /** The core stopped replicating before. Not called after a cancel. */
    default void failed(GetListener.Failure failure) {}
  }

  private final CoreReplication replication;
  private final long from;
  private final long to;
  private final Order order;
  final @Nullable Listener listener;

  /** All blocks of the range below this are stored. */
  long firstMissing;

  /** All blocks of the range below this are stored or asked for. */
  long cursor;

  boolean isDone;

  Download(
      CoreReplication replication, long from, long to, Order order, @Nullable Listener listener) {
    this.replication = replication;
    this.from = from;
    this.to = to;
    this.order = order;
    this.listener = listener;
    this.firstMissing = from;
    this.cursor = from;
  }

  /** First block. */
  public long from() {
    return from;
  }

  /** Behind the last block, or {@link #LIVE}. */
  public long to() {
    return to;
  }

  /** In which order blocks are asked for. */
  public Order order() {
    return order;
  }

  /** Whether it is complete, failed or cancelled. */
  public boolean isDone() {
    return isDone;
  }

  /** The end of what can be asked for now. */
  long end(long length) {
    return to == LIVE ? length : Math.min(to, length);
  }

  @Override
  public void cancel(long nowNanos) {
    replication.cancel(this, nowNanos);
  }
}
