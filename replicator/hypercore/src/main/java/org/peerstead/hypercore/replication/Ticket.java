package org.peerstead.hypercore.replication;

/** Something asked for that can be given up. */
@FunctionalInterface
public interface Ticket {
  /** Gives it up; does nothing when it is done. */
  void cancel(long nowNanos);
}
