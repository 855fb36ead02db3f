package org.peerstead.relay.turn.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

class PeerPolicyTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int FIRST = 50_000;
  private static final int LAST = 50_999;
  private static final PeerPolicy INTERNET = policy(PeerProfile.INTERNET, List.of(), List.of());
  private static final PeerPolicy LAN = policy(PeerProfile.LAN, List.of(), List.of());

  private static PeerPolicy policy(PeerProfile profile, List<String> allow, List<String> deny) {
    return policy(profile, allow, deny, List.of(), List.of(), PeerPorts.ALL);
  }

  private static PeerPolicy policy(
      PeerProfile profile,
      List<String> allow,
      List<String> deny,
      List<String> own,
      List<String> relayed,
      PeerPorts ports) {
    return new PeerPolicy(
        profile,
        allow.stream().map(AddressRange::parse).toList(),
        deny.stream().map(AddressRange::parse).toList(),
        own.stream().map(IpAddress::parse).toList(),
        relayed.stream().map(IpAddress::parse).toList(),
        FIRST,
        LAST,
        ports);
  }

  private static Verdict judge(PeerPolicy policy, String address) {
    return policy.judge(IpAddress.parse(address));
  }

  // ------------------------------------------------------------------------------ built-in denials

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, this-network",
    "0.255.255.255, this-network",
    "10.0.0.0, private-network",
    "10.255.255.255, private-network",
    "100.64.0.0, carrier-nat",
    "100.127.255.255, carrier-nat",
    "100.100.100.200, cloud-metadata",
    "127.0.0.0, loopback",
    "127.0.0.1, loopback",
    "127.255.255.255, loopback",
    "168.63.129.16, cloud-metadata",
    "169.254.0.0, link-local",
    "169.254.169.254, cloud-metadata",
    "169.254.255.255, link-local",
    "172.16.0.0, private-network",
    "172.31.255.255, private-network",
    "192.0.0.0, protocol-assignments",
    "192.0.0.192, cloud-metadata",
    "192.0.0.255, protocol-assignments",
    "192.0.2.0, documentation",
    "192.0.2.255, documentation",
    "192.88.99.0, 6to4-anycast",
    "192.88.99.255, 6to4-anycast",
    "192.168.0.0, private-network",
    "192.168.255.255, private-network",
    "198.18.0.0, benchmarking",
    "198.19.255.255, benchmarking",
    "198.51.100.0, documentation",
    "198.51.100.255, documentation",
    "203.0.113.0, documentation",
    "203.0.113.255, documentation",
    "224.0.0.0, multicast",
    "239.255.255.255, multicast",
    "240.0.0.0, reserved",
    "255.255.255.254, reserved",
    "255.255.255.255, broadcast",
    "::, unspecified",
    "::1, loopback",
    "::2, ipv4-compatible",
    "::127.0.0.1, ipv4-compatible",
    "::8.8.8.8, ipv4-compatible",
    "::ffff:127.0.0.1, ipv4-mapped",
    "::ffff:0.0.0.0, ipv4-mapped",
    "::ffff:169.254.169.254, ipv4-mapped",
    "::ffff:8.8.8.8, ipv4-mapped",
    "::ffff:0:8.8.8.8, ipv4-translated",
    "64:ff9b::7f00:1, loopback",
    "64:ff9b::a9fe:a9fe, cloud-metadata",
    "64:ff9b::0, this-network",
    "64:ff9b::1:808:808, not-global",
    "64:ff9b:1::1, local-nat64",
    "64:ff9b:1:ffff:ffff:ffff:ffff:ffff, local-nat64",
    "100::, discard-only",
    "100::ffff:ffff:ffff:ffff, discard-only",
    "100:0:0:1::1, not-global",
    "1fff:ffff::1, not-global",
    "2001::1, teredo",
    "2001:0:1:2:3:4:80ff:fffe, teredo",
    "2001:2::1, benchmarking",
    "2001:2:0:ffff::1, benchmarking",
    "2001:10::1, orchid",
    "2001:2f:ffff::1, orchid",
    "2001:1ff:ffff::1, protocol-assignments",
    "2001:db8::1, documentation",
    "2002::1, 6to4",
    "2002:7f00:1::, 6to4",
    "2002:808:808::1, 6to4",
    "3fff:fff::1, documentation",
    "5f00::1, segment-routing",
    "4000::1, not-global",
    "fc00::1, unique-local",
    "fdff:ffff::1, unique-local",
    "fd00:ec2::254, cloud-metadata",
    "fd00:ec2::253, cloud-metadata",
    "fd20:ce::254, cloud-metadata",
    "fe00::1, not-global",
    "fe80::1, link-local",
    "febf:ffff::1, link-local",
    "fec0::1, site-local",
    "feff:ffff::1, site-local",
    "ff00::, multicast",
    "ff02::1, multicast",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, multicast",
    // Interface identifiers of ISATAP tunnels.
    "2a00:1450::5efe:127.0.0.1, loopback",
    "2a00:1450::200:5efe:10.0.0.1, private-network",
  })
  void judge_shouldRefuseByDefault(String address, String rule) {
    Verdict verdict = judge(INTERNET, address);
    assertThat(verdict).isEqualTo(new Verdict(false, false, rule));
    assertThat(INTERNET.allowsPort(verdict, FIRST)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.0.0.0",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::",
        "2001:200::1",
        "2001:db7:ffff::1",
        "2001:db9::",
        "2003::1",
        "2a00:1450:4001::8a",
        "3ffe:ffff::1",
        "3fff:1000::1",
        "64:ff9b::8.8.8.8",
        "2a00:1450::5efe:8.8.8.8"
      })
  void judge_shouldAllowThePublicInternet(String address) {
    for (PeerPolicy policy : List.of(INTERNET, LAN)) {
      Verdict verdict = judge(policy, address);
      assertThat(verdict.isAllowed()).as(verdict.rule()).isTrue();
      assertThat(verdict.onlyRelayedPorts()).isFalse();
      assertThat(policy.allowsPort(verdict, 1)).isTrue();
      assertThat(policy.allowsPort(verdict, 0)).isFalse();
    }
  }

  @Test
  void judge_shouldAllowPrivateNetworksInALan() {
    for (String address :
        List.of("10.0.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1")) {
      assertThat(judge(LAN, address).isAllowed()).as(address).isTrue();
    }
    for (String address :
        List.of(
            "127.0.0.1",
            "::1",
            "0.0.0.0",
            "::",
            "169.254.169.254",
            "169.254.1.1",
            "fe80::1",
            "fec0::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "100.64.0.1",
            "224.0.0.251",
            "ff02::fb",
            "255.255.255.255",
            "::ffff:10.0.0.1",
            "2002:a00:1::1",
            "192.0.2.1",
            "64:ff9b::127.0.0.1")) {
      assertThat(judge(LAN, address).isAllowed()).as(address).isFalse();
    }
    assertThat(judge(LAN, "64:ff9b::10.0.0.1").isAllowed()).isTrue();
  }

  // --------------------------------------------------------------------------------------- the
  // lists

  @Test
  void judge_shouldAskTheAllowListFirstThenTheDenyList() {
    PeerPolicy policy =
        policy(
            PeerProfile.INTERNET,
            List.of("10.1.0.0/16", "8.8.8.8"),
            List.of("10.0.0.0/8", "8.8.0.0/16", "10.1.2.0/24"));
    assertThat(judge(policy, "10.1.2.3")).isEqualTo(Verdict.allowed("allow 10.1.0.0/16"));
    assertThat(judge(policy, "8.8.8.8")).isEqualTo(Verdict.allowed("allow 8.8.8.8/32"));
    assertThat(judge(policy, "8.8.8.9")).isEqualTo(Verdict.denied("deny 8.8.0.0/16"));
    assertThat(judge(policy, "10.2.0.1")).isEqualTo(Verdict.denied("deny 10.0.0.0/8"));
    assertThat(judge(policy, "9.9.9.9").isAllowed()).isTrue();
  }

  @Test
  void judge_shouldHoldTheListsAgainstTheAddressInside() {
    PeerPolicy policy =
        policy(PeerProfile.INTERNET, List.of("2002::/16", "::/96"), List.of("8.8.0.0/16"));
    assertThat(judge(policy, "64:ff9b::8.8.4.4")).isEqualTo(Verdict.denied("deny 8.8.0.0/16"));
    assertThat(judge(policy, "2002:808:404::1")).isEqualTo(Verdict.denied("deny 8.8.0.0/16"));
    assertThat(judge(policy, "2002:909:909::1")).isEqualTo(Verdict.allowed("allow 2002::/16"));
    assertThat(judge(policy, "2002:a00:1::1")).isEqualTo(Verdict.denied("private-network"));
    assertThat(judge(policy, "::127.0.0.1")).isEqualTo(Verdict.denied("loopback"));
    assertThat(judge(policy, "::9.9.9.9")).isEqualTo(Verdict.allowed("allow ::/96"));
  }

  @Test
  void judge_shouldReadEveryCutOfLocalNat64() {
    PeerPolicy policy = policy(PeerProfile.INTERNET, List.of("64:ff9b:1::/48"), List.of());
    assertThat(judge(policy, "64:ff9b:1::8.8.8.8").isAllowed()).isTrue();
    assertThat(judge(policy, "64:ff9b:1:7:0:7:10.0.0.1").rule()).isEqualTo("private-network");
    // 127.0.0.1 at bits 48, 56 and 64; the last 32 bits are what a cut at 96 would translate.
    for (String address :
        List.of("64:ff9b:1:7f00:0:100::", "64:ff9b:1:7f:0:1::", "64:ff9b:1:0:7f:0:100:0")) {
      assertThat(judge(policy, address).isAllowed()).as(address).isFalse();
    }
  }

  @Test
  void judge_shouldReadTeredoClientsInverted() {
    PeerPolicy policy = policy(PeerProfile.INTERNET, List.of("2001::/32"), List.of());
    assertThat(judge(policy, "2001:0:808:808::80ff:fffe").rule()).isEqualTo("loopback");
    assertThat(judge(policy, "2001:0:808:808::f7f7:f7f7").isAllowed()).isTrue();
  }

  // ----------------------------------------------------------------------------------- own
  // addresses

  @Test
  void judge_shouldReachOwnAddressesOnRelayedPortsOnly() {
    PeerPolicy policy =
        policy(
            PeerProfile.LAN,
            List.of("10.0.0.0/8"),
            List.of("192.168.0.0/16", "2a00::/12"),
            List.of("10.0.0.5", "10.0.0.6", "192.168.1.1", "8.1.1.1", "2a00:1450::5"),
            List.of("10.0.0.5", "192.168.1.1", "8.1.1.1", "2a00:1450::5"),
            PeerPorts.ALL);
    for (String address :
        List.of("10.0.0.5", "192.168.1.1", "8.1.1.1", "2a00:1450::5", "64:ff9b::8.1.1.1")) {
      Verdict verdict = judge(policy, address);
      assertThat(verdict).as(address).isEqualTo(new Verdict(true, true, "relayed-address"));
      assertThat(policy.allowsPort(verdict, FIRST)).isTrue();
      assertThat(policy.allowsPort(verdict, LAST)).isTrue();
      assertThat(policy.allowsPort(verdict, FIRST - 1)).isFalse();
      assertThat(policy.allowsPort(verdict, LAST + 1)).isFalse();
      assertThat(policy.allowsPort(verdict, 3478)).isFalse();
    }
    assertThat(judge(policy, "10.0.0.6")).isEqualTo(Verdict.denied("own-address"));
    assertThat(judge(policy, "64:ff9b::10.0.0.6")).isEqualTo(Verdict.denied("own-address"));
    assertThat(judge(policy, "10.0.0.7")).isEqualTo(Verdict.allowed("allow 10.0.0.0/8"));
  }

  @Test
  void judge_shouldListenToListsThatNameAnOwnAddress() {
    PeerPolicy policy =
        policy(
            PeerProfile.INTERNET,
            List.of("127.0.0.1"),
            List.of("8.1.1.1/32"),
            List.of("127.0.0.1", "8.1.1.1"),
            List.of("127.0.0.1", "8.1.1.1"),
            new PeerPorts(0, Set.of(), Set.of(3478, 5349)));
    Verdict loopback = judge(policy, "127.0.0.1");
    assertThat(loopback.isAllowed()).isTrue();
    assertThat(policy.allowsPort(loopback, 80)).isTrue();
    assertThat(policy.allowsPort(loopback, 3478)).isFalse();
    assertThat(policy.allowsPort(loopback, 5349)).isFalse();
    Verdict translated = judge(policy, "64:ff9b::127.0.0.1");
    assertThat(policy.allowsPort(translated, 3478)).isFalse();
    assertThat(policy.allowsPort(judge(policy, "9.9.9.9"), 3478)).isTrue();
    assertThat(judge(policy, "8.1.1.1").isAllowed()).isFalse();
  }

  // --------------------------------------------------------------------------------------------
  // ports

  @Test
  void allowsPort_shouldKeepToTheFloor() {
    PeerPolicy policy =
        policy(
            PeerProfile.INTERNET,
            List.of("10.0.0.0/8"),
            List.of(),
            List.of(),
            List.of(),
            new PeerPorts(1_024, Set.of(443), Set.of()));
    for (String address : List.of("9.9.9.9", "10.0.0.1", "2a00:1450::1")) {
      Verdict verdict = judge(policy, address);
      assertThat(policy.allowsPort(verdict, 53)).isFalse();
      assertThat(policy.allowsPort(verdict, 443)).isTrue();
      assertThat(policy.allowsPort(verdict, 1_023)).isFalse();
      assertThat(policy.allowsPort(verdict, 1_024)).isTrue();
      assertThat(policy.allowsPort(verdict, 65_535)).isTrue();
    }
  }

  @Test
  void constructors_shouldRefuseNonsense() {
    assertThatThrownBy(() -> new PeerPorts(-1, Set.of(), Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new PeerPorts(0, Set.of(65_536), Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new PeerPolicy(
                PeerProfile.LAN, List.of(), List.of(), List.of(), List.of(), 2, 1, PeerPorts.ALL))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void judge_shouldAllocateNothing() {
    PeerPolicy policy =
        policy(
            PeerProfile.LAN,
            List.of("10.0.0.0/8", "2002::/16"),
            List.of("8.8.0.0/16"),
            List.of("127.0.0.1"),
            List.of("127.0.0.1"),
            new PeerPorts(1_024, Set.of(443), Set.of(3478)));
    int allowed = judgeMany(policy, 20_000);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    allowed += judgeMany(policy, 200_000);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(1_024);
    assertThat(allowed).isPositive();
  }

  private static int judgeMany(PeerPolicy policy, int times) {
    int allowed = 0;
    long bits = 1;
    for (int i = 0; i < times; i++) {
      bits = bits * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
      Verdict v4 = policy.judge(IpFamily.V4, 0, bits >>> 32);
      Verdict v6 = policy.judge(IpFamily.V6, 0x2000_0000_0000_0000L | bits >>> 6, bits);
      allowed += policy.allowsPort(v4, i & 0xffff) ? 1 : 0;
      allowed += policy.allowsPort(v6, i & 0xffff) ? 1 : 0;
    }
    return allowed;
  }
}
