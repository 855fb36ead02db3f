package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.DhtStatus;
import org.peerstead.discovery.hyperdht.records.KindCounts;
import org.peerstead.discovery.hyperdht.records.RecordCounts;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.hyperdht.wire.HandshakeMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.RelayMode;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.interop.NpmDht.Kind;
import org.peerstead.interop.NpmDht.Load;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Hosts that send garbage, floods and lies to a seed: it neither fails nor grows, it does not help
 * them against others, and npm clients are served meanwhile.
 */
class DhtHostileInteropIT {
  private static final String PREFIX = "host";
  private static final int TOPICS = 20;
  private static final Duration SILENCE = Duration.ofMillis(200);

  /** Longest answer for each byte of a request from a host that has proven nothing. */
  private static final double MAX_FACTOR = 5;

  private final SplittableRandom random = new SplittableRandom(9);
  private final NpmDht npm = new NpmDht();
  private PeersteadDht ours = PeersteadDht.clients();

  @AfterEach
  void stop() {
    npm.close();
    ours.close();
  }

  private NodeAddress start(PeersteadDht network) {
    ours = network;
    return network.addresses().getFirst();
  }

  private void startNpmLoad() {
    npm.start("announcer", Kind.CLIENT, ours.seed());
    npm.start("reader", Kind.CLIENT, ours.seed());
    npm.announceMany("announcer", PREFIX, 0, TOPICS);
    npm.startLoad("reader", PREFIX, TOPICS);
  }

  private void assertServed(Load load) {
    assertThat(load.lookups()).as("lookups of npm: %s", load).isGreaterThan(20);
    assertThat(load.failed()).as("lookups of npm: %s", load).isZero();
    assertThat(ours.faults()).isZero();
  }

  private static int held(DhtStatus status) {
    RecordCounts records = status.records();
    return records.kinds().values().stream().mapToInt(kind -> kind.held()).sum();
  }

  @Test
  void randomAndMutatedPackets_shouldNeitherFailNorLeaveAnything() {
    NodeAddress node = start(PeersteadDht.network(1));
    DhtFlood flood = new DhtFlood(node);
    int held = held(ours.seedStatus());
    try (RawDhtHost host = RawDhtHost.local(node)) {
      for (int i = 0; i < 10_000; i++) {
        for (Request request : flood.everyCommand(host, random)) {
          host.send(mutated(RpcCodec.encode(request)));
        }
        host.send(random(random.nextInt(1_473)));
        assertThat(host.ask(ping(host), Duration.ofSeconds(2))).as("after round %d", i).isNotNull();
      }
      assertThat(ours.faults()).isZero();
      DhtStatus status = ours.seedStatus();
      assertThat(held(status)).isEqualTo(held);
      assertThat(status.runningQueries()).isZero();
      Awaitility.await("nothing waits for an answer")
          .atMost(Duration.ofSeconds(20))
          .until(() -> ours.seedStatus().inFlight() == 0);
    }
    npm.start("client", Kind.CLIENT, ours.seed());
    assertThat(npm.client("client").immutableGet(npm.client("client").immutablePut("01")))
        .isEqualTo("01");
  }

  private static Request ping(RawDhtHost host) {
    return host.request(true, InternalCommand.PING, null, null, null);
  }

  private byte[] random(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    if (count > 0 && random.nextBoolean()) {
      bytes[0] = 0x03;
    }
    return bytes;
  }

  /** Some bytes changed, and sometimes cut off or longer. */
  private byte[] mutated(byte[] packet) {
    int length =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt(packet.length);
          case 1 -> packet.length + random.nextInt(1_000);
          default -> packet.length;
        };
    byte[] bytes = Arrays.copyOf(packet, length);
    for (int i = random.nextInt(4); i > 0 && length > 0; i--) {
      bytes[random.nextInt(random.nextBoolean() ? Math.min(length, 12) : length)] =
          (byte) random.nextInt(256);
    }
    return bytes;
  }

  @Test
  void requestsFromForgedAddresses_shouldLeaveNothing() {
    NodeAddress node = start(PeersteadDht.network(1));
    startNpmLoad();
    int held = held(ours.seedStatus());

    int sent = new DhtFlood(node).fromForgedAddresses(100_000, false);

    assertThat(sent).isEqualTo(1_700_000);
    assertServed(npm.stopLoad("reader"));
    DhtStatus status = ours.seedStatus();
    assertThat(held(status)).isEqualTo(held);
    assertThat(status.tableSize()).isZero();
  }

  /** They may be nodes, so the seed asks them, a few at a time; none answers. */
  @Test
  void forgedNodes_shouldNotStayInTheTable() {
    NodeAddress node = start(PeersteadDht.network(1));
    startNpmLoad();

    DhtFlood flood = new DhtFlood(node);
    flood.fromForgedAddresses(5_000, true);
    // Those that entered early are gone by then, and with them the confidence in others.
    Awaitility.await("all are forgotten")
        .atMost(Duration.ofSeconds(20))
        .until(() -> ours.seedStatus().tableSize() == 0);
    assertThat(npm.load("reader").failed()).isZero();
    Awaitility.await("npm has forgotten them too")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> {
          Load load = npm.load("reader");
          assertThat(load.failed()).isZero();
          return load.lookups() > 10 && load.worstMillis() < 1_000;
        });

    flood.fromForgedAddresses(20_000, true);
    assertThat(ours.seedStatus().tableSize()).isZero();
    assertServed(npm.stopLoad("reader"));
  }

  /** These hosts are real: each has its token, and signs. */
  @Test
  void announcementsOfManyHosts_shouldNotDriveOthersOut() {
    RecordLimits small = RecordLimits.DEFAULT.withRecords(20_000, 1_000, 5_000, 10_000);
    NodeAddress node = start(PeersteadDht.network(1, config -> config.withRecords(small)));
    startNpmLoad();
    DhtFlood flood = new DhtFlood(node);
    KindCounts before = ours.seedStatus().records().of(RecordKind.TOPIC_RECORD);

    int taken = flood.announce(5_000, DhtFlood.fixed32(random)) + flood.announce(100_000, null);

    KindCounts after = ours.seedStatus().records().of(RecordKind.TOPIC_RECORD);
    assertThat(after.held()).isBetween(19_000, 20_000);
    // Nothing is forgotten or refused in silence.
    assertThat(after.stored() - before.stored()).isEqualTo(taken);
    assertThat(after.stored() - after.evicted()).isEqualTo(after.held());
    assertThat(taken + after.refused()).isEqualTo(105_000);
    assertServed(npm.stopLoad("reader"));
    npm.announceMany("announcer", PREFIX, TOPICS, TOPICS);
    assertThat(npm.missing("reader", PREFIX, 0, 2 * TOPICS)).isEmpty();
  }

  @Test
  void handshakesForAVictim_shouldBePassedOnAtALimitedRate() {
    NodeAddress node =
        start(
            PeersteadDht.network(
                1, config -> config.withHyperdht(config.hyperdht().withLimitsForAll())));
    int sent = 20_000;
    try (RawDhtHost attacker = RawDhtHost.number(1, node);
        RawDhtHost victim = RawDhtHost.number(1_000, node)) {
      long started = System.nanoTime();
      int arrived = 0;
      for (int i = 0; i < sent; i++) {
        attacker.send(
            attacker.request(
                false,
                HyperdhtCommand.PEER_HANDSHAKE,
                DhtFlood.fixed32(random),
                null,
                new HandshakeMessage(
                        RelayMode.FROM_CLIENT, Slice.of(random(300)), null, victim.address())
                    .encode()));
        while (i % 50 == 49 && victim.receive(Duration.ofMillis(1)) != null) {
          arrived++;
        }
      }
      while (victim.receive(SILENCE) != null) {
        arrived++;
      }
      double seconds = (System.nanoTime() - started) / 1e9;
      // A burst of 1,000 and 200 a second.
      assertThat(arrived).isBetween(900, (int) (1_000 + 200 * seconds) + 1);
    }
  }

  /** What a host gets that has shown no token, so that its address may be forged. */
  @Test
  void answersToUnprovenHosts_shouldBeBounded() {
    // With 20 other nodes, answers name as many closer nodes as they can.
    NodeAddress node =
        start(
            PeersteadDht.network(
                21, config -> config.withHyperdht(config.hyperdht().withLimitsForAll())));
    DhtFlood flood = new DhtFlood(node);
    Fixed32 topic = DhtFlood.fixed32(random);
    for (int i = 0; i < 25; i++) {
      try (RawDhtHost host = RawDhtHost.number(5_000 * i, node)) {
        KeyPair keys = KeyPair.fromSeed(DhtFlood.fixed32(random).toBytes());
        assertThat(flood.announce(host, topic, keys)).isTrue();
      }
    }
    try (RawDhtHost host = RawDhtHost.number(77, node)) {
      long started = System.nanoTime();
      int amplified = 0;
      for (int i = 0; i < 5_000; i++) {
        double factor =
            factor(host, host.request(false, HyperdhtCommand.LOOKUP, topic, null, null));
        amplified += factor > MAX_FACTOR ? 1 : 0;
      }
      double seconds = (System.nanoTime() - started) / 1e9;
      // A burst of 2,000 and 100 a second.
      assertThat(amplified).isBetween(1_900, (int) (2_000 + 100 * seconds) + 1);

      for (Request request : flood.everyCommand(host, random)) {
        assertThat(factor(host, request))
            .as("%s command %d", request.internal() ? "internal" : "external", request.command())
            .isLessThanOrEqualTo(MAX_FACTOR);
      }
    }
  }

  /** Bytes of the answer for each byte of the request. */
  private static double factor(RawDhtHost host, Request request) {
    int sent = host.send(request);
    Slice answer = host.receive(SILENCE);
    return answer == null ? 0 : (double) answer.length() / sent;
  }
}
