package org.peerstead.crdt.patch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.text.TextUnit;
import org.peerstead.simulation.SeededCases;

/**
 * Following the patches between two moments turns a copy of the first into the second, in either
 * direction of time.
 */
class DifferPropertiesTest {

  @Test
  void diff_shouldLeadFromAnyMomentToAnyOther() {
    SeededCases.of("patches lead from moment to moment", 11, 600)
        .run(random -> {
          TextUnit unit = random.nextBoolean() ? TextUnit.UTF16 : TextUnit.CODE_POINT;
          RandomHistory history = new RandomHistory(random, unit);
          for (int n = 0; n < 6; n++) {
            check(history.document(), moment(history, random), moment(history, random), unit);
          }
          check(history.document(), moment(history, random), history.document().heads(), unit);
          check(history.document(), List.of(), history.document().heads(), unit);
        });
  }

  private static List<ChangeHash> moment(RandomHistory history, RandomGenerator random) {
    return history.moments.get(random.nextInt(history.moments.size()));
  }

  private static void check(
      Document document, List<ChangeHash> before, List<ChangeHash> after, TextUnit unit) {
    List<Patch> patches = document.diff(before, after);
    Copy copy = Copy.of(document.at(before), unit);
    Copy expected = Copy.of(document.at(after), unit);
    patches.forEach(copy::apply);
    assertThat(copy.visible()).as("after %s", patches).isEqualTo(expected.visible());
    for (Patch patch : patches) {
      assertThat(expected.resolve(patch.path())).as("path of %s", patch).isEqualTo(patch.object());
    }
    if (before.equals(after)) {
      assertThat(patches).isEmpty();
    }
  }
}
