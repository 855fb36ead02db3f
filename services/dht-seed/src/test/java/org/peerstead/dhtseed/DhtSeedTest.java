package org.peerstead.dhtseed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.peerstead.dhtseed.NodeAndNetwork.Found;
import org.peerstead.dhtseed.NodeAndNetwork.Put;
import org.peerstead.discovery.DhtException;
import org.peerstead.discovery.DhtNodeConfig;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.events.DhtActivity;
import org.peerstead.events.Event;
import org.peerstead.events.PeerSeen;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Nodes with real sockets on the loopback interface. */
@Timeout(120)
class DhtSeedTest {
  private static final Entropy ENTROPY = new SecureRandom()::nextBytes;

  private final Fixed32 topic = Fixed32.of(ENTROPY.next(32));
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final List<DhtSeed> seeds = new ArrayList<>();
  private final MeterRegistry registry = new SimpleMeterRegistry();

  private final DhtOutbox outbox =
      new DhtOutbox() {
        @Override
        public void send(DhtActivity activity) {
          events.add(activity);
        }

        @Override
        public void send(PeerSeen peer) {
          events.add(peer);
        }
      };

  @AfterEach
  void close() {
    seeds.forEach(DhtSeed::close);
  }

  private DhtSeed seed(MeterRegistry meters, String... bootstrap) throws Exception {
    SeedPlan plan =
        SeedPlan.of(
            DhtSeedConfig.Mode.SEED,
            Optional.empty(),
            Optional.empty(),
            0,
            Optional.empty(),
            List.of(bootstrap),
            name -> List.of());
    var strangers = new Strangers(false);
    DhtSeed seed =
        new DhtSeed(
            plan,
            List.of(),
            DhtNodeConfig.seed(plan.publicAddress(), PortRange.ANY, plan.bootstrap())
                .boundTo(plan.bindHost()),
            new DhtSeed.Ports(
                DhtStore.NONE,
                KeyPair.generate(ENTROPY),
                ENTROPY,
                outbox,
                System::currentTimeMillis),
            new DhtSeedMetrics(meters, strangers),
            strangers,
            2);
    seeds.add(seed);
    Awaitility.await().until(() -> seed.status().isReady());
    return seed;
  }

  private static Slice utf8(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void loneSeed_shouldServeItsOperator() throws Exception {
    DhtSeed alone = seed(registry);

    assertThat(alone.lookup(topic).peers()).isEmpty();
    Found announced = alone.announce(topic);
    assertThat(announced.storedAt()).isEqualTo(1);
    Found found = alone.lookup(topic);
    assertThat(found.peers())
        .singleElement()
        .satisfies(peer -> {
          assertThat(peer.record().publicKey()).isEqualTo(alone.publicKey());
          assertThat(peer.record().relays())
              .singleElement()
              .hasToString(alone.seedText().orElseThrow());
        });
    assertThat(alone.announcements()).singleElement().matches(kept -> kept.topic().equals(topic));
    alone.unannounce(topic);
    assertThat(alone.lookup(topic).peers()).isEmpty();
    assertThat(alone.announcements()).isEmpty();

    Put put = alone.immutablePut(utf8("hello"));
    assertThat(put.storedAt()).isEqualTo(1);
    assertThat(alone.immutableGet(put.name())).contains(utf8("hello"));
    assertThat(alone.immutableGet(topic)).isEmpty();
  }

  @Test
  void mutableValues_shouldCountOn() throws Exception {
    DhtSeed alone = seed(registry);
    assertThat(alone.mutablePut(utf8("one"), Optional.empty()).seq()).isZero();
    assertThat(alone.mutablePut(utf8("two"), Optional.empty()).seq()).isEqualTo(1);
    assertThat(alone.mutableGet(alone.publicKey(), 0).map(MutableValue::value))
        .contains(utf8("two"));
    assertThat(alone.mutableGet(alone.publicKey(), 2)).isEmpty();
    assertThatThrownBy(() -> alone.mutablePut(utf8("old"), Optional.of(0L)))
        .isInstanceOfSatisfying(
            DhtException.class,
            e -> assertThat(e.reason()).isEqualTo(DhtException.Reason.SEQ_TOO_LOW));
    assertThatThrownBy(() -> alone.mutablePut(utf8("other"), Optional.of(1L)))
        .isInstanceOfSatisfying(
            DhtException.class,
            e -> assertThat(e.reason()).isEqualTo(DhtException.Reason.SEQ_REUSED));
  }

  @Test
  void twoSeeds_shouldBeOneNetwork() throws Exception {
    DhtSeed first = seed(registry);
    DhtSeed second = seed(new SimpleMeterRegistry(), first.seedText().orElseThrow());

    assertThat(second.announce(topic).storedAt()).isEqualTo(2);
    Found found = first.lookup(topic);
    assertThat(found.peers())
        .singleElement()
        .matches(peer -> peer.record().publicKey().equals(second.publicKey()));
    Put put = first.mutablePut(utf8("news"), Optional.of(7L));
    assertThat(second.mutableGet(first.publicKey(), 0).map(MutableValue::seq)).contains(7L);
    assertThat(put.storedAt()).isEqualTo(2);

    assertThat(second.nodes()).isNotEmpty();
    assertThat(events)
        .anyMatch(event ->
            event instanceof PeerSeen peer
                && peer.peer().toString().equals(second.publicKey().toString()));
  }

  @Test
  void announce_shouldBeBounded() throws Exception {
    DhtSeed alone = seed(registry);
    alone.announce(TopicHash.ofName("a"));
    alone.announce(TopicHash.ofName("b"));
    assertThatThrownBy(() -> alone.announce(topic))
        .isInstanceOf(DhtException.class)
        .hasMessageContaining("max-announcements");
  }

  @Test
  void metrics_shouldBeThereFromTheStartAndMove() throws Exception {
    DhtSeed first = seed(registry);
    assertThat(
            registry
                .get("peerstead_dht_requests")
                .tag("command", "announce")
                .tag("outcome", "answered")
                .functionCounter()
                .count())
        .isZero();
    assertThat(registry.get("peerstead_dht_drops").functionCounters()).isNotEmpty();

    DhtSeed second = seed(new SimpleMeterRegistry(), first.seedText().orElseThrow());
    second.announce(topic);

    assertThat(
            registry
                .get("peerstead_dht_requests")
                .tag("command", "announce")
                .tag("outcome", "answered")
                .functionCounter()
                .count())
        .isEqualTo(1);
    assertThat(
            registry
                .get("peerstead_dht_stores")
                .tag("store", "topic_record")
                .tag("outcome", "stored")
                .functionCounter()
                .count())
        .isEqualTo(1);
    Awaitility.await()
        .until(() ->
            registry.get("peerstead_dht_records").tag("store", "topic_record").gauge().value() == 1
                && registry.get("peerstead_dht_table_nodes").gauge().value() == 1
                && registry
                        .get("peerstead_dht_packets")
                        .tag("direction", "in")
                        .functionCounter()
                        .count()
                    > 0);
    assertThat(registry.get("peerstead_dht_unreachable").gauge().value()).isZero();
    assertThat(first.requestCount()).isPositive();
  }

  @Test
  void state_shouldBeToldOnTheBus() throws Exception {
    DhtSeed alone = seed(registry);
    Awaitility.await()
        .until(() ->
            events.stream()
                .anyMatch(event ->
                    event instanceof DhtActivity activity
                        && activity.state() == DhtActivity.State.LOCAL
                        && activity.address().equals(alone.seedText().orElseThrow())));
    alone.close();
    assertThat(events.getLast())
        .isInstanceOfSatisfying(
            DhtActivity.class,
            activity -> assertThat(activity.state()).isEqualTo(DhtActivity.State.STOPPED));
  }
}
