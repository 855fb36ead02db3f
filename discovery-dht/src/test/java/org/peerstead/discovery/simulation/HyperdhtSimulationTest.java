package org.peerstead.discovery.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.discovery.simulation.SimulatedDht.MINUTE;
import static org.peerstead.discovery.simulation.SimulatedDht.SECOND;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;
import org.peerstead.simulation.network.LinkFaults;

/**
 * Networks with faults: after each of them lookups find who is there. {@link Invariants} are
 * checked all the while.
 */
final class HyperdhtSimulationTest {
  private static final long SEED = 20_261_123;

  private static SimulationSettings ordinary(long seed) {
    return SimulationSettings.of(seed, LinkFaults.ORDINARY);
  }

  @Test
  void ordinaryDay_shouldFindWhatIsThere() {
    SeededCases.of("ordinary day", SEED, 1)
        .run(chance -> {
          Town town = Town.of(ordinary(chance.nextLong()), 300);
          town.churn().ordinary();
          town.dht().invariants().expectDeadToLeave(15 * MINUTE);
          town.run(5 * MINUTE);
          Outcomes outcomes = town.outcomesOf(30 * MINUTE);

          String description = town.describe("ordinary day");
          assertThat(town.churn().left()).as(description).isGreaterThan(40);
          assertThat(outcomes.lookups()).as(description).isGreaterThan(2_000);
          assertThat(outcomes.found()).as(description).isEqualTo(1);
          assertThat(outcomes.got()).as(description).isGreaterThan(0.99);
          assertThat(outcomes.announced()).as(description).isGreaterThan(0.995);
          assertThat(outcomes.hops().max()).as(description).isLessThanOrEqualTo(5);
          assertThat(outcomes.requests().quantile(0.99)).as(description).isLessThan(60);
          assertThat(NodeFigures.of(town.dht(), 0).persistent())
              .as("open nodes that found out that they can serve; %s", description)
              .isGreaterThan(300 / 5 + 300 / 10);
        });
  }

  @Test
  void everyFifthPacketLost_shouldFindWhatIsThere() {
    SeededCases.of("every fifth packet lost", SEED, 1)
        .run(chance -> {
          LinkFaults faults = LinkFaults.ORDINARY.withLoss(0.2);
          Town town = Town.of(SimulationSettings.of(chance.nextLong(), faults), 200);
          town.churn().ordinary();
          town.run(4 * MINUTE);
          Outcomes outcomes = town.outcomesOf(10 * MINUTE);

          String description = town.describe("20 % loss");
          assertThat(outcomes.lookups()).as(description).isGreaterThan(800);
          assertThat(outcomes.found()).as(description).isEqualTo(1);
          assertThat(outcomes.foundAtOnce()).as(description).isGreaterThan(0.999);
          assertThat(outcomes.announced()).as(description).isGreaterThan(0.995);
        });
  }

  @Test
  void thirdVanishesAtOnce_shouldFindTheOthers() {
    SeededCases.of("a third vanishes", SEED, 1)
        .run(chance -> {
          Town town = Town.of(ordinary(chance.nextLong()), 200);
          town.run(6 * MINUTE);
          SimulatedDht dht = town.dht();
          int before = dht.nodes().size();
          for (SimulatedNode node : List.copyOf(dht.nodes())) {
            if (node.kind() != NodeKind.SEED && dht.chance().nextInt(10) < 3) {
              dht.vanish(node);
            }
          }
          assertThat(dht.nodes().size()).isLessThan(before * 8 / 10);
          Outcomes outcomes = town.outcomesOf(3 * MINUTE);

          String description = town.describe("30 % vanish");
          assertThat(outcomes.lookups()).as(description).isGreaterThan(200);
          assertThat(outcomes.found()).as(description).isEqualTo(1);

          dht.invariants().expectDeadToLeave(8 * MINUTE);
          town.run(7 * MINUTE);
        });
  }

  @Test
  void partition_shouldWorkOnBothSidesAndHeal() {
    SeededCases.of("partition", SEED, 1)
        .run(chance -> {
          Town town = Town.of(ordinary(chance.nextLong()), 200);
          town.run(5 * MINUTE);
          SimulatedDht dht = town.dht();
          for (SimulatedNode node : dht.nodes()) {
            int side = dht.chance().nextInt(2);
            node.host().moveToSide(side);
            if (node.host().nat() != null) {
              node.host().nat().moveToSide(side);
            }
          }
          dht.network().cut(true);
          town.run(6 * MINUTE);
          dht.network().cut(false);
          // Everybody announces again within 12 minutes.
          town.run(13 * MINUTE);
          Outcomes outcomes = town.outcomesOf(4 * MINUTE);

          String description = town.describe("healed partition");
          assertThat(outcomes.lookups()).as(description).isGreaterThan(300);
          assertThat(outcomes.found()).as(description).isEqualTo(1);
        });
  }

  @Test
  void sleepOfAllClients_shouldWorkSoonAfterTheyWakeUp() {
    SeededCases.of("sleep of all clients", SEED, 1)
        .run(chance -> {
          Town town = Town.of(ordinary(chance.nextLong()), 200);
          town.run(4 * MINUTE);
          SimulatedDht dht = town.dht();
          List<SimulatedNode> asleep = new ArrayList<>();
          for (SimulatedNode node : dht.nodes()) {
            if (!node.isPersistent()) {
              dht.suspend(node);
              asleep.add(node);
            }
          }
          assertThat(asleep).hasSizeGreaterThan(100);
          town.run(60 * MINUTE);
          asleep.forEach(dht::resume);
          town.run(2 * MINUTE);
          Outcomes outcomes = town.outcomesOf(3 * MINUTE);

          String description = town.describe("after a sleep");
          assertThat(outcomes.lookups()).as(description).isGreaterThan(200);
          assertThat(outcomes.found()).as(description).isEqualTo(1);
        });
  }

  @Test
  void seedsReplacedOneAfterTheOther_shouldFailNoLookup() {
    SeededCases.of("replaced seeds", SEED, 1)
        .run(chance -> {
          // Nobody but the seeds serves, so that all depends on them.
          SimulatedDht dht = new SimulatedDht(ordinary(chance.nextLong()).withSeeds(3));
          new Churn(dht).populate(NodeKind.HIDDEN, 100, MINUTE);
          // A node below its facade does not ask itself, so seeds are no askers here.
          Workload work =
              new Workload(dht, 40)
                  .askedBy(node -> node.kind() != NodeKind.SEED)
                  .announceEvery(5 * SECOND, 60)
                  .lookUpEvery(SECOND / 4);
          Town town = new Town(dht, new Churn(dht), work);
          town.run(4 * MINUTE);
          work.outcomes().reset();
          for (int number = 0; number < 2; number++) {
            dht.vanish(dht.seeds().get(number));
            town.run(2 * MINUTE);
            dht.replaceSeed(number);
            // Everybody announces again within 12 minutes.
            town.run(12 * MINUTE);
          }

          String description = town.describe("replaced seeds");
          assertThat(work.outcomes().lookups()).as(description).isGreaterThan(2_000);
          assertThat(work.outcomes().lost()).as(description).isZero();
          // The line of an asker is away now and then, seeds never are all at once.
          assertThat(work.outcomes().unanswered()).as(description).isLessThan(20);
          assertThat(work.outcomes().announced()).as(description).isGreaterThan(0.98);
        });
  }

  @Test
  void sameSeed_shouldGiveTheSameRun() {
    assertThat(run(1)).isEqualTo(run(1)).isNotEqualTo(run(2));
  }

  private static String run(long seed) {
    Town town = Town.of(ordinary(seed), 50);
    town.run(3 * MINUTE);
    return town.work().outcomes().report() + town.dht().tally() + town.dht().network().sent();
  }
}
