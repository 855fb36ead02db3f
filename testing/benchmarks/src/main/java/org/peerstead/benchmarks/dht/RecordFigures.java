package org.peerstead.benchmarks.dht;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStoreConfig;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Processor time and memory of the records of a DHT node, without network and signatures: each
 * record in a topic of its own, and topics of 20 and of 2,000 records.
 *
 * <p>Arguments: number of records (100,000), and a folder for a store on disk (a temporary one).
 */
public final class RecordFigures {
  private static final int COMMIT_EVERY = 64;
  private static final int LOOKUPS = 1_000_000;
  private static final long START = 1_800_000_000_000L;

  private final int records;
  private final PrintStream out;
  private final RandomGenerator random = new SplittableRandom(1);
  private final Fixed32[] topics;
  private final Fixed32[] publicKeys;
  private final Slice[] encoded;

  private RecordFigures(int records, PrintStream out) {
    this.records = records;
    this.out = out;
    this.topics = new Fixed32[records];
    this.publicKeys = new Fixed32[records];
    this.encoded = new Slice[records];
    for (int i = 0; i < records; i++) {
      topics[i] = key();
      publicKeys[i] = key();
      encoded[i] = peerRecord(publicKeys[i]);
    }
  }

  /**
   * Measures and prints.
   *
   * @throws IOException when there is no place for the store
   */
  public static void main(String[] arguments) throws IOException {
    int records = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
    var figures = new RecordFigures(records, System.out);
    // The first run compiles.
    figures.run("warm up", DhtStore.NONE, 0);
    figures.run("in memory, all from one host", DhtStore.NONE, 0);
    figures.run("in memory, each from its own network", DhtStore.NONE, 256);
    Path folder =
        arguments.length > 1
            ? Path.of(arguments[1])
            : Files.createTempDirectory("peerstead-record-figures");
    try (var store = RocksDhtStore.open(folder, RocksDhtStoreConfig.DEFAULT)) {
      figures.run("on RocksDB, a commit each " + COMMIT_EVERY, store, 256);
    }
    figures.restart(folder);
  }

  private Fixed32 key() {
    byte[] bytes = new byte[Fixed32.SIZE];
    random.nextBytes(bytes);
    return Fixed32.of(bytes);
  }

  private static Slice peerRecord(Fixed32 publicKey) {
    var writer = new CompactWriter(51);
    writer.fixed32(publicKey).uint(3);
    for (int i = 0; i < 3; i++) {
      new NodeAddress(0x0a000001 + i, 49_737).write(writer);
    }
    return Slice.of(writer.toByteArray());
  }

  private RecordBook book(DhtStore store) {
    return new RecordBook(
        RecordLimits.DEFAULT.withRecords(4 * records, records, 4 * records, 4 * records),
        store,
        new SplittableRandom(2),
        random::nextBytes,
        RecordListener.NONE);
  }

  private void run(String title, DhtStore store, int hostDistance) {
    out.printf("%n%s: %,d records%n", title, records);
    long before = usedHeap();
    RecordBook book = book(store);
    IntConsumer announce =
        i -> {
          book.announce(
              topics[i],
              new NodeAddress(0x20000000 + i * hostDistance, 4000),
              publicKeys[i],
              encoded[i],
              null,
              0,
              START);
          if (i % COMMIT_EVERY == 0) {
            store.commit();
          }
        };
    measure("announce a new record", records, announce);
    store.commit();
    out.printf(
        Locale.ROOT,
        "%-32s %8.1f B each%n",
        "heap",
        (usedHeap() - before) / (double) book.counts().of(RecordKind.TOPIC_RECORD).held());
    int[] order = new int[LOOKUPS];
    for (int i = 0; i < LOOKUPS; i++) {
      order[i] = random.nextInt(records);
    }
    measure("announce it again", records, i -> announce.accept(order[i % LOOKUPS]));
    measure("look up a topic of 1", LOOKUPS, i -> lookup(book, topics[order[i]]));
    measure("look up no topic", LOOKUPS, i -> lookup(book, publicKeys[order[i]]));
    Fixed32 twenty = crowd(book, 20, hostDistance);
    Fixed32 many = crowd(book, 2_000, hostDistance);
    measure("look up 20 of 20", LOOKUPS, i -> lookup(book, twenty));
    measure("look up 20 of 2,000", LOOKUPS, i -> lookup(book, many));
    measure(
        "announce again one of 2,000", LOOKUPS, i -> member(book, many, i % 2_000, hostDistance));
    store.commit();
    if (store == DhtStore.NONE) {
      long later = START + RecordLimits.DEFAULT.recordAge().toMillis();
      measure(
          "forget",
          records,
          i -> {
            if (i % 2_000 == 0) {
              book.advance(later);
            }
          });
    }
  }

  private Fixed32 crowd(RecordBook book, int members, int hostDistance) {
    Fixed32 topic = key();
    for (int i = 0; i < members; i++) {
      member(book, topic, i, hostDistance);
    }
    return topic;
  }

  private void member(RecordBook book, Fixed32 topic, int i, int hostDistance) {
    book.announce(
        topic,
        new NodeAddress(0x40000000 + i * hostDistance, 4000),
        publicKeys[i],
        encoded[i],
        null,
        0,
        START);
  }

  private static void lookup(RecordBook book, Fixed32 topic) {
    book.lookup(topic, RecordBook.MAX_LOOKUP, new CompactWriter(1_100), START);
  }

  private void restart(Path folder) {
    try (var store = RocksDhtStore.open(folder, RocksDhtStoreConfig.DEFAULT)) {
      RecordBook book = book(store);
      long start = System.nanoTime();
      book.load(START);
      out.printf(
          Locale.ROOT,
          "%-32s %8.0f ms, %,d records, %,d bytes on disk%n",
          "load after a restart",
          (System.nanoTime() - start) / 1e6,
          book.counts().loaded(),
          store.diskBytes());
    }
  }

  private void measure(String what, int times, IntConsumer action) {
    long allocated = allocatedBytes();
    long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      action.accept(i);
    }
    long nanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
    out.printf(
        Locale.ROOT,
        "%-32s %8.0f ns %8.0f B allocated%n",
        what,
        nanos / (double) times,
        (allocatedBytes() - allocated) / (double) times);
  }

  private static long allocatedBytes() {
    return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
        ? threads.getCurrentThreadAllocatedBytes()
        : 0;
  }

  private static long usedHeap() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }
}
