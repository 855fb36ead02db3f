package org.peerstead.dhtseed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peerstead.dhtseed.DhtSeedConfig.Mode;
import org.peerstead.dhtseed.Reachability.Evidence;
import org.peerstead.dhtseed.Reachability.Nat;
import org.peerstead.dhtseed.Reachability.Verdict;
import org.peerstead.discovery.rpc.core.AddressView;
import org.peerstead.discovery.rpc.core.Connectivity;
import org.peerstead.discovery.rpc.wire.NodeAddress;

class ReachabilityTest {
  private static final String HOST = "8.8.4.4";
  private static final int PORT = 49_737;

  private static SeedPlan plan(Mode mode, String host) throws SeedPlan.UnusableException {
    return SeedPlan.of(
        mode,
        Optional.of(host).filter(text -> !text.isEmpty()),
        Optional.empty(),
        PORT,
        Optional.empty(),
        List.of(),
        name -> List.of());
  }

  private static Evidence seen(String host, int port, int samples, long strangers) {
    return new Evidence(
        true,
        true,
        new AddressView(host, port, samples, false, false),
        PORT,
        Connectivity.ONLINE,
        strangers);
  }

  private static Reachability seed(Evidence evidence) throws Exception {
    return Reachability.judge(plan(Mode.SEED, HOST), evidence);
  }

  @Test
  void judge_shouldNotTrustWhatTheOperatorSaidHimself() throws Exception {
    Reachability alone = seed(seen(HOST, PORT, 1, 0));
    assertThat(alone.verdict()).isEqualTo(Verdict.UNPROVEN);
    assertThat(alone.nat()).isEqualTo(Nat.UNKNOWN);
    assertThat(alone.reason()).contains("firewall");
  }

  @Test
  void judge_shouldTellConfirmedFromReached() throws Exception {
    Reachability confirmed = seed(seen(HOST, PORT, 5, 0));
    assertThat(confirmed.verdict()).isEqualTo(Verdict.ADDRESS_CONFIRMED);
    assertThat(confirmed.nat()).isEqualTo(Nat.NONE);
    assertThat(seed(seen(HOST, PORT, 5, 2)).verdict()).isEqualTo(Verdict.REACHED);
    assertThat(seed(seen(HOST, PORT, 1, 1)).verdict()).isEqualTo(Verdict.REACHED);
  }

  @Test
  void judge_shouldNameAnotherAddress() throws Exception {
    Reachability other = seed(seen("9.9.9.9", PORT, 6, 3));
    assertThat(other.verdict()).isEqualTo(Verdict.HOST_DIFFERS);
    assertThat(other.verdict().isFine()).isFalse();
    assertThat(other.reason()).contains("9.9.9.9", "--dht-host 9.9.9.9");
    Reachability several = seed(seen(null, 0, 6, 0));
    assertThat(several.verdict()).isEqualTo(Verdict.HOST_DIFFERS);
    assertThat(several.nat()).isEqualTo(Nat.SEVERAL_ADDRESSES);
  }

  @Test
  void judge_shouldNameARemappedPort() throws Exception {
    Reachability remapped = seed(seen(HOST, 50_001, 6, 0));
    assertThat(remapped.verdict()).isEqualTo(Verdict.PORT_REMAPPED);
    assertThat(remapped.nat()).isEqualTo(Nat.CONSISTENT);
    assertThat(remapped.reason()).contains("50001", "Forward UDP 49737");
    Reachability varying = seed(seen(HOST, 0, 6, 0));
    assertThat(varying.verdict()).isEqualTo(Verdict.PORT_VARIES);
    assertThat(varying.nat()).isEqualTo(Nat.VARYING);
  }

  @Test
  void judge_shouldLetALocalSeedBe() throws Exception {
    Reachability local = Reachability.judge(plan(Mode.SEED, ""), seen("127.0.0.1", PORT, 4, 0));
    assertThat(local.verdict()).isEqualTo(Verdict.LOCAL);
    assertThat(local.verdict().isFine()).isTrue();
    assertThat(local.reason()).contains("127.0.0.1:49737");
  }

  @Test
  void judge_shouldTellParticipantsWhyTheyDoNotServe() throws Exception {
    SeedPlan plan = plan(Mode.ADAPTIVE, "");
    Evidence firewalled =
        new Evidence(
            true, false, new AddressView(HOST, PORT, 4, true, true), PORT, Connectivity.ONLINE, 0);
    Reachability asking = Reachability.judge(plan, firewalled);
    assertThat(asking.verdict()).isEqualTo(Verdict.NOT_SERVING);
    assertThat(asking.nat()).isEqualTo(Nat.NONE);
    assertThat(asking.reason()).contains("not been seen to reach");
    assertThat(Reachability.judge(plan, seen(HOST, PORT, 4, 0)).verdict())
        .isEqualTo(Verdict.REACHED);
  }

  @Test
  void judge_shouldTellWhenNobodyAnswers() throws Exception {
    Evidence offline =
        new Evidence(
            true,
            true,
            new AddressView(HOST, PORT, 1, false, false),
            PORT,
            Connectivity.OFFLINE,
            9);
    assertThat(seed(offline).verdict()).isEqualTo(Verdict.OFFLINE);
    Evidence starting =
        new Evidence(
            false,
            true,
            new AddressView(HOST, PORT, 1, false, false),
            PORT,
            Connectivity.ONLINE,
            0);
    assertThat(seed(starting).verdict()).isEqualTo(Verdict.STARTING);
  }

  @Test
  void strangers_shouldBeThoseWhoWereNotAsked() {
    var strangers = new Strangers(true);
    NodeAddress asked = NodeAddress.parse("8.8.8.8:1");
    strangers.asked(asked);
    strangers.came(asked);
    strangers.came(NodeAddress.parse("10.0.0.1:1"));
    strangers.came(NodeAddress.parse("127.0.0.1:1"));
    assertThat(strangers.count()).isZero();
    strangers.came(NodeAddress.parse("9.9.9.9:1"));
    assertThat(strangers.count()).isEqualTo(1);

    var near = new Strangers(false);
    near.came(NodeAddress.parse("10.0.0.1:1"));
    near.came(NodeAddress.parse("127.0.0.1:1"));
    assertThat(near.count()).isEqualTo(1);
  }
}
