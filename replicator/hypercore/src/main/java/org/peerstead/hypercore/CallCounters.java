package org.peerstead.hypercore;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.peerstead.hypercore.net.NetworkStats;

/** What {@link HypercoresStats} is made from. Thread-safe. */
final class CallCounters {
  private final AtomicInteger sessions = new AtomicInteger();
  private final LongAdder appends = new LongAdder();
  private final LongAdder appendedBlocks = new LongAdder();
  private final LongAdder appendedBytes = new LongAdder();

  void sessions(int more) {
    sessions.addAndGet(more);
  }

  void changed(int blocks, long bytes) {
    appends.increment();
    appendedBlocks.add(blocks);
    appendedBytes.add(bytes);
  }

  HypercoresStats stats(
      NetworkStats network, int openCores, int idleCores, int waitingCalls, long syncs) {
    return new HypercoresStats(
        network,
        openCores,
        idleCores,
        sessions.get(),
        waitingCalls,
        appends.sum(),
        appendedBlocks.sum(),
        appendedBytes.sum(),
        syncs);
  }
}
