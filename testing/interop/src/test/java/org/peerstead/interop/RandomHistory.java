package org.peerstead.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.peerstead.interop.Step.Edit;
import org.peerstead.interop.Step.Kind;

/** Makes random scripts for a few documents with one actor each. */
final class RandomHistory {
  /** Documents of a script. */
  static final int DOCUMENTS = 3;

  /** How often each kind of edit comes, in the order of {@link Kind}. */
  private static final int[] WEIGHTS = {14, 6, 10, 3, 10, 8, 24, 9, 4, 3, 2, 2};

  private RandomHistory() {}

  static List<Step> generate(RandomGenerator random) {
    int length = 4 + random.nextInt(28);
    List<Step> script = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      addStep(random, script);
    }
    return script;
  }

  private static void addStep(RandomGenerator random, List<Step> script) {
    int doc = random.nextInt(DOCUMENTS);
    int other = (doc + 1 + random.nextInt(DOCUMENTS - 1)) % DOCUMENTS;
    int dice = random.nextInt(100);
    if (dice < 58) {
      addCommit(random, script, doc, -1);
    } else if (dice < 64) {
      addCommit(random, script, doc, random.nextInt(1000));
    } else if (dice < 78) {
      script.add(new Step.Merge(doc, other));
    } else if (dice < 85) {
      script.add(new Step.Deliver(doc, other, random.nextLong(), 20 + random.nextInt(81)));
    } else if (dice < 88) {
      script.add(new Step.Fork(doc, other));
    } else if (dice < 91) {
      script.add(new Step.Reload(doc));
    } else if (dice < 93) {
      String message = random.nextBoolean() ? "" : "tied together";
      script.add(new Step.Empty(doc, random.nextInt(5), message));
    } else {
      int messages = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 40;
      script.add(new Step.Sync(doc, other, messages, random.nextInt(3) == 0));
    }
  }

  private static void addCommit(RandomGenerator random, List<Step> script, int doc, int past) {
    int count = 1 + random.nextInt(random.nextInt(6) == 0 ? 25 : 5);
    for (int i = 0; i < count; i++) {
      script.add(
          new Edit(
              kind(random),
              random.nextInt(1000),
              random.nextInt(1000),
              random.nextInt(1000),
              random.nextInt(1000)));
    }
    long time =
        switch (random.nextInt(4)) {
          case 0 -> 0;
          case 1 -> -random.nextInt(100);
          case 2 -> 1_700_000_000L + random.nextInt(1000);
          default -> random.nextInt(10);
        };
    String message =
        switch (random.nextInt(5)) {
          case 0 -> "edit";
          case 1 -> "größer 😀";
          default -> null;
        };
    script.add(new Step.Commit(doc, time, message, past));
  }

  private static Kind kind(RandomGenerator random) {
    int total = 0;
    for (int weight : WEIGHTS) {
      total += weight;
    }
    int dice = random.nextInt(total);
    for (Kind kind : Kind.values()) {
      dice -= WEIGHTS[kind.ordinal()];
      if (dice < 0) {
        return kind;
      }
    }
    throw new IllegalStateException("weights do not cover " + dice);
  }
}
