package org.peerstead.discovery.hyperdht.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.discovery.hyperdht.records.Announcer.host;
import static org.peerstead.discovery.hyperdht.records.Announcer.key;
import static org.peerstead.discovery.hyperdht.records.Announcer.record;
import static org.peerstead.discovery.hyperdht.records.Announcer.target;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.hyperdht.records.Announcer.Found;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.discovery.store.InMemoryDhtStore;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

class RecordBookTest {
  private static final long AGE = Duration.ofMinutes(20).toMillis();
  private static final long VALUE_AGE = Duration.ofHours(48).toMillis();
  private static final int TOPIC = 1;
  private static final int HOST = 0xc0000201;
  private static final int OTHER_HOST = 0xc6336401;

  private final InMemoryDhtStore store = new InMemoryDhtStore();
  private final List<String> told = new ArrayList<>();
  private final RecordListener listener =
      new RecordListener() {
        @Override
        public void evicted(RecordKind kind, Eviction why, int host) {
          told.add(kind + " " + why + " " + Integer.toHexString(host));
        }

        @Override
        public void refused(RecordKind kind, Stored why, int host) {
          told.add(kind + " " + why + " " + Integer.toHexString(host));
        }
      };
  private Announcer at = start(RecordLimits.DEFAULT);

  private Announcer start(RecordLimits limits) {
    var random = new SplittableRandom(1);
    return new Announcer(new RecordBook(limits, store, random, random::nextBytes, listener));
  }

  /** Another process with the store of this one. */
  private void restart(RecordLimits limits) {
    store.commit();
    long now = at.now;
    at = start(limits);
    at.now = now;
    at.book.load(now);
  }

  @Test
  void announce_shouldBeFoundUntilItsAge() {
    assertThat(at.announce(TOPIC, 7, HOST)).isEqualTo(Stored.STORED);
    at.now += AGE - 1;
    assertThat(at.lookup(TOPIC)).containsExactly(new Found(key(7), 1));
    at.now += 1;
    assertThat(at.lookup(TOPIC)).isEmpty();
    assertThat(at.book.advance(at.now)).isFalse();
    assertThat(at.book.counts().topics()).isZero();
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD))
        .isEqualTo(new KindCounts(0, 1, 0, 0, 1, 0, 0, 0));
  }

  @Test
  void announce_shouldRenewAgeAndRelays() {
    at.announce(TOPIC, 7, HOST);
    at.now += AGE - 1;
    assertThat(at.announce(TOPIC, 7, OTHER_HOST, 2, null, 0)).isEqualTo(Stored.RENEWED);
    at.now += AGE - 1;
    assertThat(at.lookup(TOPIC)).containsExactly(new Found(key(7), 2));
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD).hosts()).isEqualTo(1);
  }

  @Test
  void announce_shouldKeepPeersOfATopicApart() {
    at.announce(TOPIC, 7, HOST);
    at.announce(TOPIC, 8, HOST);
    at.announce(TOPIC + 1, 7, HOST);
    assertThat(at.peers(TOPIC)).containsExactlyInAnyOrder(key(7), key(8));
    assertThat(at.peers(TOPIC + 1)).containsExactly(key(7));
    assertThat(at.book.unannounce(key(TOPIC), key(7))).isTrue();
    assertThat(at.book.unannounce(key(TOPIC), key(7))).isFalse();
    assertThat(at.peers(TOPIC)).containsExactly(key(8));
    assertThat(at.peers(TOPIC + 1)).containsExactly(key(7));
  }

  @Test
  void bump_shouldOnlyRiseAndNotRunAhead() {
    at.announce(TOPIC, 7, HOST, 1, null, at.now + 60_000);
    assertThat(at.book.bump(key(TOPIC))).isEqualTo(at.now + 60_000);
    at.announce(TOPIC, 7, HOST, 1, null, at.now + 60_001);
    at.announce(TOPIC, 8, HOST, 1, null, 5);
    assertThat(at.book.bump(key(TOPIC))).isEqualTo(at.now + 60_000);
    assertThat(at.book.bump(key(TOPIC + 1))).isZero();
    assertThat(at.lookup(TOPIC)).hasSize(2);
  }

  @Test
  void announceRoute_shouldLeadToTheSourceOfTheAnnounce() {
    at.announce(TOPIC, 7, HOST);
    assertThat(at.announceSelf(7, HOST)).isEqualTo(Stored.STORED);
    assertThat(at.announceSelf(7, OTHER_HOST)).isEqualTo(Stored.RENEWED);
    assertThat(at.book.route(target(7), at.now))
        .isEqualTo(new Route(host(OTHER_HOST), record(7, 1)));
    assertThat(at.lookup(target(7))).containsExactly(new Found(key(7), 1));
    assertThat(at.book.route(key(TOPIC), at.now)).isNull();
    at.now += AGE;
    assertThat(at.book.route(target(7), at.now)).isNull();
    assertThat(at.lookup(target(7))).isEmpty();
  }

  @Test
  void announceRoute_shouldTakeThePlaceOfARecordOfTheSameKey() {
    at.book.announce(target(7), host(HOST), key(7), record(7, 1), null, 0, at.now);
    at.book.announce(target(7), host(HOST), key(8), record(8, 1), null, 0, at.now);
    at.announceSelf(7, HOST);
    assertThat(at.lookup(target(7)))
        .containsExactlyInAnyOrder(new Found(key(7), 1), new Found(key(8), 1));
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD).held()).isEqualTo(1);
    assertThat(at.book.unannounce(target(7), key(7))).isTrue();
    assertThat(at.book.route(target(7), at.now)).isNull();
    assertThat(at.lookup(target(7))).containsExactly(new Found(key(8), 1));
  }

  @Test
  void unannounce_shouldNotRemoveTheRouteOfAnother() {
    at.announceSelf(7, HOST);
    assertThat(at.book.unannounce(target(7), key(8))).isFalse();
    assertThat(at.book.route(target(7), at.now)).isNotNull();
  }

  @Test
  void lookup_shouldShowTheRouteOnlyWhereThereIsRoom() {
    at.announceSelf(7, HOST);
    for (int i = 0; i < 20; i++) {
      at.book.announce(target(7), host(HOST), key(100 + i), record(100 + i, 1), null, 0, at.now);
    }
    assertThat(at.lookup(target(7))).hasSize(20).doesNotContain(new Found(key(7), 1));
    assertThat(at.lookup(target(7), 5)).hasSize(5).doesNotHaveDuplicates();
    at.book.unannounce(target(7), key(100));
    assertThat(at.lookup(target(7))).hasSize(20).contains(new Found(key(7), 1));
  }

  @Test
  void lookup_shouldShowEveryPeerOfALargeTopicSoonerOrLater() {
    for (int i = 0; i < 200; i++) {
      at.announce(TOPIC, i, HOST);
    }
    Set<Fixed32> seen = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      List<Fixed32> peers = at.peers(TOPIC);
      assertThat(peers).hasSize(20).doesNotHaveDuplicates();
      seen.addAll(peers);
    }
    assertThat(seen).hasSize(200);
  }

  @Test
  void lookup_shouldShowEveryNetworkBeforeASecondRecordOfOne() {
    for (int i = 0; i < 500; i++) {
      at.announce(TOPIC, i, HOST);
    }
    for (int i = 0; i < 12; i++) {
      at.announce(TOPIC, 1000 + i, 0x0b000001 + (i << 8));
    }
    for (int i = 0; i < 50; i++) {
      assertThat(at.peers(TOPIC))
          .hasSize(20)
          .doesNotHaveDuplicates()
          .contains(key(1000), key(1005), key(1011));
    }
  }

  @Test
  void refresh_shouldRenewByRevealingTheChain() {
    Fixed32 s0 = key(900);
    Fixed32 s1 = Blake2b.hash(s0.toSlice());
    Fixed32 s2 = Blake2b.hash(s1.toSlice());
    at.announce(TOPIC, 7, HOST, 1, s2, 0);
    assertThat(at.book.counts().refreshTokens()).isEqualTo(1);
    at.now += AGE - 1;
    assertThat(at.book.refresh(s0, host(HOST), at.now)).isEqualTo(Stored.UNKNOWN_REFRESH);
    assertThat(at.book.refresh(s1, host(HOST), at.now)).isEqualTo(Stored.RENEWED);
    assertThat(at.book.refresh(s1, host(HOST), at.now)).isEqualTo(Stored.UNKNOWN_REFRESH);
    at.now += AGE - 1;
    assertThat(at.lookup(TOPIC)).hasSize(1);
    assertThat(at.book.refresh(s0, host(HOST), at.now)).isEqualTo(Stored.RENEWED);
    at.now += AGE;
    assertThat(at.book.refresh(key(901), host(HOST), at.now)).isEqualTo(Stored.UNKNOWN_REFRESH);
    at.book.advance(at.now);
    assertThat(at.book.counts().refreshTokens()).isZero();
  }

  @Test
  void refresh_shouldMoveARouteToWhereItComesFrom() {
    Fixed32 secret = key(900);
    Fixed32 token = Blake2b.hash(secret.toSlice());
    at.book.announceRoute(target(7), host(HOST), key(7), record(7, 1), token, at.now);
    NodeAddress moved = new NodeAddress(OTHER_HOST, 77);
    assertThat(at.book.refresh(secret, moved, at.now)).isEqualTo(Stored.RENEWED);
    assertThat(at.book.route(target(7), at.now)).isEqualTo(new Route(moved, record(7, 1)));
  }

  @Test
  void refresh_shouldNotServeATokenThatAnotherRecordHas() {
    Fixed32 secret = key(900);
    Fixed32 token = Blake2b.hash(secret.toSlice());
    at.announce(TOPIC, 7, HOST, 1, token, 0);
    at.announce(TOPIC, 8, OTHER_HOST, 1, token, 0);
    assertThat(at.book.counts().refreshTokens()).isEqualTo(1);
    at.now += AGE / 2;
    assertThat(at.book.refresh(secret, host(HOST), at.now)).isEqualTo(Stored.RENEWED);
    at.now += AGE / 2;
    assertThat(at.peers(TOPIC)).containsExactly(key(7));
  }

  @Test
  void putMutable_shouldKeepTheHighestSequenceNumber() {
    assertThat(putMutable(5, "five", 1)).isEqualTo(Stored.STORED);
    assertThat(putMutable(5, "five", 1)).isEqualTo(Stored.RENEWED);
    // Another valid signature of the same value is no other value.
    assertThat(putMutable(5, "five", 2)).isEqualTo(Stored.RENEWED);
    assertThat(putMutable(5, "cinque", 1)).isEqualTo(Stored.SEQ_REUSED);
    assertThat(putMutable(4, "four", 1)).isEqualTo(Stored.SEQ_TOO_LOW);
    assertThat(at.book.mutable(target(7), at.now)).isEqualTo(mutable(5, "five", 2));
    assertThat(putMutable(300, "many", 1)).isEqualTo(Stored.RENEWED);
    assertThat(at.book.mutable(target(7), at.now)).isEqualTo(mutable(300, "many", 1));
    at.now += VALUE_AGE;
    assertThat(at.book.mutable(target(7), at.now)).isNull();
    assertThat(putMutable(1, "again", 1)).isEqualTo(Stored.STORED);
  }

  private Stored putMutable(long seq, String value, int signature) {
    return at.book.putMutable(target(7), seq, mutable(seq, value, signature), host(HOST), at.now);
  }

  private static Slice mutable(long seq, String value, int signature) {
    byte[] signed = new byte[64];
    signed[0] = (byte) signature;
    return new CompactWriter().uint(seq).string(value).raw(Slice.of(signed)).toSlice();
  }

  @Test
  void putImmutable_shouldBeFoundUntilItsAge() {
    Slice value = Slice.of(new byte[1000]);
    assertThat(at.book.putImmutable(key(1), value, host(HOST), at.now)).isEqualTo(Stored.STORED);
    at.now += VALUE_AGE - 1;
    assertThat(at.book.immutable(key(1), at.now)).isEqualTo(value);
    at.now += 1;
    assertThat(at.book.immutable(key(1), at.now)).isNull();
    at.book.advance(at.now);
    assertThat(at.book.counts().of(RecordKind.IMMUTABLE).expired()).isEqualTo(1);
    assertThat(at.book.putImmutable(key(1), Slice.of(new byte[1401]), host(HOST), at.now))
        .isEqualTo(Stored.REFUSED_SIZE);
    assertThat(told).containsExactly("IMMUTABLE REFUSED_SIZE c0000201");
  }

  @Test
  void announce_shouldRefuseAHostOrNetworkThatHasEnough() {
    at = start(RecordLimits.DEFAULT.withRecords(100, 100, 2, 3));
    assertThat(at.announce(1, 1, HOST)).isEqualTo(Stored.STORED);
    assertThat(at.announce(2, 2, HOST)).isEqualTo(Stored.STORED);
    assertThat(at.announce(3, 3, HOST)).isEqualTo(Stored.REFUSED_SOURCE_LIMIT);
    assertThat(at.announce(2, 2, HOST)).isEqualTo(Stored.RENEWED);
    assertThat(at.announce(3, 3, HOST + 1)).isEqualTo(Stored.STORED);
    assertThat(at.announce(4, 4, HOST + 1)).isEqualTo(Stored.REFUSED_SOURCE_LIMIT);
    assertThat(at.announce(4, 4, OTHER_HOST)).isEqualTo(Stored.STORED);
    assertThat(told)
        .containsExactly(
            "TOPIC_RECORD REFUSED_SOURCE_LIMIT c0000201",
            "TOPIC_RECORD REFUSED_SOURCE_LIMIT c0000202");
    at.book.unannounce(key(1), key(1));
    assertThat(at.announce(3, 4, HOST)).isEqualTo(Stored.STORED);
  }

  @Test
  void announce_shouldMakeRoomAtTheExpenseOfWhoHasMost() {
    at = start(RecordLimits.DEFAULT.withRecords(4, 100, 100, 100));
    at.announce(1, 1, HOST);
    at.announce(2, 2, HOST);
    at.announce(3, 3, HOST);
    at.announce(4, 4, OTHER_HOST);
    assertThat(at.announce(5, 5, HOST)).isEqualTo(Stored.REFUSED_STORE_LIMIT);
    assertThat(at.announce(6, 6, OTHER_HOST)).isEqualTo(Stored.STORED);
    assertThat(at.lookup(1)).isEmpty();
    assertThat(told)
        .containsExactly(
            "TOPIC_RECORD REFUSED_STORE_LIMIT c0000201", "TOPIC_RECORD STORE_FULL c0000201");
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD))
        .isEqualTo(new KindCounts(4, 5, 0, 0, 0, 1, 1, 2));
  }

  @Test
  void announce_shouldMakeRoomInATopicAtTheExpenseOfWhoHasMostOfIt() {
    at = start(RecordLimits.DEFAULT.withRecords(1000, 40, 1000, 1000));
    for (int i = 0; i < 39; i++) {
      at.announce(TOPIC, i, HOST);
    }
    assertThat(at.announce(TOPIC, 100, OTHER_HOST)).isEqualTo(Stored.STORED);
    assertThat(at.announce(TOPIC, 50, HOST)).isEqualTo(Stored.REFUSED_TOPIC_LIMIT);
    assertThat(at.announce(TOPIC, 101, OTHER_HOST)).isEqualTo(Stored.STORED);
    assertThat(at.announce(TOPIC + 1, 50, HOST)).isEqualTo(Stored.STORED);
    assertThat(told)
        .containsExactly(
            "TOPIC_RECORD REFUSED_TOPIC_LIMIT c0000201", "TOPIC_RECORD TOPIC_FULL c0000201");
    assertThat(at.peers(TOPIC)).contains(key(100), key(101));
  }

  @Test
  void announce_shouldMakeRoomInATopicOfOne() {
    at = start(RecordLimits.DEFAULT.withRecords(10, 1, 10, 10));
    assertThat(at.announce(TOPIC, 1, HOST)).isEqualTo(Stored.STORED);
    assertThat(at.announce(TOPIC, 2, HOST)).isEqualTo(Stored.REFUSED_TOPIC_LIMIT);
    assertThat(at.announce(TOPIC, 3, OTHER_HOST)).isEqualTo(Stored.STORED);
    assertThat(at.peers(TOPIC)).containsExactly(key(3));
    assertThat(at.book.counts().topics()).isEqualTo(1);
  }

  @Test
  void load_shouldTakeOverWhatHasNotExpired() {
    Fixed32 secret = key(900);
    at.announce(TOPIC, 7, HOST, 3, Blake2b.hash(secret.toSlice()), at.now);
    at.announceSelf(8, OTHER_HOST);
    at.announce(TOPIC, 9, HOST);
    at.book.unannounce(key(TOPIC), key(9));
    putMutable(5, "five", 1);
    at.book.putImmutable(key(1), Slice.of(new byte[10]), host(HOST), at.now);
    long bump = at.now;
    at.now += AGE - 1;
    restart(RecordLimits.DEFAULT);
    assertThat(at.book.counts().loaded()).isEqualTo(4);
    assertThat(at.lookup(TOPIC)).containsExactly(new Found(key(7), 3));
    assertThat(at.book.bump(key(TOPIC))).isEqualTo(bump);
    assertThat(at.book.route(target(8), at.now))
        .isEqualTo(new Route(host(OTHER_HOST), record(8, 1)));
    assertThat(at.book.mutable(target(7), at.now)).isEqualTo(mutable(5, "five", 1));
    assertThat(at.book.immutable(key(1), at.now)).isEqualTo(Slice.of(new byte[10]));
    assertThat(at.book.refresh(secret, host(HOST), at.now)).isEqualTo(Stored.RENEWED);
    at.now += 1;
    assertThat(at.lookup(TOPIC)).hasSize(1);
    assertThat(at.book.route(target(8), at.now)).isNull();
    at.now += AGE;
    restart(RecordLimits.DEFAULT);
    assertThat(at.book.counts().loaded()).isEqualTo(2);
    assertThat(store.size(Section.RECORDS)).isZero();
    assertThat(store.size(Section.ROUTES)).isZero();
  }

  @Test
  void load_shouldForgetInTheOrderOfAge() {
    for (int i = 0; i < 300; i++) {
      at.announce(i, i, HOST);
      at.now += 10;
    }
    restart(RecordLimits.DEFAULT);
    at.now = Announcer.START + AGE + 1000;
    at.book.advance(at.now);
    // Announced at 0, 10, .. 1000.
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD).expired()).isEqualTo(101);
    assertThat(at.lookup(100)).isEmpty();
    assertThat(at.lookup(101)).hasSize(1);
  }

  @Test
  void load_shouldNotBelieveAClockThatWasWrong() {
    at.now += 100 * AGE;
    at.announce(TOPIC, 7, HOST);
    at.now -= 100 * AGE;
    restart(RecordLimits.DEFAULT);
    assertThat(at.lookup(TOPIC)).hasSize(1);
    at.now += AGE;
    assertThat(at.lookup(TOPIC)).isEmpty();
  }

  @Test
  void load_shouldKeepToTheLimits() {
    for (int i = 0; i < 50; i++) {
      at.announce(i, i, HOST);
    }
    restart(RecordLimits.DEFAULT.withRecords(20, 20, 10, 20));
    assertThat(at.book.counts().loaded()).isEqualTo(10);
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD).refused()).isEqualTo(40);
    store.commit();
    assertThat(store.size(Section.RECORDS)).isEqualTo(10);
  }

  @Test
  void load_shouldSkipAndCountDamagedRows() {
    at.announce(TOPIC, 7, HOST);
    store.commit();
    Slice key = Slice.of(new byte[64]);
    long later = at.now + 1000;
    store.put(Section.RECORDS, key.range(0, 63), later, Slice.of(new byte[15]));
    store.put(Section.RECORDS, key, later, Slice.of(new byte[14]));
    store.put(Section.ROUTES, key, later, Slice.of(new byte[16]));
    store.put(Section.MUTABLES, key.range(0, 31), later, Slice.of(new byte[100]));
    store.put(Section.IMMUTABLES, key.range(0, 32), later, Slice.of(new byte[3]));
    byte[] manyRelays = new byte[15 + 24];
    manyRelays[14] = 4;
    store.put(Section.ROUTES, key.range(0, 64), later, Slice.of(manyRelays));
    restart(RecordLimits.DEFAULT);
    assertThat(at.book.counts().damaged()).isEqualTo(5);
    assertThat(at.book.counts().loaded()).isEqualTo(1);
    restart(RecordLimits.DEFAULT);
    assertThat(at.book.counts().damaged()).isZero();
  }

  @Test
  void advance_shouldBeBoundedPerCall() {
    for (int i = 0; i < 5000; i++) {
      at.announce(i, i, HOST);
    }
    at.now += AGE;
    int calls = 1;
    while (at.book.advance(at.now)) {
      calls++;
    }
    assertThat(calls).isEqualTo(3);
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD).held()).isZero();
    store.commit();
    assertThat(store.size(Section.RECORDS)).isZero();
  }
}
