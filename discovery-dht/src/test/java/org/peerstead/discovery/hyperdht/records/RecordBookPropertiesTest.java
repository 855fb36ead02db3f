package org.peerstead.discovery.hyperdht.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.discovery.hyperdht.records.Announcer.key;
import static org.peerstead.discovery.hyperdht.records.Announcer.record;
import static org.peerstead.discovery.hyperdht.records.Announcer.target;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.hyperdht.records.Announcer.Found;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.InMemoryDhtStore;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

class RecordBookPropertiesTest {
  private static final long AGE = RecordLimits.DEFAULT.recordAge().toMillis();

  private record Entry(int topic, int peer) {}

  private record Held(int relayPort, long expiresAt) {}

  @Test
  void book_shouldHoldWhatAMapHolds() {
    SeededCases.of("book against a map", 1, 30).run(RecordBookPropertiesTest::compare);
  }

  private static void compare(RandomGenerator random) {
    var store = new InMemoryDhtStore();
    Announcer at = start(RecordLimits.DEFAULT, store, random, RecordListener.NONE);
    Map<Entry, Held> model = new HashMap<>();
    int topics = 1 + random.nextInt(20);
    int peers = 1 + random.nextInt(120);
    for (int step = 0; step < 2_000; step++) {
      int topic = random.nextInt(topics);
      int peer = random.nextInt(peers);
      int address = random.nextInt(40) << 6;
      Entry entry = new Entry(topic, peer);
      long now = at.now;
      switch (random.nextInt(12)) {
        case 0 -> {
          boolean isHeld = isAlive(model.remove(entry), now);
          assertThat(at.book.unannounce(key(topic), key(peer)) || !isHeld).isTrue();
        }
        case 1 -> at.now += random.nextLong(AGE / 100);
        case 2 -> at.book.advance(at.now);
        case 3 -> {
          if (random.nextInt(20) == 0) {
            store.commit();
            Announcer next = start(RecordLimits.DEFAULT, store, random, RecordListener.NONE);
            next.now = now;
            next.book.load(now);
            at = next;
          }
        }
        case 4, 5 -> checkTopic(at, model, topic);
        default -> {
          int port = random.nextInt(9);
          Stored stored = at.announce(topic, peer, address, port, null, 0);
          assertThat(stored.isAccepted()).isTrue();
          if (isAlive(model.put(entry, new Held(port, now + AGE)), now)) {
            assertThat(stored).isEqualTo(Stored.RENEWED);
          }
          assertThat(at.lookup(topic)).isNotEmpty();
        }
      }
    }
    for (int topic = 0; topic < topics; topic++) {
      checkTopic(at, model, topic);
    }
    at.now += AGE;
    while (at.book.advance(at.now)) {
      // Until all is forgotten.
    }
    assertThat(at.book.counts().topics()).isZero();
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD).hosts()).isZero();
    store.commit();
    assertThat(store.size(DhtStore.Section.RECORDS)).isZero();
  }

  private static boolean isAlive(@Nullable Held held, long now) {
    return held != null && held.expiresAt > now;
  }

  private static void checkTopic(Announcer at, Map<Entry, Held> model, int topic) {
    List<Found> expected = new ArrayList<>();
    model.forEach((entry, held) -> {
      if (entry.topic == topic && isAlive(held, at.now)) {
        expected.add(new Found(key(entry.peer), held.relayPort));
      }
    });
    assertThat(at.lookup(topic)).doesNotHaveDuplicates().isSubsetOf(expected);
    at.book.advance(at.now);
    assertThat(at.lookup(topic)).hasSize(Math.min(20, expected.size()));
  }

  /** Whatever is announced, no limit is passed, and everything is accounted for. */
  @Test
  void limits_shouldHoldAndNothingShouldBeForgottenSilently() {
    SeededCases.of("limits of the book", 2, 30).run(RecordBookPropertiesTest::flood);
  }

  private static final class Tally implements RecordListener {
    final Map<Integer, Integer> ofNetwork = new HashMap<>();
    int evicted;
    int refused;

    @Override
    public void evicted(RecordKind kind, Eviction why, int host) {
      evicted++;
      int before = ofNetwork.getOrDefault(host >>> 8, 0);
      int most = ofNetwork.values().stream().mapToInt(i -> i).max().orElse(0);
      if (why == Eviction.STORE_FULL) {
        // Classes of networks go by powers of two.
        assertThat(2 * before)
            .as("of a network that had %d of %d", before, most)
            .isGreaterThan(most);
      }
      ofNetwork.put(host >>> 8, before - 1);
    }

    @Override
    public void refused(RecordKind kind, Stored why, int host) {
      refused++;
    }
  }

  private static void flood(RandomGenerator random) {
    int total = 50 + random.nextInt(300);
    int perTopic = 1 + random.nextInt(60);
    int perHost = 10 + random.nextInt(150);
    int perNetwork = perHost + random.nextInt(150);
    var tally = new Tally();
    Announcer at =
        start(
            RecordLimits.DEFAULT.withRecords(total, perTopic, perHost, perNetwork),
            DhtStore.NONE,
            random,
            tally);
    int topics = 1 + random.nextInt(100);
    int hosts = 1 + random.nextInt(60);
    int stored = 0;
    for (int step = 0; step < 3_000; step++) {
      int topic = random.nextInt(topics);
      // Few hosts announce most.
      int host = (int) Math.abs(random.nextGaussian() * hosts / 3);
      int address = (host % 7) << 8 | host;
      if (at.announce(topic, step, address) == Stored.STORED) {
        stored++;
        tally.ofNetwork.merge(address >>> 8, 1, Integer::sum);
      }
      KindCounts counts = at.book.counts().of(RecordKind.TOPIC_RECORD);
      assertThat(counts.held()).isLessThanOrEqualTo(total);
      assertThat(counts.held()).isEqualTo(stored - tally.evicted);
      assertThat(counts.evicted()).isEqualTo(tally.evicted);
      assertThat(counts.refused()).isEqualTo(tally.refused);
      assertThat(stored + tally.refused).isEqualTo(step + 1);
      assertThat(tally.ofNetwork.values()).allMatch(count -> count <= perNetwork);
      assertThat(at.lookup(topic).size()).isLessThanOrEqualTo(perTopic);
    }
    assertThat(tally.ofNetwork.values().stream().mapToInt(i -> i).sum())
        .isEqualTo(stored - tally.evicted);
  }

  /** Whatever was done, limits and restarts included, after the age nothing is left of it. */
  @Test
  void book_shouldBeEmptyWhenEverythingHasExpired() {
    SeededCases.of("all operations of the book", 3, 40)
        .run(RecordBookPropertiesTest::useEverything);
  }

  private static void useEverything(RandomGenerator random) {
    RecordLimits limits =
        RecordLimits.DEFAULT
            .withRecords(
                30 + random.nextInt(300),
                1 + random.nextInt(50),
                10 + random.nextInt(200),
                10 + random.nextInt(200))
            .withRoutes(
                1 + random.nextInt(20),
                1 + random.nextInt(10),
                1 + random.nextInt(20),
                1 + random.nextInt(20))
            .withValues(
                1 + random.nextInt(20),
                1 + random.nextInt(20),
                1 + random.nextInt(10),
                1 + random.nextInt(20),
                200);
    var store = new InMemoryDhtStore();
    Announcer at = start(limits, store, random, RecordListener.NONE);
    for (int step = 0; step < 3_000; step++) {
      if (random.nextInt(500) == 0) {
        store.commit();
        RecordCounts before = at.book.counts();
        Announcer next = start(limits, store, random, RecordListener.NONE);
        next.now = at.now;
        next.book.load(at.now);
        RecordCounts after = next.book.counts();
        for (RecordKind kind : RecordKind.values()) {
          assertThat(after.of(kind).held()).isLessThanOrEqualTo(before.of(kind).held());
          assertThat(after.of(kind).refused()).isZero();
        }
        assertThat(after.damaged()).isZero();
        at = next;
      }
      useOnce(at, random);
    }
    at.now += limits.valueAge().toMillis();
    while (at.book.advance(at.now)) {
      // Until all is forgotten.
    }
    RecordCounts counts = at.book.counts();
    assertThat(counts.topics()).isZero();
    assertThat(counts.refreshTokens()).isZero();
    for (RecordKind kind : RecordKind.values()) {
      assertThat(counts.of(kind).held()).isZero();
      assertThat(counts.of(kind).hosts()).isZero();
    }
    store.commit();
    for (DhtStore.Section section : DhtStore.Section.values()) {
      assertThat(store.size(section)).as(section.name()).isZero();
    }
  }

  /** One random operation; keys meet those of other operations often. */
  private static void useOnce(Announcer at, RandomGenerator random) {
    int peer = random.nextInt(40);
    int address = random.nextInt(60) << 5;
    Fixed32 topic = random.nextInt(3) == 0 ? target(random.nextInt(40)) : key(random.nextInt(30));
    NodeAddress source = new NodeAddress(address, random.nextInt(65_536));
    Fixed32 secret = key(random.nextInt(50));
    @Nullable Fixed32 token = random.nextBoolean() ? Blake2b.hash(secret.toSlice()) : null;
    switch (random.nextInt(10)) {
      case 0 -> at.now += random.nextLong(AGE / 50);
      case 1 -> at.book.unannounce(topic, key(peer));
      case 2 ->
          at.book.announceRoute(target(peer), source, key(peer), record(peer, 1), token, at.now);
      case 3 -> at.book.refresh(secret, source, at.now);
      case 4 -> {
        Slice value = Slice.of(new byte[65 + random.nextInt(200)]);
        at.book.putMutable(target(peer), 0, value, source, at.now);
        at.book.putImmutable(key(peer), value, source, at.now);
      }
      case 5 -> {
        assertThat(at.lookup(topic, 1 + random.nextInt(20))).doesNotHaveDuplicates();
        at.book.route(topic, at.now);
        at.book.mutable(topic, at.now);
        at.book.immutable(topic, at.now);
      }
      default ->
          at.book.announce(
              topic,
              source,
              key(peer),
              record(peer, 2),
              token,
              random.nextLong(2 * at.now),
              at.now);
    }
  }

  private static Announcer start(
      RecordLimits limits, DhtStore store, RandomGenerator random, RecordListener listener) {
    return new Announcer(new RecordBook(limits, store, random, random::nextBytes, listener));
  }
}
