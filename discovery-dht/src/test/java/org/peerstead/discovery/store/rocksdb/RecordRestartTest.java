package org.peerstead.discovery.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** The records of a node over several restarts with the store on disk. */
class RecordRestartTest {
  private static final RocksDhtStoreConfig CONFIG = new RocksDhtStoreConfig(1 << 20, 1 << 20);
  private static final long AGE = RecordLimits.DEFAULT.recordAge().toMillis();
  private static final NodeAddress SOURCE = NodeAddress.parse("192.0.2.1:49737");
  private static final int TOPICS = 400;

  @TempDir private Path directory;

  private final SplittableRandom random = new SplittableRandom(1);
  private long now = 1_800_000_000_000L;

  @Test
  void lookups_shouldBeTheSameAfterARestart() {
    Map<Fixed32, Long> announced = new HashMap<>();
    for (int life = 0; life < 6; life++) {
      try (var store = RocksDhtStore.open(directory, CONFIG)) {
        RecordBook book = book(store);
        book.load(now);
        announced.values().removeIf(at -> at + AGE <= now);
        assertThat(book.counts().loaded()).isEqualTo(announced.size());
        assertThat(book.counts().damaged() + store.skippedRows()).isZero();
        check(book, announced);
        use(book, store, announced);
        check(book, announced);
      }
      now += AGE / 4;
    }
    now += AGE;
    try (var store = RocksDhtStore.open(directory, CONFIG)) {
      book(store).load(now);
      store.replay(Section.RECORDS, (key, expiresAt, value) -> assertThat(key).isNull());
    }
  }

  private RecordBook book(DhtStore store) {
    return new RecordBook(
        RecordLimits.DEFAULT, store, random, random::nextBytes, RecordListener.NONE);
  }

  private void use(RecordBook book, DhtStore store, Map<Fixed32, Long> announced) {
    for (int i = 0; i < 3_000; i++) {
      Fixed32 topic = key(random.nextInt(TOPICS));
      if (random.nextInt(4) == 0) {
        assertThat(book.unannounce(topic, topic)).isEqualTo(announced.remove(topic) != null);
      } else {
        book.announce(topic, SOURCE, topic, record(topic), null, 0, now);
        announced.put(topic, now);
      }
      if (i % 10 == 0) {
        store.commit();
      }
    }
  }

  private void check(RecordBook book, Map<Fixed32, Long> announced) {
    for (int i = 0; i < TOPICS; i++) {
      var reply = new CompactWriter();
      book.lookup(key(i), RecordBook.MAX_LOOKUP, reply, now);
      Slice expected =
          announced.containsKey(key(i))
              ? new CompactWriter().uint(1).raw(record(key(i))).uint(0).toSlice()
              : Slice.EMPTY;
      assertThat(reply.toSlice()).isEqualTo(expected);
    }
    assertThat(book.counts().of(RecordKind.TOPIC_RECORD).held()).isEqualTo(announced.size());
  }

  private static Fixed32 key(int number) {
    byte[] bytes = new byte[Fixed32.SIZE];
    bytes[0] = (byte) number;
    bytes[31] = (byte) (number >> 8);
    return Fixed32.of(bytes);
  }

  private static Slice record(Fixed32 publicKey) {
    return new CompactWriter().fixed32(publicKey).uint(0).toSlice();
  }
}
