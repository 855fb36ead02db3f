package org.peerstead.relay.net.netty;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What all loops count. Thread-safe. */
final class ShellCounters {
  final LongAdder accepted = new LongAdder();
  final LongAdder tlsHandshakes = new LongAdder();
  final LongAdder slowReaderDrops = new LongAdder();
  final LongAdder socketDrops = new LongAdder();
  final LongAdder engineFailures = new LongAdder();
  private final Map<ConnectionEnd, LongAdder> ended = new EnumMap<>(ConnectionEnd.class);

  ShellCounters() {
    for (ConnectionEnd end : ConnectionEnd.values()) {
      ended.put(end, new LongAdder());
    }
  }

  void ended(ConnectionEnd end) {
    LongAdder counter = ended.get(end);
    if (counter != null) {
      counter.increment();
    }
  }

  NettyRelayCounts snapshot(ConnectionLimits limits) {
    Map<ConnectionEnd, Long> ends = new EnumMap<>(ConnectionEnd.class);
    ended.forEach((end, counter) -> ends.put(end, counter.sum()));
    return new NettyRelayCounts(
        limits.connections(),
        limits.unsettled(),
        accepted.sum(),
        tlsHandshakes.sum(),
        ends,
        slowReaderDrops.sum(),
        socketDrops.sum(),
        engineFailures.sum());
  }
}
