package org.peerstead.discovery.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.discovery.simulation.SimulatedDht.MINUTE;
import static org.peerstead.discovery.simulation.SimulatedDht.SECOND;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.hyperdht.records.RecordLimits;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.simulation.Conspiracy.Plan;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.simulation.SeededCases;
import org.peerstead.simulation.network.LinkFaults;
import org.peerstead.simulation.network.NetworkHost;

/** Networks with attackers: honest nodes find each other all the same. */
final class HostileSimulationTest {
  private static final long SEED = 20_261_123;

  /** A network with one topic, so that all work depends on the nodes near it. */
  private static Town oneTopic(long seed, RecordLimits limits) {
    SimulatedDht dht =
        new SimulatedDht(SimulationSettings.of(seed, LinkFaults.ORDINARY).withLimits(limits));
    Churn churn = new Churn(dht);
    churn.populate(NodeKind.SERVER, 100, MINUTE);
    churn.populate(NodeKind.HIDDEN, 60, MINUTE);
    return new Town(dht, churn, new Workload(dht, 1));
  }

  private static void work(Town town) {
    town.work().announceEvery(10 * SECOND, 15).lookUpEvery(SECOND);
  }

  @Test
  void manyIdsNearTopic_shouldNotHideIt() {
    SeededCases.of("many ids near a topic", SEED, 1)
        .run(chance -> {
          Town town = oneTopic(chance.nextLong(), RecordLimits.DEFAULT);
          Conspiracy sybils = new Conspiracy(town.dht(), Plan.EACH_OTHER, null);
          Fixed32 topic = town.work().firstTopic();
          for (int i = 0; i < 3; i++) {
            sybils.addNear(town.dht().freshHost(), 64, topic);
          }
          town.run(2 * MINUTE);
          sybils.introduceThemselves();
          town.run(3 * MINUTE);
          work(town);
          Outcomes outcomes = town.outcomesOf(5 * MINUTE);

          String description = town.describe("192 nodes of 3 hosts near the topic");
          assertThat(sybils.answered()).as(description).isGreaterThan(2_000);
          assertThat(outcomes.lookups()).as(description).isGreaterThan(200);
          assertThat(outcomes.found()).as(description).isGreaterThan(0.98);
        });
  }

  @Test
  void liarsWhoNameNobody_shouldOnlyCostTime() {
    SeededCases.of("liars who name nobody", SEED, 1)
        .run(chance -> {
          Town town = oneTopic(chance.nextLong(), RecordLimits.DEFAULT);
          Conspiracy liars = new Conspiracy(town.dht(), Plan.NOBODY, null);
          for (int i = 0; i < 10; i++) {
            liars.addAnywhere(town.dht().freshHost(), 1);
          }
          town.run(2 * MINUTE);
          liars.introduceThemselves();
          town.run(3 * MINUTE);
          work(town);
          Outcomes outcomes = town.outcomesOf(5 * MINUTE);

          String description = town.describe("every eleventh node lies");
          assertThat(outcomes.lookups()).as(description).isGreaterThan(200);
          assertThat(outcomes.found()).as(description).isGreaterThan(0.98);
          assertThat(outcomes.requests().mean()).as(description).isLessThan(150);
        });
  }

  @Test
  void liarsWhoNameVictim_shouldNotDrownIt() {
    SeededCases.of("liars who name a victim", SEED, 1)
        .run(chance -> {
          Town town = oneTopic(chance.nextLong(), RecordLimits.DEFAULT);
          SimulatedDht dht = town.dht();
          NodeAddress victim = new NodeAddress(dht.freshHost(), 80);
          NetworkHost victimHost = dht.addStranger(victim.host(), Silent.PROGRAM);
          Conspiracy liars = new Conspiracy(dht, Plan.VICTIM, victim);
          for (int i = 0; i < 10; i++) {
            liars.addAnywhere(dht.freshHost(), 1);
          }
          town.run(2 * MINUTE);
          liars.introduceThemselves();
          town.run(3 * MINUTE);
          work(town);
          victimHost.resetCounts();
          long began = liars.answered();
          Outcomes outcomes = town.outcomesOf(5 * MINUTE);

          double perLie = victimHost.packetsReceived() / (double) (liars.answered() - began);
          double perLookup = victimHost.packetsReceived() / (double) outcomes.lookups();
          String description =
              town.describe(
                  "packets at the victim per lie " + perLie + ", per lookup " + perLookup);
          assertThat(outcomes.found()).as(description).isGreaterThan(0.98);
          assertThat(perLookup).as(description).isLessThan(50);
        });
  }

  @Test
  void crowdOfOneHost_shouldNotFillTables() {
    SeededCases.of("a crowd of few hosts", SEED, 1)
        .run(chance -> {
          Town town = oneTopic(chance.nextLong(), RecordLimits.DEFAULT);
          Conspiracy crowd = new Conspiracy(town.dht(), Plan.EACH_OTHER, null);
          crowd.addAnywhere(town.dht().freshHost(), 300);
          crowd.addAnywhere(town.dht().freshHost(), 300);
          town.run(2 * MINUTE);
          crowd.introduceThemselves();
          town.run(4 * MINUTE);
          work(town);
          Outcomes outcomes = town.outcomesOf(4 * MINUTE);

          String description = town.describe("share of tables " + crowd.shareOfTables());
          // 600 nodes of two hosts beside 105 honest ones.
          assertThat(crowd.shareOfTables()).as(description).isLessThan(0.5);
          assertThat(outcomes.found()).as(description).isGreaterThan(0.98);
        });
  }

  @Test
  void allServersInOneNetwork_shouldServeItAllTheSame() {
    SeededCases.of("all servers in one network", SEED, 1)
        .run(chance -> {
          SimulatedDht dht =
              new SimulatedDht(
                  SimulationSettings.of(chance.nextLong(), LinkFaults.ORDINARY).withSeeds(1));
          int network = dht.freshHost() & ~0xff;
          for (int i = 1; i <= 40; i++) {
            dht.add(NodeKind.SERVER, network + i);
          }
          Churn churn = new Churn(dht);
          churn.populate(NodeKind.HIDDEN, 40, MINUTE);
          Town town = new Town(dht, churn, new Workload(dht, 10));
          town.run(2 * MINUTE);
          work(town);
          Outcomes outcomes = town.outcomesOf(4 * MINUTE);

          String description = town.describe("one network");
          assertThat(outcomes.lookups()).as(description).isGreaterThan(80);
          assertThat(outcomes.found()).as(description).isGreaterThan(0.98);
          assertThat(outcomes.copies().quantile(0)).as(description).isGreaterThanOrEqualTo(15);
        });
  }

  @Test
  void floodOfAnnouncements_shouldLeaveRoomForOthers() {
    SeededCases.of("a flood of announcements", SEED, 1)
        .run(chance -> {
          RecordLimits limits = RecordLimits.DEFAULT.withRecords(150, 60, 150, 150);
          Town town = oneTopic(chance.nextLong(), limits);
          SimulatedDht dht = town.dht();
          int network = dht.freshHost() & ~0xff;
          List<SimulatedNode> flooders =
              List.of(dht.add(NodeKind.SERVER, network + 1), dht.add(NodeKind.SERVER, network + 2));
          town.run(2 * MINUTE);
          work(town);
          town.run(MINUTE);
          town.work().outcomes().reset();
          Fixed32 topic = town.work().firstTopic();
          for (int i = 0; i < 300; i++) {
            SimulatedNode flooder = flooders.get(i % 2);
            Fixed32 flooded = i % 3 == 0 ? topic : dht.newTopic();
            flooder.use((node, now) ->
                node.announce(flooded, dht.newKeys(), List.of(), (result, atNanos) -> {}, now));
            dht.runFor(SECOND / 4);
          }
          town.run(3 * MINUTE);

          Outcomes outcomes = town.work().outcomes();
          String description = town.describe("flood from one network");
          assertThat(outcomes.found()).as(description).isGreaterThan(0.98);
          assertThat(outcomes.announced()).as(description).isEqualTo(1);
        });
  }
}
