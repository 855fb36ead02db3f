package org.peerstead.hypercore.replication;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.function.LongPredicate;

/** Batches of blocks that a peer was asked to tell us about, oldest first. Not thread-safe. */
final class LocalWants {
  private final LinkedHashSet<Long> batches = new LinkedHashSet<>();
  private final int maxWants;

  LocalWants(int maxWants) {
    this.maxWants = maxWants;
  }

  boolean contains(long batch) {
    return batches.contains(batch);
  }

  boolean isFull() {
    return batches.size() >= maxWants;
  }

  void add(long batch) {
    batches.add(batch);
  }

  /** Removes the oldest batch that is of no more use and returns it, or -1. */
  long removeUseless(LongPredicate isUseless) {
    Iterator<Long> iterator = batches.iterator();
    while (iterator.hasNext()) {
      long batch = iterator.next();
      if (isUseless.test(batch)) {
        iterator.remove();
        return batch;
      }
    }
    return -1;
  }
}
