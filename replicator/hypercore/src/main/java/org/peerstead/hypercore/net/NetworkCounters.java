package org.peerstead.hypercore.net;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What {@link NetworkStats} is made from. Thread-safe. */
final class NetworkCounters {
  private final LongAdder accepted = new LongAdder();
  private final LongAdder dialled = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();
  private final Map<CloseReason, LongAdder> closed = byReason();
  private final Map<CloseReason, LongAdder> refused = byReason();

  void accepted() {
    accepted.increment();
  }

  void dialled() {
    dialled.increment();
  }

  void bytesIn(int bytes) {
    bytesIn.add(bytes);
  }

  void bytesOut(int bytes) {
    bytesOut.add(bytes);
  }

  void closed(CloseReason reason) {
    count(closed, reason);
  }

  void refused(CloseReason reason) {
    count(refused, reason);
  }

  NetworkStats stats(int connections) {
    return new NetworkStats(
        connections,
        accepted.sum(),
        dialled.sum(),
        bytesIn.sum(),
        bytesOut.sum(),
        sums(closed),
        sums(refused));
  }

  private static void count(Map<CloseReason, LongAdder> counters, CloseReason reason) {
    LongAdder counter = counters.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }

  private static Map<CloseReason, LongAdder> byReason() {
    Map<CloseReason, LongAdder> counters = new EnumMap<>(CloseReason.class);
    for (CloseReason reason : CloseReason.values()) {
      counters.put(reason, new LongAdder());
    }
    return counters;
  }

  private static Map<CloseReason, Long> sums(Map<CloseReason, LongAdder> counters) {
    Map<CloseReason, Long> sums = new EnumMap<>(CloseReason.class);
    counters.forEach((reason, counter) -> sums.put(reason, counter.sum()));
    return sums;
  }
}
