package org.peerstead.discovery.hyperdht.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.discovery.hyperdht.records.Announcer.key;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What is left of honest announces when others announce as much as they can: hosts with keys and
 * topics without end. (Announces need a token, so their source addresses are real.)
 */
class RecordFloodTest {
  private static final int CAPACITY = 20_000;
  private static final int HONEST_HOSTS = 1_000;
  private static final int RECORDS_EACH = 10;
  private static final int FLOOD = 60_000;

  private final SplittableRandom random = new SplittableRandom(1);

  private Announcer book(RecordLimits limits) {
    return new Announcer(
        new RecordBook(limits, DhtStore.NONE, random, random::nextBytes, RecordListener.NONE));
  }

  /**
   * The store is full many times over; honest hosts hold half of it, of which nothing is lost until
   * the attacker has as many networks as they.
   *
   * @param hosts of the attacker
   * @param perNetwork of them in one network
   * @return share of the honest records that are left
   */
  private double honestShareLeft(int hosts, int perNetwork) {
    Announcer at = book(RecordLimits.DEFAULT.withRecords(CAPACITY, CAPACITY, CAPACITY, CAPACITY));
    for (int i = 0; i < HONEST_HOSTS * RECORDS_EACH; i++) {
      at.announce(i, i, 0x20000000 + (i % HONEST_HOSTS << 8));
    }
    for (int i = 0; i < FLOOD; i++) {
      int host = i % hosts;
      int address = 0x40000000 + (host / perNetwork << 8) + host % perNetwork;
      at.announce(1_000_000 + i, 1_000_000 + i, address);
    }
    int left = 0;
    for (int i = 0; i < HONEST_HOSTS * RECORDS_EACH; i++) {
      left += at.peers(i).isEmpty() ? 0 : 1;
    }
    assertThat(at.book.counts().of(RecordKind.TOPIC_RECORD).held()).isEqualTo(CAPACITY);
    return left / (double) (HONEST_HOSTS * RECORDS_EACH);
  }

  @Test
  void store_shouldKeepHonestRecordsWhileAFewHostsFloodIt() {
    assertThat(honestShareLeft(1, 1)).isEqualTo(1.0);
    assertThat(honestShareLeft(10, 1)).isEqualTo(1.0);
    assertThat(honestShareLeft(100, 1)).isEqualTo(1.0);
    assertThat(honestShareLeft(250, 250)).isEqualTo(1.0);
    assertThat(honestShareLeft(2_500, 250)).isEqualTo(1.0);
  }

  @Test
  void store_shouldDivideItselfEvenlyAmongAsManyNetworks() {
    // 1,000 networks on each side: who has more than 10 records gives way.
    assertThat(honestShareLeft(1_000, 1)).isGreaterThan(0.9);
  }

  @Test
  void store_shouldTakeAnnouncesOfNewHostsWhenItIsFullOfOneHost() {
    Announcer at = book(RecordLimits.DEFAULT.withRecords(CAPACITY, CAPACITY, CAPACITY, CAPACITY));
    for (int i = 0; i < 2 * CAPACITY; i++) {
      at.announce(1_000_000 + i, i, 0x40000000);
    }
    for (int i = 0; i < HONEST_HOSTS; i++) {
      assertThat(at.announce(i, i, 0x20000000 + (i << 8)).isAccepted()).isTrue();
    }
    for (int i = 0; i < HONEST_HOSTS; i++) {
      assertThat(at.peers(i)).hasSize(1);
    }
  }

  /** One topic: ten honest peers, and one host with thousands of keys in it. */
  @Test
  void lookup_shouldFindHonestPeersAmongTheKeysOfAFewHosts() {
    Announcer at = book(RecordLimits.DEFAULT);
    for (int i = 0; i < 10_000; i++) {
      at.announce(1, 1_000_000 + i, 0x40000000 + (i % 5 << 8));
    }
    Set<Fixed32> honest = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      at.announce(1, i, 0x20000000 + (i << 8));
      honest.add(key(i));
    }
    for (int i = 0; i < 20; i++) {
      assertThat(at.peers(1)).containsAll(honest);
    }
  }

  /** Share of honest peers in what lookups show, with as many honest networks as 20 times. */
  @Test
  void lookup_shouldMostlyShowHonestPeersOfALargeTopic() {
    Announcer at = book(RecordLimits.DEFAULT);
    Set<Fixed32> honest = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      at.announce(1, i, 0x20000000 + (i << 8));
      honest.add(key(i));
    }
    for (int i = 0; i < 20_000; i++) {
      at.announce(1, 1_000_000 + i, 0x40000000 + (i % 20 << 8));
    }
    int shown = 0;
    for (int i = 0; i < 200; i++) {
      List<Fixed32> peers = at.peers(1);
      shown += (int) peers.stream().filter(honest::contains).count();
    }
    // 500 of 520 networks: 96 of 100 places.
    assertThat(shown / 4_000.0).isBetween(0.94, 0.98);
  }
}
