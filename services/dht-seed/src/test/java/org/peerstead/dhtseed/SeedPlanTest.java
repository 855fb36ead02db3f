package org.peerstead.dhtseed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.dhtseed.DhtSeedConfig.Mode;
import org.peerstead.dhtseed.SeedPlan.Reach;
import org.peerstead.dhtseed.SeedPlan.UnusableException;
import org.peerstead.discovery.rpc.wire.NodeAddress;

class SeedPlanTest {
  private static final String PUBLIC = "8.8.4.4";

  private static SeedPlan plan(String host, String... bootstrap) throws UnusableException {
    return SeedPlan.of(
        Mode.SEED,
        Optional.of(host).filter(text -> !text.isEmpty()),
        Optional.empty(),
        49_737,
        Optional.empty(),
        List.of(bootstrap),
        SeedPlanTest::names);
  }

  private static List<Integer> names(String name) {
    return switch (name) {
      case "one.example" -> List.of(NodeAddress.parseHost(PUBLIC));
      case "two.example" ->
          List.of(NodeAddress.parseHost(PUBLIC), NodeAddress.parseHost("8.8.8.8"));
      default -> List.of();
    };
  }

  @Test
  void of_shouldLetNobodyInWithoutAnAddress() throws UnusableException {
    SeedPlan plan = plan("");
    assertThat(plan.bindHost()).isEqualTo("127.0.0.1");
    assertThat(plan.publicAddress()).hasToString("127.0.0.1:49737");
    assertThat(plan.reach()).isEqualTo(Reach.MACHINE);
    assertThat(plan.warnings()).isEmpty();
  }

  @Test
  void of_shouldServeEverybodyUnderAPublicAddress() throws UnusableException {
    SeedPlan plan = plan(PUBLIC, "1.1.1.1:49737", "seed.example:49737");
    assertThat(plan.bindHost()).isEqualTo("0.0.0.0");
    assertThat(plan.publicAddress()).hasToString("8.8.4.4:49737");
    assertThat(plan.reach()).isEqualTo(Reach.EVERYBODY);
    assertThat(plan.bootstrap()).containsExactly("1.1.1.1:49737", "seed.example:49737");
    assertThat(plan.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, MACHINE, this machine itself",
    "127.0.0.2, 127.0.0.2, MACHINE, this machine itself",
    "10.1.2.3, 0.0.0.0, NETWORK, private address",
    "172.31.0.1, 0.0.0.0, NETWORK, private address",
    "192.168.0.9, 0.0.0.0, NETWORK, private address",
    "100.64.0.1, 0.0.0.0, NETWORK, NAT",
    "169.254.1.1, 0.0.0.0, NETWORK, one link",
    "203.0.113.5, 0.0.0.0, NETWORK, documentation",
  })
  void of_shouldWarnOfAddressesThatStrangersCannotUse(
      String host, String bound, Reach reach, String warning) throws UnusableException {
    SeedPlan plan = plan(host);
    assertThat(plan.bindHost()).isEqualTo(bound);
    assertThat(plan.reach()).isEqualTo(reach);
    assertThat(plan.warnings()).singleElement().asString().contains(host, warning);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "2001:db8::1",
        "8.8.4.4:49737",
        "300.1.1.1",
        "none.example"
      })
  void of_shouldRefuseWhatNobodyCouldUse(String host) {
    assertThatThrownBy(() -> plan(host))
        .isInstanceOf(UnusableException.class)
        .hasMessageContaining(host);
  }

  @Test
  void of_shouldLookNamesUp() throws UnusableException {
    assertThat(plan("one.example").publicAddress()).hasToString("8.8.4.4:49737");
    assertThat(plan("one.example").warnings()).isEmpty();
    SeedPlan two = plan("two.example");
    assertThat(two.publicAddress()).hasToString("8.8.4.4:49737");
    assertThat(two.warnings()).singleElement().asString().contains("2 addresses");
  }

  @Test
  void of_shouldLeaveItselfOutOfTheSeeds() throws UnusableException {
    SeedPlan plan =
        plan(
            "one.example",
            "8.8.4.4:49737",
            "One.Example:49737",
            "8.8.4.4@one.example:49737",
            " ",
            "8.8.4.4:49738");
    assertThat(plan.bootstrap()).containsExactly("8.8.4.4:49738");
    assertThat(plan.warnings()).hasSize(3).allMatch(text -> text.contains("this node itself"));
  }

  @Test
  void of_shouldWarnOfSeedsThatLoopbackDoesNotReach() throws UnusableException {
    assertThat(plan("", "127.0.0.1:49738", "localhost:49739").warnings()).isEmpty();
    assertThat(plan("", "1.1.1.1:49737").warnings())
        .singleElement()
        .asString()
        .contains("cannot reach the other seeds");
  }

  @Test
  void of_shouldWarnOfABindHostThatHidesTheNode() throws UnusableException {
    SeedPlan plan =
        SeedPlan.of(
            Mode.SEED,
            Optional.of(PUBLIC),
            Optional.of("127.0.0.1"),
            49_737,
            Optional.of(50_000),
            List.of(),
            SeedPlanTest::names);
    assertThat(plan.publicAddress()).hasToString("8.8.4.4:50000");
    assertThat(plan.reach()).isEqualTo(Reach.MACHINE);
    assertThat(plan.warnings()).singleElement().asString().contains("nothing from outside");
  }

  @Test
  void of_shouldBindParticipantsToAllAddresses() throws UnusableException {
    SeedPlan plan =
        SeedPlan.of(
            Mode.ADAPTIVE,
            Optional.empty(),
            Optional.empty(),
            0,
            Optional.empty(),
            List.of("1.1.1.1:49737"),
            SeedPlanTest::names);
    assertThat(plan.bindHost()).isEqualTo("0.0.0.0");
    assertThat(plan.publicAddress()).isNull();
    assertThat(plan.warnings()).isEmpty();
  }
}
