package org.peerstead.hypercore.replication;

/** Somebody who waits for a block. */
record BlockWait(CoreReplication replication, long index, int priority, GetListener listener)
    implements Ticket {
  @Override
  public void cancel(long nowNanos) {
    replication.cancel(this, nowNanos);
  }

  /** Two waits are never the same, even with equal content. */
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
