package org.peerstead.relaynode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peerstead.relay.RelayServerConfig;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.policy.PeerProfile;
import org.peerstead.relay.turn.quota.QuotaLimits;

class RelayPlanTest {
  @Test
  void defaults_shouldServeThisMachineOnly() throws Exception {
    RelayPlan plan = RelayPlan.of(TestConfig.of("port", "3478"));

    assertThat(plan.addresses()).extracting(Object::toString).containsExactly("127.0.0.1:3478");
    assertThat(plan.transports())
        .containsExactlyInAnyOrder(ClientTransport.UDP, ClientTransport.TCP);
    assertThat(plan.warnings()).isEmpty();
    assertThat(plan.quotas()).isEqualTo(QuotaLimits.DEFAULTS);
    assertThat(plan.peers(List.of(), List.of()).profile()).isEqualTo(PeerProfile.INTERNET);
    RelayServerConfig server =
        plan.server(plan.peers(List.of(), List.of()), List.of(new byte[32]), null, null);
    assertThat(server.relaying().tcp()).isFalse();
    assertThat(server.relaying().mobility()).isFalse();
    assertThat(server.access().defaultLifetimeSeconds()).isEqualTo(600);
    assertThat(server.access().maxLifetimeSeconds()).isEqualTo(3_600);
  }

  @Test
  void advertisedAddress_shouldBeWhatClientsAreTold() throws Exception {
    RelayPlan plan =
        RelayPlan.of(TestConfig.of("host", "10.0.0.5,2001:db8::5", "advertise", "198.51.100.7"));

    assertThat(plan.name()).isEqualTo("198.51.100.7");
    assertThat(plan.v4().isTranslated()).isTrue();
    assertThat(plan.v6().isTranslated()).isFalse();
    assertThat(plan.addresses()).hasSize(2);
  }

  @Test
  void privateAddress_shouldBeWarnedOf() throws Exception {
    assertThat(RelayPlan.of(TestConfig.of("host", "192.168.1.5")).warnings())
        .anyMatch(warning -> warning.contains("--relay-advertise"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "host|0.0.0.0|Name an address of this machine with --relay-host",
        "host|::|Name an address of this machine with --relay-host",
        "host|relay.example.org|no IPv4 or IPv6 address",
        "host|192.0.2.1,192.0.2.2|two addresses of one family",
        "advertise|2001:db8::1|no address of that family",
        "certificate-file|/x|both a certificate and its key",
        "transports|tls|need --relay-certificate",
        "alternate-server|192.0.2.1|write it as 192.0.2.7:3478",
        "drain.alternate-server|example.org:3478|write it as 192.0.2.7:3478"
      })
  void unusable_shouldBeToldWithTheRemedy(String key, String value, String remedy) {
    assertThatThrownBy(() -> RelayPlan.of(TestConfig.of(key, value)))
        .isInstanceOf(RelayPlan.UnusableException.class)
        .hasMessageContaining(remedy);
  }

  @Test
  void peers_shouldJoinConfigurationAndFiles() throws Exception {
    RelayPlan plan =
        RelayPlan.of(TestConfig.of("peers.allow", "10.1.0.0/16", "peers.profile", "lan"));

    var rules = plan.peers(List.of("# the office", "", "10.2.0.0/16 # and its lab"), List.of());

    assertThat(rules.profile()).isEqualTo(PeerProfile.LAN);
    assertThat(rules.allow())
        .containsExactly(AddressRange.parse("10.1.0.0/16"), AddressRange.parse("10.2.0.0/16"));
    assertThatThrownBy(() -> plan.peers(List.of("ten"), List.of()))
        .hasMessageContaining("the file of allowed peers");
  }

  @Test
  void iceServers_shouldBeReadyToPaste() {
    IceServers servers = IceServers.of("2001:db8::7", 3478, 443, Set.of(ClientTransport.values()));

    assertThat(servers.stun()).containsExactly("stun:[2001:db8::7]:3478");
    assertThat(servers.turn())
        .containsExactly(
            "turn:[2001:db8::7]:3478?transport=udp",
            "turn:[2001:db8::7]:3478?transport=tcp",
            "turns:[2001:db8::7]:443?transport=tcp");
  }
}
