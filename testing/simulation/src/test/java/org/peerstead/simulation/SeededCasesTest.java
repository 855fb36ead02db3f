package org.peerstead.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeededCasesTest {
  private static SeededCases cases(long seed, int count) {
    return SeededCases.configured("numbers", seed, count, null, null);
  }

  @Test
  void run_shouldDrawTheSameNumbersAgainForTheSameSeed() {
    List<Long> first = new ArrayList<>();
    List<Long> second = new ArrayList<>();
    cases(7, 5).run(random -> first.add(random.nextLong()));
    cases(7, 5).run(random -> second.add(random.nextLong()));
    assertThat(first).hasSize(5).doesNotHaveDuplicates().isEqualTo(second);
  }

  @Test
  void run_shouldNameTheSeedThatRepeatsTheFailingCaseAlone() {
    List<Long> drawn = new ArrayList<>();
    AssertionError failure =
        catchThrowableOfType(
            AssertionError.class,
            () ->
                cases(7, 50)
                    .run(random -> {
                      drawn.add(random.nextLong());
                      if (drawn.size() == 20) {
                        throw new IllegalStateException("twentieth");
                      }
                    }));
    String seed = failure.getMessage().replaceAll("(?s).*-Dpeerstead.seed=(-?\\d+) .*", "$1");
    assertThat(failure).hasMessageContaining("case 19 of 50").hasMessageContaining("twentieth");
    List<Long> again = new ArrayList<>();
    SeededCases.configured("numbers", 7, 50, seed, "1").run(random -> again.add(random.nextLong()));
    assertThat(again).containsExactly(drawn.get(19));
  }

  @Test
  void runScripts_shouldShrinkToTheStepsThatMatter() {
    AssertionError failure =
        catchThrowableOfType(
            AssertionError.class,
            () ->
                cases(1, 1)
                    .runScripts(
                        random -> random.ints(200, 0, 1000).boxed().toList(),
                        script -> {
                          // Fails whenever two multiples of five remain.
                          assertThat(script.stream().filter(n -> n % 5 == 0).count()).isLessThan(2);
                        }));
    assertThat(failure).hasMessageContaining("shortest failing script (2 of 200 steps)");
    assertThat(failure.getMessage().lines().skip(1).filter(l -> l.matches("  \\d+")).toList())
        .hasSize(2)
        .allMatch(line -> Integer.parseInt(line.strip()) % 5 == 0);
  }

  @Test
  void configured_shouldTakeSeedAndNumberOfCasesFromTheSettings() {
    SeededCases configured = SeededCases.configured("n", 1, 2, " -42 ", "3");
    assertThat(configured.baseSeed()).isEqualTo(-42);
    assertThat(configured.cases()).isEqualTo(3);
    assertThat(SeededCases.configured("n", 1, 2, "random", null).baseSeed())
        .isNotEqualTo(SeededCases.configured("n", 1, 2, "random", null).baseSeed());
  }

  @Test
  void configured_shouldRefuseARunWithoutCases() {
    assertThatIllegalArgumentException().isThrownBy(() -> cases(1, 0));
  }
}
