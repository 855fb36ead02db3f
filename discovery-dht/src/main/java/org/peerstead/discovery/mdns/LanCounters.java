package org.peerstead.discovery.mdns;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.peerstead.discovery.mdns.core.DropReason;

/** Written by the thread of discovery, read by all. */
final class LanCounters {
  final LongAdder sentDatagrams = new LongAdder();
  final LongAdder sentBytes = new LongAdder();
  final LongAdder receivedDatagrams = new LongAdder();
  final LongAdder receivedBytes = new LongAdder();
  final LongAdder failedSends = new LongAdder();
  final LongAdder renames = new LongAdder();
  private final AtomicLongArray dropped = new AtomicLongArray(DropReason.values().length);

  void dropped(DropReason reason) {
    dropped.incrementAndGet(reason.ordinal());
  }

  LanStatus status(int links, int peers) {
    Map<DropReason, Long> byReason = new EnumMap<>(DropReason.class);
    for (DropReason reason : DropReason.values()) {
      byReason.put(reason, dropped.get(reason.ordinal()));
    }
    return new LanStatus(
        links,
        peers,
        sentDatagrams.sum(),
        sentBytes.sum(),
        receivedDatagrams.sum(),
        receivedBytes.sum(),
        failedSends.sum(),
        renames.sum(),
        byReason);
  }
}
