package org.peerstead.discovery.rpc.core;

/** A running query. */
public interface Query {
  /** Asks nobody else; what was asked already is not waited for, nothing is committed. */
  void cancel(long nowNanos);

  /** Whether it is over. */
  boolean isFinished();
}
