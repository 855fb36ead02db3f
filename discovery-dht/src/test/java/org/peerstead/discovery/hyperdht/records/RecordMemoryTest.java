package org.peerstead.discovery.hyperdht.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.discovery.hyperdht.records.Announcer.host;
import static org.peerstead.discovery.hyperdht.records.Announcer.key;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.store.DhtStore;

/** Heap that announced records take, each in a topic of its own; npm hyperdht needs about 900. */
class RecordMemoryTest {
  private static final int RECORDS = 100_000;

  @Test
  void record_shouldTakeLessThan300Bytes() {
    // All from one host as from a load generator; then each from a host and network of its own.
    assertThat(bytesPerRecord(0)).isBetween(100.0, 200.0);
    assertThat(bytesPerRecord(256)).isBetween(100.0, 300.0);
  }

  private static double bytesPerRecord(int hostDistance) {
    long before = usedHeap();
    var random = new SplittableRandom(1);
    var at =
        new Announcer(
            new RecordBook(
                RecordLimits.DEFAULT,
                DhtStore.NONE,
                random,
                random::nextBytes,
                RecordListener.NONE));
    for (int i = 0; i < RECORDS; i++) {
      at.book.announce(
          key(2 * i),
          host(0x20000000 + i * hostDistance),
          key(2 * i + 1),
          Announcer.record(2 * i + 1, 1),
          null,
          0,
          at.now);
    }
    long after = usedHeap();
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD).held()).isEqualTo(RECORDS);
    return (after - before) / (double) RECORDS;
  }

  private static long usedHeap() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    // The second one takes what the finalization of the first has set free.
    memory.gc();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }
}
