package org.peerstead.discovery.mdns.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.discovery.mdns.core.Segment.MILLISECOND;
import static org.peerstead.discovery.mdns.core.Segment.SECOND;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.mdns.core.Segment.Station;
import org.peerstead.discovery.mdns.wire.DnsMessage;
import org.peerstead.discovery.mdns.wire.DnsName;
import org.peerstead.discovery.mdns.wire.DnsQuestion;
import org.peerstead.discovery.mdns.wire.DnsRecord;
import org.peerstead.discovery.mdns.wire.HostAddress;
import org.peerstead.discovery.mdns.wire.ServiceText;
import org.peerstead.discovery.mdns.wire.TopicDigest;
import org.peerstead.securestream.encoding.Fixed32;

class LanLinkTest {
  private static final long HOUR = 3600 * SECOND;
  private static final HostAddress STRANGER = HostAddress.of(new byte[] {10, 0, 0, 99});

  private static LinkSettings settings(int port) {
    return new LinkSettings(port, Duration.ofHours(1), Duration.ofMinutes(1), true, 256, 8, 100);
  }

  private static Set<Fixed32> topics(int count, long seed) {
    var random = new SplittableRandom(seed);
    var topics = new HashSet<Fixed32>();
    while (topics.size() < count) {
      var bytes = new byte[32];
      random.nextBytes(bytes);
      topics.add(Fixed32.of(bytes));
    }
    return topics;
  }

  private static DnsMessage decode(byte[] bytes) throws Exception {
    return DnsMessage.decode(bytes, bytes.length);
  }

  @Test
  void twoNodes_shouldFindEachOtherWithinASecond() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    Station two = segment.add(2, settings(1002));
    one.start(topics(3, 1));
    segment.run(10 * SECOND);
    two.start(topics(3, 1));
    segment.run(1300 * MILLISECOND);

    assertThat(one.found).hasSize(1);
    assertThat(one.found.getFirst().addresses()).containsExactly(two.address);
    assertThat(one.found.getFirst().tcpPort()).isEqualTo(1002);
    assertThat(two.found).hasSize(1);
    assertThat(two.found.getFirst().tcpPort()).isEqualTo(1001);
    TopicDigest digest = two.found.getFirst().text().digest();
    assertThat(digest).isNotNull();
    assertThat(topics(3, 1)).allMatch(digest::mayContain);
  }

  @Test
  void close_shouldSayGoodbye() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    Station two = segment.add(2, settings(1002));
    one.start(Set.of());
    two.start(Set.of());
    segment.run(5 * SECOND);

    two.link.close(segment.now);
    segment.run(2 * SECOND);

    assertThat(one.lost).hasSize(1);
    assertThat(one.link.peers()).isEmpty();
    assertThat(two.link.peers()).isEmpty();
    assertThat(two.link.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aSilentPeer_shouldBeForgottenAfterItsLifetime() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    Station two = segment.add(2, settings(1002));
    one.start(Set.of());
    two.start(Set.of());
    segment.run(5 * SECOND);
    assertThat(one.link.peers()).hasSize(1);

    segment.stations.remove(two);
    segment.run(1201 * SECOND);

    assertThat(one.link.peers()).isEmpty();
  }

  /** The figures of docs/protocols/lan.md: ten nodes, a day. */
  @Test
  void traffic_shouldNotGrowWithTheTopics() {
    long few = bytesOfADay(10);
    long many = bytesOfADay(100_000);

    // With many topics the digest is left out.
    assertThat(many).isLessThan(few);
    assertThat(few / 10 / 86_400.0).as("bytes per second and node").isLessThan(2);
  }

  private static long bytesOfADay(int topicCount) {
    var segment = new Segment();
    for (int i = 1; i <= 10; i++) {
      segment.add(i, settings(1000 + i)).start(topics(topicCount, 5));
    }
    segment.run(24 * HOUR);
    long packets = segment.stations.stream().mapToLong(station -> station.sent.size()).sum();
    assertThat(packets / 10 / 24).as("packets per hour and node").isLessThan(20);
    for (Station station : segment.stations) {
      assertThat(station.link.peers()).hasSize(9);
    }
    return segment.stations.stream().mapToLong(station -> station.sentBytes).sum();
  }

  @Test
  void topics_shouldBeToldOnceAMinute_howeverOftenTheyChange() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    Station two = segment.add(2, settings(1002));
    one.start(Set.of());
    two.start(Set.of());
    segment.run(200 * SECOND);
    int before = one.sent.size();
    int told = two.found.size();

    for (int i = 0; i < 6000; i++) {
      one.link.setTopics(topics(1 + i % 100, i), segment.now);
      segment.run(100 * MILLISECOND);
    }

    // Ten minutes: 13 changes at most, told twice each; the questions of the time come on top.
    assertThat(one.sent.size() - before).isLessThanOrEqualTo(2 * 13 + 2);
    assertThat(two.found.size() - told).isBetween(9, 13);
  }

  @Test
  void aFirstTopic_shouldBeToldSoon() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    Station two = segment.add(2, settings(1002));
    one.start(Set.of());
    two.start(Set.of());
    segment.run(120 * SECOND);
    Fixed32 topic = topics(1, 3).iterator().next();

    one.link.setTopics(Set.of(topic), segment.now);
    segment.run(3 * SECOND);

    TopicDigest digest = two.link.peers().getFirst().text().digest();
    assertThat(digest).isNotNull();
    assertThat(digest.mayContain(topic)).isTrue();
  }

  @Test
  void namesAndSalts_shouldChangeEveryHour() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    Station two = segment.add(2, settings(1002));
    one.start(topics(3, 1));
    two.start(topics(3, 1));

    segment.run(24 * HOUR);

    assertThat(one.names).doesNotHaveDuplicates().hasSizeBetween(22, 28);
    assertThat(two.link.peers()).hasSize(1);
    assertThat(two.link.peers().getFirst().instance()).isEqualTo(one.link.instance());
    var salts = new HashSet<String>();
    two.found.forEach(peer -> salts.add(peer.text().digest().salt().toHex()));
    assertThat(salts).hasSameSizeAs(one.names);
  }

  @Test
  void datagrams_shouldHoldNoTopicAndNoKey() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    Set<Fixed32> topics = topics(20, 99);
    one.start(topics);
    segment.run(24 * HOUR);

    for (byte[] datagram : one.sent) {
      String text = new String(datagram, StandardCharsets.ISO_8859_1);
      for (Fixed32 topic : topics) {
        // Not even a fifth of it, as older schemes of this family do.
        String part = new String(topic.toBytes(), 0, 6, StandardCharsets.ISO_8859_1);
        assertThat(text).doesNotContain(part).doesNotContain(topic.toString().substring(0, 10));
      }
    }
  }

  @Test
  void otherAddresses_shouldBringAnotherName_withoutAGoodbyeThatLinksThem() throws Exception {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    one.start(Set.of());
    segment.run(100 * SECOND);
    String old = one.link.instance();
    int before = one.sent.size();

    var moved = new LinkAddress(HostAddress.of(new byte[] {10, 7, 0, 1}), 24, true);
    one.link.setAddresses(List.of(moved), segment.now);
    segment.run(5 * SECOND);

    assertThat(one.link.instance()).isNotEqualTo(old);
    assertThat(one.sent.size()).isGreaterThan(before + 2);
    for (byte[] datagram : one.sent.subList(before, one.sent.size())) {
      assertThat(new String(datagram, StandardCharsets.ISO_8859_1)).doesNotContain(old);
    }
    assertThat(decode(one.sent.get(before)).records())
        .anyMatch(record ->
            record instanceof DnsRecord.Address address
                && address.address().equals(moved.address()));
  }

  @Test
  void wakeUp_shouldForgetThoseWhoAreNotThereAnyMore_andKeepTheOthers() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    Station two = segment.add(2, settings(1002));
    Station three = segment.add(3, settings(1003));
    for (Station station : segment.stations) {
      station.start(Set.of());
    }
    segment.run(100 * SECOND);
    assertThat(one.link.peers()).hasSize(2);

    segment.stations.remove(three);
    one.link.wakeUp(segment.now);
    segment.run(16 * SECOND);

    assertThat(one.link.peers()).hasSize(1);
    assertThat(one.link.peers().getFirst().instance()).isEqualTo(two.link.instance());
  }

  @Test
  void questions_shouldBeAnsweredOnceASecond_howeverManyThereAre() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    one.start(Set.of());
    segment.run(100 * SECOND);
    int before = one.sent.size();
    byte[] question = question(OwnRecords.SERVICE, DnsRecord.PTR);

    for (int i = 0; i < 1000; i++) {
      segment.hear(STRANGER, LanLink.MDNS_PORT, question);
      segment.run(10 * MILLISECOND);
    }

    assertThat(one.sent.size() - before).isBetween(8, 11);
  }

  @Test
  void questions_shouldBeAnsweredForEveryOwnName_andForNoOther() throws Exception {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    one.start(Set.of());
    segment.run(100 * SECOND);
    DnsName instance = OwnRecords.SERVICE.child(one.link.instance());
    DnsName host = null;
    for (DnsRecord record : decode(one.sent.getFirst()).records()) {
      host = record instanceof DnsRecord.Service service ? service.host() : host;
    }

    assertThat(answers(segment, one, question(OwnRecords.SERVICE, DnsRecord.ANY))).isEqualTo(1);
    assertThat(answers(segment, one, question(instance, DnsRecord.SRV))).isEqualTo(1);
    assertThat(answers(segment, one, question(instance, DnsRecord.TXT))).isEqualTo(1);
    assertThat(answers(segment, one, question(host, DnsRecord.AAAA))).isEqualTo(1);
    assertThat(answers(segment, one, question(OwnRecords.ALL_SERVICES, DnsRecord.PTR)))
        .isEqualTo(1);
    assertThat(answers(segment, one, question(OwnRecords.SERVICE, DnsRecord.TXT))).isZero();
    assertThat(answers(segment, one, question(DnsName.of("_http", "_tcp", "local"), DnsRecord.PTR)))
        .isZero();
  }

  private static int answers(Segment segment, Station station, byte[] question) {
    int before = station.sent.size();
    segment.hear(STRANGER, LanLink.MDNS_PORT, question);
    segment.run(2 * SECOND);
    return station.sent.size() - before;
  }

  @Test
  void questions_shouldNotBeAnswered_whenTheAskerKnowsUs() {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    one.start(Set.of());
    segment.run(100 * SECOND);
    var known =
        new DnsRecord.Pointer(
            OwnRecords.SERVICE, 700, false, OwnRecords.SERVICE.child(one.link.instance()));
    var ask = new DnsQuestion(OwnRecords.SERVICE, DnsRecord.PTR, false);

    byte[] query = new DnsMessage(0, false, List.of(ask), List.of(known)).encode();

    assertThat(answers(segment, one, query)).isZero();

    DnsName instance = OwnRecords.SERVICE.child(one.link.instance());
    var detail = new DnsQuestion(instance, DnsRecord.SRV, false);
    byte[] forDetail = new DnsMessage(0, false, List.of(detail), List.of(known)).encode();
    assertThat(answers(segment, one, forDetail)).isEqualTo(1);
  }

  @Test
  void questionsFromOtherPorts_shouldBeAnsweredByUnicast_butNotOften() throws Exception {
    var segment = new Segment();
    Station one = segment.add(1, settings(1001));
    one.start(Set.of());
    segment.run(100 * SECOND);
    var ask = new DnsQuestion(OwnRecords.SERVICE, DnsRecord.PTR, false);
    byte[] query = new DnsMessage(77, false, List.of(ask), List.of()).encode();

    for (int i = 0; i < 100; i++) {
      segment.hear(STRANGER, 40_000, query);
    }

    assertThat(one.unicasts).hasSize(10);
    DnsMessage answer = decode(one.unicasts.getFirst());
    assertThat(answer.id()).isEqualTo(77);
    assertThat(answer.questions()).containsExactly(ask);
    assertThat(answer.records()).allMatch(record -> record.ttlSeconds() <= 10 && !record.isFlush());
    assertThat(one.dropped).contains(DropReason.UNICAST_RATE);
  }

  private static byte[] question(DnsName name, int type) {
    return new DnsMessage(0, false, List.of(new DnsQuestion(name, type, true)), List.of()).encode();
  }

  // -----------------------------------------------------------------------------------------------
  // Strangers

  private static byte[] stranger(String instance, int port, int ttl, HostAddress... addresses) {
    return new OwnRecords(
            instance, "host" + instance, List.of(addresses), port, new ServiceText(null, 49737))
        .announcement(ttl);
  }

  private static Station alone(Segment segment) {
    Station one = segment.add(1, settings(1001));
    one.start(Set.of());
    segment.run(100 * SECOND);
    return one;
  }

  @Test
  void aPeer_shouldBeReachedOnTheLinkOnly() {
    var segment = new Segment();
    Station one = alone(segment);
    var elsewhere = HostAddress.of(new byte[] {8, 8, 8, 8});
    var beside = HostAddress.of(new byte[] {10, 0, 0, 50});
    var loopback = HostAddress.of(new byte[] {127, 0, 0, 1});

    segment.hear(STRANGER, 5353, stranger("a", 1, 1200, elsewhere, loopback, beside, STRANGER));
    segment.hear(STRANGER, 5353, stranger("b", 1, 1200, elsewhere, loopback));

    assertThat(one.found).hasSize(2);
    assertThat(one.found.get(0).addresses()).containsExactly(STRANGER, beside);
    assertThat(one.found.get(1).addresses()).containsExactly(STRANGER);
  }

  @Test
  void datagramsFromOtherNetworks_shouldHaveNoEffect() {
    var segment = new Segment();
    Station one = alone(segment);
    int before = one.sent.size();
    var elsewhere = HostAddress.of(new byte[] {(byte) 203, 0, 113, 9});

    segment.hear(elsewhere, 5353, stranger("a", 1, 1200, elsewhere));
    segment.hear(elsewhere, 40_000, question(OwnRecords.SERVICE, DnsRecord.PTR));
    segment.run(5 * SECOND);

    assertThat(one.found).isEmpty();
    assertThat(one.unicasts).isEmpty();
    assertThat(one.sent).hasSize(before);
    assertThat(one.dropped).containsExactly(DropReason.OFF_LINK, DropReason.OFF_LINK);
  }

  @Test
  void answersThatAreNotWholeOrNotTrue_shouldHaveNoEffect() {
    var segment = new Segment();
    Station one = alone(segment);
    var pointer =
        new DnsRecord.Pointer(OwnRecords.SERVICE, 1200, false, OwnRecords.SERVICE.child("x"));

    segment.hear(STRANGER, 5353, new DnsMessage(0, true, List.of(), List.of(pointer)).encode());
    segment.hear(STRANGER, 5353, new byte[] {1, 2, 3});
    segment.hear(STRANGER, 1024, stranger("a", 1, 1200, STRANGER));

    assertThat(one.found).isEmpty();
    assertThat(one.dropped)
        .containsExactly(DropReason.INCOMPLETE, DropReason.MALFORMED, DropReason.WRONG_PORT);
  }

  @Test
  void aGoodbye_shouldHaveNoEffect_whenItComesFromSomebodyElse() {
    var segment = new Segment();
    Station one = alone(segment);
    segment.hear(STRANGER, 5353, stranger("a", 1, 1200, STRANGER));
    var other = HostAddress.of(new byte[] {10, 0, 0, 66});

    segment.hear(other, 5353, stranger("a", 1, 0, other));
    segment.run(3 * SECOND);
    assertThat(one.link.peers()).hasSize(1);
    assertThat(one.dropped).containsExactly(DropReason.FORGED_GOODBYE);

    segment.hear(STRANGER, 5353, stranger("a", 1, 0, STRANGER));
    segment.run(3 * SECOND);
    assertThat(one.link.peers()).isEmpty();
  }

  @Test
  void aFlood_shouldStayWithinTheLimits_andLeaveRoomForOthers() {
    var segment = new Segment();
    var settings =
        new LinkSettings(1001, Duration.ofHours(1), Duration.ofMinutes(1), true, 64, 8, 100_000);
    Station one = segment.add(1, settings);
    one.start(Set.of());
    Station honest = segment.add(2, settings(1002));

    // One address, then 100 addresses with as many names as each may have.
    for (int i = 0; i < 1000; i++) {
      segment.hear(STRANGER, 5353, stranger("s" + i, 1, 4500, STRANGER));
    }
    assertThat(one.link.peers()).hasSize(8);
    for (int i = 0; i < 1000; i++) {
      var address = HostAddress.of(new byte[] {10, 0, 0, (byte) (100 + i % 100)});
      segment.hear(address, 5353, stranger("t" + i, 1, 4500, address));
    }
    assertThat(one.link.peers()).hasSize(64);

    honest.start(Set.of());
    segment.run(2 * SECOND);
    assertThat(one.dropped).contains(DropReason.TABLE_FULL, DropReason.TOO_MANY_OF_ADDRESS);
    assertThat(one.found.size() - one.lost.size()).isEqualTo(64);
  }

  @Test
  void aFastSender_shouldBeHeardInPartOnly() {
    var segment = new Segment();
    Station one = alone(segment);

    for (int i = 0; i < 100_000; i++) {
      segment.hear(STRANGER, 5353, stranger("s" + i % 3, i % 60_000 + 1, 1200, STRANGER));
      segment.now += SECOND / 10_000;
    }

    // Ten seconds: 100 in each, and a burst of 200 before.
    assertThat(one.found.size()).isBetween(1000, 1210);
    assertThat(one.dropped.stream().filter(DropReason.RATE::equals).count()).isGreaterThan(98_000);
  }

  @Test
  void shortLifetimes_shouldNotMakeUsAskAllTheTime() {
    var segment = new Segment();
    Station one = alone(segment);
    segment.run(1000 * SECOND);
    int before = one.sent.size();
    for (int i = 0; i < 8; i++) {
      segment.hear(STRANGER, 5353, stranger("s" + i, 1, 1, STRANGER));
      segment.run(SECOND);
    }

    segment.run(592 * SECOND);

    assertThat(one.sent.size() - before).isLessThan(60);
    assertThat(one.link.peers()).isEmpty();
  }

  @Test
  void aDhtPort_shouldBeTold() {
    var segment = new Segment();
    Station one = segment.add(1, settings(0));
    Station two = segment.add(2, settings(1002));
    one.start(Set.of());
    two.start(Set.of());
    segment.run(100 * SECOND);
    assertThat(two.link.peers().getFirst().text().dhtPort()).isZero();

    one.link.setDhtPort(49737, segment.now);
    segment.run(3 * SECOND);

    assertThat(two.link.peers().getFirst().text().dhtPort()).isEqualTo(49737);
    assertThat(two.link.peers().getFirst().tcpPort()).isZero();
  }
}
