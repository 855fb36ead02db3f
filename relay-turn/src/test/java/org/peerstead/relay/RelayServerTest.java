package org.peerstead.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunClass;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.RelayCounters.Count;
import org.peerstead.relay.turn.RelayEvents;
import org.peerstead.relay.turn.SessionView;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.policy.PeerProfile;
import org.peerstead.relay.turn.testbed.TestUsers;

class RelayServerTest {
  private static final byte[] SECRET = new byte[32];
  private final List<EndReason> ended = Collections.synchronizedList(new ArrayList<>());

  private RelayServer start(String address, boolean isPortable) throws IOException {
    RelayServerConfig config =
        RelayServerConfig.of(IpAddress.parse(address), 0, SECRET)
            .withRunning(new RelayServerConfig.Running(2, 2, isPortable, 1 << 20, 1 << 20));
    return RelayServer.start(
        config,
        new TestUsers(),
        new RelayEvents() {
          @Override
          public void opened(SessionView session) {}

          @Override
          public void closed(SessionView session, EndReason reason) {
            ended.add(reason);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, true", "127.0.0.1, false", "::1, true", "::1, false"})
  void relaysBetweenTwoOfItsClients(String address, boolean isPortable) throws Exception {
    IpAddress ip = IpAddress.parse(address);
    try (RelayServer relay = start(address, isPortable);
        UdpTurnClient one = new UdpTurnClient(relay.listeners().getFirst(), "one");
        UdpTurnClient two = new UdpTurnClient(relay.listeners().getFirst(), "two")) {
      TransportAddress first = allocate(one, ip);
      TransportAddress second = allocate(two, ip);
      assertThat(one.bind(0x4000, second)).isTrue();
      assertThat(two.bind(0x4abc, first)).isTrue();
      for (int length : new int[] {0, 1, 160, 1_200, 9_000}) {
        byte[] data = new byte[length];
        Arrays.fill(data, (byte) length);
        one.sendOn(0x4000, data);
        assertThat(two.receive()).hasSize(length + 4).startsWith(0x4a, 0xbc).endsWith(data);
        two.sendOn(0x4abc, data);
        assertThat(one.receive()).hasSize(length + 4).startsWith(0x40, 0x00).endsWith(data);
      }
      assertThat(relay.sessions().get()).hasSize(2);
      await().untilAsserted(() -> assertThat(relay.counts().get(Count.PACKETS_UP)).isEqualTo(10));
      assertThat(relay.allocations()).isEqualTo(2);
    }
    assertThat(ended).containsExactly(EndReason.SHUTDOWN, EndReason.SHUTDOWN);
  }

  private static TransportAddress allocate(UdpTurnClient client, IpAddress ip) throws Exception {
    TransportAddress relayed =
        client
            .ask(
                StunMethod.ALLOCATE,
                writer ->
                    writer
                        .requestedTransport(17)
                        .addressFamily(StunAttribute.REQUESTED_ADDRESS_FAMILY, ip.family()))
            .xorAddress(StunAttribute.XOR_RELAYED_ADDRESS);
    assertThat(relayed).isNotNull();
    assertThat(relayed.ip()).isEqualTo(ip);
    return relayed;
  }

  @Test
  void endsWhatAnOperatorEnds() throws Exception {
    try (RelayServer relay = start("127.0.0.1", false);
        UdpTurnClient client = new UdpTurnClient(relay.listeners().getFirst(), "one")) {
      client.allocate();
      String id = relay.sessions().get().getFirst().id();
      assertThat(relay.disconnect("nobody").get()).isFalse();
      assertThat(relay.disconnect(id).get()).isTrue();
      assertThat(relay.sessions().get()).isEmpty();
      assertThat(ended).containsExactly(EndReason.ENDED_BY_OPERATOR);
    }
  }

  @Test
  void judgesByNewRulesAtOnce() throws Exception {
    TransportAddress peer = new TransportAddress(IpAddress.parse("127.0.0.9"), 7);
    try (RelayServer relay = start("127.0.0.1", false);
        UdpTurnClient client = new UdpTurnClient(relay.listeners().getFirst(), "one")) {
      client.allocate();
      assertThat(client.bind(0x4000, peer)).isFalse();
      relay.setPeerRules(
          new PeerRules(
              PeerProfile.INTERNET,
              List.of(AddressRange.parse("127.0.0.9/32")),
              List.of(),
              0,
              Set.of()));
      assertThat(relay.judge(peer.ip()).isAllowed()).isTrue();
      assertThat(client.bind(0x4000, peer)).isTrue();
      relay.setPeerRules(PeerRules.of(PeerProfile.INTERNET));
      await()
          .untilAsserted(() -> assertThat(relay.sessions().get().getFirst().channels()).isZero());
    }
  }

  @Test
  void refusesNewClientsWhileDraining() throws Exception {
    try (RelayServer relay = start("127.0.0.1", false);
        UdpTurnClient client = new UdpTurnClient(relay.listeners().getFirst(), "one");
        UdpTurnClient late = new UdpTurnClient(relay.listeners().getFirst(), "two")) {
      client.allocate();
      relay.drain(null);
      assertThat(
              late.ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(17))
                  .bytes(StunAttribute.ERROR_CODE))
          .startsWith(0, 0, 5, 8);
      assertThat(
              client
                  .ask(StunMethod.REFRESH, writer -> writer.uint32(StunAttribute.LIFETIME, 0))
                  .messageClass())
          .isEqualTo(StunClass.SUCCESS);
    }
  }

  @Test
  void saysWhichAddressItCannotHave() throws Exception {
    try (RelayServer relay = start("127.0.0.1", false)) {
      int port = relay.listeners().getFirst().port();
      RelayServerConfig again = RelayServerConfig.of(IpAddress.parse("127.0.0.1"), port, SECRET);
      assertThatThrownBy(() -> RelayServer.start(again, new TestUsers(), RelayEvents.NONE))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1:" + port);
    }
  }
}
