package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunClass;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayCounters.Count;
import org.peerstead.relay.turn.policy.PeerPolicy;
import org.peerstead.relay.turn.testbed.MemoryShell;
import org.peerstead.relay.turn.testbed.TestClient;
import org.peerstead.relay.turn.testbed.Testbed;
import org.peerstead.simulation.SeededCases;

/**
 * Strangers, users and peers send whatever they like: nothing breaks, everything is counted, nobody
 * reaches what is forbidden, and nothing is left when time has passed. More cases with {@code
 * -Dpeerstead.cases=NUMBER -Dpeerstead.seed=random}.
 */
class TurnServerFuzzTest {
  private static final int STEPS = 150;
  private static final int LIMIT = 8;

  private static final int[] METHODS = {
    StunMethod.BINDING,
    StunMethod.ALLOCATE,
    StunMethod.REFRESH,
    StunMethod.SEND,
    StunMethod.DATA,
    StunMethod.CREATE_PERMISSION,
    StunMethod.CHANNEL_BIND,
    StunMethod.CONNECT,
    StunMethod.CONNECTION_BIND,
    0x00d,
    0xfff
  };

  private static final int[] TYPES = {
    0x0001, 0x0003, 0x0006, 0x0008, 0x000c, 0x000d, 0x0012, 0x0013, 0x0014, 0x0015, 0x0017, 0x0018,
    0x0019, 0x001a, 0x001b, 0x001c, 0x001d, 0x001e, 0x0022, 0x0026, 0x0027, 0x002a, 0x7fff, 0x8000,
    0x8002, 0x8004, 0x8028, 0x8030, 0x8032, 0xffff
  };

  private static final int[] LENGTHS = {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 20, 24, 32, 64, 200};

  private static final List<String> HOSTS =
      List.of(
          "45.30.0.1",
          "45.30.0.2",
          "45.30.0.3",
          "2a0b::1",
          "2a0b::2",
          "45.10.0.1",
          "2a0a::1",
          "127.0.0.1",
          "0.0.0.0",
          "169.254.169.254",
          "10.0.0.1",
          "::1",
          "::ffff:127.0.0.1",
          "64:ff9b::7f00:1",
          "2002:7f00:1::",
          "fe80::1");

  @Test
  void engine_shouldSurviveStrangers() {
    SeededCases.of("strangers", 20261126, 100).run(random -> new Run(random).strangers());
  }

  @Test
  void engine_shouldSurviveItsUsersAndTheirPeers() {
    SeededCases.of("users and peers", 20261127, 100).run(random -> new Run(random).users());
  }

  private static final class Run {
    private final RandomGenerator random;
    private final Testbed bed;
    private final PeerPolicy policy;
    private final List<TestClient> clients;

    Run(RandomGenerator random) {
      this.random = random;
      Testbed.Settings settings = new Testbed.Settings();
      settings.seed = random.nextLong();
      settings.engines = 2;
      settings.mobility = true;
      settings.config =
          config ->
              new TurnConfig(
                  config.v4(),
                  config.v6(),
                  config.defaultLifetimeSeconds(),
                  config.maxLifetimeSeconds(),
                  LIMIT,
                  LIMIT,
                  config.mobility(),
                  config.tcpRelaying(),
                  config.discovery(),
                  config.unauthenticatedPerSecond(),
                  config.unauthenticatedBurst());
      bed = new Testbed(settings);
      policy = bed.policy(List.of(), List.of());
      TestClient ben = bed.client("45.20.0.2", 4_000).as("ben");
      ben.engine = 1;
      clients = List.of(bed.client("45.20.0.1", 4_000), bed.client("2a0c::1", 4_001), ben);
    }

    void strangers() {
      for (int i = 0; i < STEPS; i++) {
        TestClient stranger = clients.get(random.nextInt(clients.size()));
        byte[] bytes = random.nextInt(8) == 0 ? rubbish() : changed(message().toBytes());
        for (byte[] answer : exchange(stranger, bytes)) {
          assertThat(answer.length).isLessThanOrEqualTo(3 * bytes.length);
          StunMessage read = TestClient.parse(answer);
          assertThat(read.messageClass() == StunClass.SUCCESS && read.method() != 1).isFalse();
        }
        assertThat(bed.shells).allMatch(shell -> shell.openSockets() == 0);
        assertThat(bed.shells).allMatch(shell -> shell.toPeers.isEmpty());
        assertThat(bed.engines).allMatch(engine -> engine.nextDeadlineNanos() == Long.MAX_VALUE);
      }
      assertThat(bed.opened).isEmpty();
      assertNothingIsLeft();
    }

    void users() {
      for (TestClient client : clients) {
        StunMessage made = client.allocate(writer -> random.nextBoolean() ? dual(writer) : writer);
        assertThat(TestClient.errorCode(made)).isZero();
      }
      for (int i = 0; i < STEPS; i++) {
        TestClient client = clients.get(random.nextInt(clients.size()));
        switch (random.nextInt(10)) {
          case 0 -> client.permit(peer());
          case 1 -> client.bind(0x4000 + random.nextInt(10), peer());
          case 2, 3 -> fromPeer();
          case 4 -> exchange(client, channelData());
          case 5 -> exchange(client, changed(sendIndication()));
          case 6 -> bed.pass(Duration.ofMillis(random.nextInt(100_000)));
          case 7 -> exchange(client, rubbish());
          default ->
              exchange(client, random.nextInt(3) == 0 ? changed(signed(client)) : signed(client));
        }
        check();
      }
      bed.pass(Duration.ofHours(2));
      check();
      assertNothingIsLeft();
    }

    /** Sends a packet, sees that it was counted, and gives the answers to it. */
    private List<byte[]> exchange(TestClient client, byte[] bytes) {
      client.received();
      long before = counted();
      client.send(bytes);
      boolean isKeepAlive = bytes.length >= 2 && bytes[0] == 0 && bytes[1] == 0x11;
      if (!isKeepAlive) {
        assertThat(counted()).as("counted").isGreaterThan(before);
      }
      List<byte[]> answers = client.received();
      answers.forEach(Run::assertCleanPadding);
      return answers;
    }

    private long counted() {
      long sum = 0;
      for (TurnServer engine : bed.engines) {
        RelayCounters counters = engine.counters();
        sum += counters.get(Count.REQUESTS) + counters.get(Count.PACKETS_UP);
        sum += counters.get(Count.PACKETS_DOWN) + counters.get(Count.ICMP_ERRORS);
        for (DropReason reason : DropReason.values()) {
          sum += counters.drops(reason);
        }
      }
      return sum;
    }

    private void check() {
      int relayed = 0;
      int sockets = 0;
      int live = 0;
      for (int i = 0; i < bed.engines.size(); i++) {
        TurnServer engine = bed.engines.get(i);
        List<SessionView> sessions = engine.sessions(bed.nowNanos);
        live += sessions.size();
        for (SessionView session : sessions) {
          relayed += session.relayed().size();
          assertThat(session.permissions()).isLessThanOrEqualTo(2 * LIMIT);
          assertThat(session.channels()).isLessThanOrEqualTo(LIMIT);
        }
        assertThat(engine.counters().live()).isEqualTo(sessions.size());
        MemoryShell shell = bed.shells.get(i);
        sockets += shell.openSockets();
        for (MemoryShell.ToPeer sent : shell.toPeers) {
          IpAddress ip = sent.peer().ip();
          var verdict = policy.judge(ip.family(), ip.high(), ip.low());
          assertThat(verdict.isAllowed() && policy.allowsPort(verdict, sent.peer().port()))
              .as("%s", sent.peer())
              .isTrue();
        }
        shell.toPeers.clear();
        shell.toClients.forEach(sent -> assertCleanPadding(sent.bytes()));
        shell.toClients.clear();
      }
      assertThat(sockets).isEqualTo(relayed);
      assertThat(bed.opened).hasSize(bed.closed.size() + live);
    }

    private void assertNothingIsLeft() {
      assertThat(bed.shells).allMatch(shell -> shell.openSockets() == 0);
      assertThat(bed.opened).hasSameSizeAs(bed.closed);
      assertThat(bed.quotas.users()).isZero();
      assertThat(bed.quotas.sources()).isZero();
      assertThat(bed.engines).allMatch(engine -> engine.nextDeadlineNanos() == Long.MAX_VALUE);
      assertThat(bed.v4Ports.free()).isEqualTo(bed.v4Ports.size());
      assertThat(bed.v6Ports.free()).isEqualTo(bed.v6Ports.size());
    }

    private static void assertCleanPadding(byte[] bytes) {
      if ((bytes[0] & 0xc0) != 0) {
        return;
      }
      TestClient.parse(bytes);
      int at = 20;
      while (at < bytes.length) {
        int length = (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
        int end = at + 4 + length;
        at = at + 4 + ((length + 3) & ~3);
        for (int i = end; i < at; i++) {
          assertThat(bytes[i]).as("padding").isZero();
        }
      }
    }

    // ------------------------------------------------------------------------------ what they send

    private static StunWriter dual(StunWriter writer) {
      return writer.addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6);
    }

    private TransportAddress peer() {
      int port = random.nextBoolean() ? 7_000 : random.nextInt(65_536);
      return new TransportAddress(IpAddress.parse(HOSTS.get(random.nextInt(HOSTS.size()))), port);
    }

    private void fromPeer() {
      int engine = random.nextInt(bed.engines.size());
      List<SessionView> sessions = bed.engines.get(engine).sessions(bed.nowNanos);
      if (sessions.isEmpty()) {
        return;
      }
      SessionView session = sessions.get(random.nextInt(sessions.size()));
      TransportAddress relayed = session.relayed().get(random.nextInt(session.relayed().size()));
      TransportAddress peer = peer();
      MemoryShell.Socket socket =
          bed.shells.get(engine).socket(relayed.ip().family(), relayed.port());
      if (socket == null || peer.ip().family() != relayed.ip().family()) {
        return;
      }
      if (random.nextInt(4) == 0) {
        socket.owner.unreachable(
            peer.ip().high(),
            peer.ip().low(),
            peer.port(),
            random.nextInt(256),
            random.nextInt(256),
            random.nextInt(),
            bed.nowNanos);
        return;
      }
      long before = counted();
      int length = random.nextInt(5) == 0 ? random.nextInt(65_508) : random.nextInt(40);
      bed.receiveFromPeer(engine, relayed.port(), peer, new byte[length]);
      assertThat(counted()).as("counted").isEqualTo(before + 1);
    }

    private byte[] rubbish() {
      byte[] bytes = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 3_000 : 60)];
      random.nextBytes(bytes);
      return bytes;
    }

    private byte[] channelData() {
      byte[] bytes = new byte[4 + random.nextInt(30)];
      bytes[0] = 0x40;
      bytes[1] = (byte) random.nextInt(12);
      bytes[3] = (byte) random.nextInt(30);
      return bytes;
    }

    private byte[] sendIndication() {
      return attributes(
              StunWriter.indication(StunMethod.SEND, clients.getFirst().newTransaction())
                  .xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer())
                  .bytes(StunAttribute.DATA, new byte[random.nextInt(30)]),
              random.nextInt(2))
          .toBytes();
    }

    private StunWriter message() {
      int method = METHODS[random.nextInt(METHODS.length)];
      var id = clients.getFirst().newTransaction();
      StunWriter writer =
          random.nextInt(6) == 0
              ? StunWriter.indication(method, id)
              : StunWriter.request(method, id);
      return attributes(writer, random.nextInt(5));
    }

    private byte[] signed(TestClient client) {
      client.hasFingerprints = random.nextBoolean();
      int method = METHODS[random.nextInt(METHODS.length)];
      return client.request(
          method,
          client.newTransaction(),
          writer ->
              switch (method) {
                case StunMethod.ALLOCATE ->
                    attributes(writer.requestedTransport(17), random.nextInt(3));
                case StunMethod.CREATE_PERMISSION ->
                    attributes(
                        writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer()),
                        random.nextInt(3));
                case StunMethod.CHANNEL_BIND ->
                    attributes(
                        writer
                            .channelNumber(0x4000 + random.nextInt(12))
                            .xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer()),
                        random.nextInt(2));
                default -> attributes(writer, random.nextInt(5));
              });
    }

    private StunWriter attributes(StunWriter writer, int number) {
      for (int i = 0; i < number; i++) {
        switch (random.nextInt(8)) {
          case 0, 1 -> {
            byte[] value = new byte[LENGTHS[random.nextInt(LENGTHS.length)]];
            random.nextBytes(value);
            writer.bytes(TYPES[random.nextInt(TYPES.length)], value);
          }
          case 2 -> writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer());
          case 3 ->
              writer.uint32(StunAttribute.LIFETIME, random.nextInt(3) == 0 ? 0 : random.nextInt());
          case 4 -> writer.requestedTransport(random.nextInt(3) == 0 ? random.nextInt(256) : 17);
          case 5 ->
              writer.addressFamily(
                  random.nextBoolean()
                      ? StunAttribute.REQUESTED_ADDRESS_FAMILY
                      : StunAttribute.ADDITIONAL_ADDRESS_FAMILY,
                  random.nextBoolean() ? IpFamily.V4 : IpFamily.V6);
          case 6 -> writer.bytes(StunAttribute.EVEN_PORT, new byte[] {(byte) random.nextInt(256)});
          default -> writer.bytes(StunAttribute.MOBILITY_TICKET, new byte[0]);
        }
      }
      return writer;
    }

    private byte[] changed(byte[] valid) {
      int length = random.nextInt(4) == 0 ? 1 + random.nextInt(valid.length + 8) : valid.length;
      byte[] bytes = Arrays.copyOf(valid, length);
      for (int i = random.nextInt(4); i > 0; i--) {
        bytes[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
      }
      if (length >= 20 && random.nextBoolean()) {
        int body = length - 20;
        bytes[2] = (byte) (body >> 8);
        bytes[3] = (byte) body;
      }
      return bytes;
    }
  }
}
