package org.peerstead.benchmarks.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A made-up editing session for runs that must not depend on recorded traces: mostly typing at a
 * cursor, some corrections right before it, now and then a jump elsewhere. The same seed gives the
 * same session.
 */
final class SyntheticSession {
  private SyntheticSession() {}

  /** A session of one agent with one edit of one character per transaction. */
  static Trace typing(int edits, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    StringBuilder text = new StringBuilder();
    List<Trace.Transaction> transactions = new ArrayList<>(edits);
    int cursor = 0;
    for (int i = 0; i < edits; i++) {
      if (random.nextInt(40) == 0) {
        cursor = random.nextInt(text.length() + 1);
      }
      Trace.Patch patch;
      if (cursor > 0 && random.nextInt(4) == 0) {
        cursor--;
        patch = new Trace.Patch(cursor, 1, "");
      } else {
        patch = new Trace.Patch(cursor, 0, Character.toString('a' + random.nextInt(26)));
        cursor++;
      }
      text.replace(patch.position(), patch.position() + patch.deleted(), patch.inserted());
      transactions.add(new Trace.Transaction(0, List.of(), List.of(patch)));
    }
    return new Trace(1, text.toString(), transactions);
  }

  /**
   * A session of two agents who type at the same time and see each other's text after every round.
   */
  static Trace takingTurns(int rounds, int editsPerRound) {
    StringBuilder text = new StringBuilder();
    List<Trace.Transaction> transactions = new ArrayList<>();
    List<Integer> heads = List.of();
    for (int round = 0; round < rounds; round++) {
      if (round == 0) {
        text.append("start.");
        transactions.add(
            new Trace.Transaction(0, List.of(), List.of(new Trace.Patch(0, 0, "start."))));
        heads = List.of(0);
        continue;
      }
      // One writes at the start, the other at the end, so that every algorithm merges alike.
      int end = text.length();
      List<Integer> next = new ArrayList<>();
      for (int agent = 0; agent < 2; agent++) {
        List<Integer> parents = heads;
        for (int i = 0; i < editsPerRound; i++) {
          int position = agent == 0 ? i : end + i;
          transactions.add(
              new Trace.Transaction(
                  agent, parents, List.of(new Trace.Patch(position, 0, agent == 0 ? "a" : "b"))));
          parents = List.of(transactions.size() - 1);
        }
        next.add(transactions.size() - 1);
      }
      text.insert(0, "a".repeat(editsPerRound)).append("b".repeat(editsPerRound));
      heads = next;
    }
    transactions.add(
        new Trace.Transaction(0, heads, List.of(new Trace.Patch(text.length(), 0, "end"))));
    text.append("end");
    return new Trace(2, text.toString(), transactions);
  }
}
