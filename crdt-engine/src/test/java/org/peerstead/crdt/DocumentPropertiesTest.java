package org.peerstead.crdt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ExpandMark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.simulation.SeededCases;

/**
 * Laws that hold for every history: replicas converge, saves load, rollbacks leave nothing behind.
 */
class DocumentPropertiesTest {
  private static final String[] PIECES = {"a", "bc", "é", "😀", "long piece of text "};

  /** One step of a script; numbers are taken modulo what there is. */
  private record Step(int replica, int kind, int a, int b, int c) {}

  private static List<Step> script(RandomGenerator random) {
    List<Step> steps = new ArrayList<>();
    for (int i = random.nextInt(10, 120); i > 0; i--) {
      steps.add(
          new Step(
              random.nextInt(4),
              random.nextInt(13),
              random.nextInt(1000),
              random.nextInt(1000),
              random.nextInt(1000)));
    }
    return steps;
  }

  private static final class Team {
    final List<Document> replicas = new ArrayList<>();
    final ObjectId text;
    final ObjectId list;

    Team() {
      Document first = Document.create(ActorId.fromHex("0a"));
      first.change(tx -> {
        tx.putObject(ObjectId.ROOT, "text", ObjectType.TEXT);
        tx.putObject(ObjectId.ROOT, "list", ObjectType.LIST);
        tx.put(ObjectId.ROOT, "n", new ScalarValue.Counter(0));
      });
      text = ((ObjectValue) first.now().get(ObjectId.ROOT, "text").orElseThrow()).id();
      list = ((ObjectValue) first.now().get(ObjectId.ROOT, "list").orElseThrow()).id();
      replicas.add(first);
      for (String actor : List.of("ff", "0b", "0a00")) {
        replicas.add(first.fork(ActorId.fromHex(actor)));
      }
    }

    void run(Step step) {
      Document document = replicas.get(step.replica);
      if (step.kind == 0) {
        document.merge(replicas.get(step.a % replicas.size()));
      } else {
        document.change(tx -> edit(tx, step));
      }
    }

    void edit(Transaction tx, Step step) {
      int textLength = (int) tx.view().length(text);
      int listLength = (int) tx.view().length(list);
      String key = "k" + step.a % 4;
      switch (step.kind) {
        case 1, 2, 3, 4 ->
            tx.splice(text, step.a % (textLength + 1), step.b % 4, PIECES[step.c % PIECES.length]);
        case 5 -> tx.splice(text, step.a % (textLength + 1), step.b % 9, "");
        case 6 -> {
          int from = step.a % (textLength + 1);
          int to = from + step.b % (textLength + 1 - from);
          tx.mark(
              text,
              from,
              to,
              ExpandMark.values()[step.c % 4],
              "m" + step.c % 2,
              new ScalarValue.Int(step.b));
        }
        case 7 -> tx.insert(list, step.a % (listLength + 1), new ScalarValue.Int(step.b));
        case 8 -> {
          if (listLength > 0) {
            tx.put(list, step.a % listLength, new ScalarValue.Str("s" + step.b));
          }
        }
        case 9 -> {
          if (listLength > 0) {
            tx.delete(list, step.a % listLength);
          }
        }
        case 10 -> tx.put(ObjectId.ROOT, key, new ScalarValue.Int(step.b % 3));
        case 11 -> tx.delete(ObjectId.ROOT, key);
        default -> tx.increment(ObjectId.ROOT, "n", step.b - 500);
      }
    }
  }

  @Test
  void merge_shouldConvergeInAnyOrder() {
    SeededCases.of("merge converges in any order", 42, 300)
        .runScripts(
            DocumentPropertiesTest::script,
            steps -> {
              Team team = new Team();
              steps.forEach(team::run);
              Random shuffle = new Random(steps.size());
              List<byte[]> changes = new ArrayList<>();
              for (Document replica : team.replicas) {
                changes.addAll(replica.changesSince(List.of()));
              }
              for (Document replica : team.replicas) {
                Collections.shuffle(changes, shuffle);
                replica.applyChanges(changes);
                assertThat(replica.queuedCount()).isZero();
              }
              Document first = team.replicas.getFirst();
              for (Document other : team.replicas) {
                assertThat(other.heads()).isEqualTo(first.heads());
                assertThat(VectorScript.view(other.now()))
                    .isEqualTo(VectorScript.view(first.now()));
              }
            });
  }

  @Test
  void load_shouldGiveBackWhatWasSaved() {
    SeededCases.of("load gives back what was saved", 43, 300)
        .runScripts(
            DocumentPropertiesTest::script,
            steps -> {
              Team team = new Team();
              steps.forEach(team::run);
              for (Document replica : team.replicas) {
                byte[] saved = replica.saveUncompressed();
                Document loaded = Document.load(replica.save(), ActorId.fromHex("cc"));
                assertThat(loaded.heads()).isEqualTo(replica.heads());
                assertThat(VectorScript.view(loaded.now()))
                    .isEqualTo(VectorScript.view(replica.now()));
                assertThat(loaded.saveUncompressed()).isEqualTo(saved);
              }
            });
  }

  @Test
  void at_shouldShowWhatWasThere() {
    SeededCases.of("earlier heads show what was there", 44, 100)
        .runScripts(
            DocumentPropertiesTest::script,
            steps -> {
              Team team = new Team();
              List<List<ChangeHash>> moments = new ArrayList<>();
              List<String> shown = new ArrayList<>();
              for (Step step : steps) {
                team.run(step);
                Document document = team.replicas.get(step.replica);
                moments.add(document.heads());
                shown.add(VectorScript.view(document.now()).toString());
              }
              Document all = team.replicas.getFirst();
              team.replicas.subList(1, 4).forEach(all::merge);
              for (int i = 0; i < moments.size(); i++) {
                assertThat(VectorScript.view(all.at(moments.get(i))).toString())
                    .isEqualTo(shown.get(i));
                Document forked = all.forkAt(moments.get(i), ActorId.fromHex("cc"));
                assertThat(VectorScript.view(forked.now()).toString()).isEqualTo(shown.get(i));
              }
            });
  }

  @Test
  void rollback_shouldLeaveNothingBehind() {
    SeededCases.of("rollback leaves nothing behind", 45, 300)
        .runScripts(
            DocumentPropertiesTest::script,
            steps -> {
              Team team = new Team();
              for (int i = 0; i < steps.size(); i++) {
                Step step = steps.get(i);
                Document document = team.replicas.get(step.replica);
                if (i % 3 == 0) {
                  byte[] before = document.saveUncompressed();
                  String view = VectorScript.view(document.now()).toString();
                  try (Transaction given = document.begin()) {
                    for (Step other : steps.subList(i, Math.min(steps.size(), i + 5))) {
                      if (other.kind != 0) {
                        team.edit(given, other);
                      }
                    }
                    given.rollback();
                  }
                  assertThat(document.saveUncompressed()).isEqualTo(before);
                  assertThat(VectorScript.view(document.now()).toString()).isEqualTo(view);
                }
                team.run(step);
              }
              assertThat(
                      Document.load(team.replicas.getFirst().save(), ActorId.fromHex("cc")).heads())
                  .isEqualTo(team.replicas.getFirst().heads());
            });
  }
}
