package org.peerstead.crdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ExpandMark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.text.TextUnit;
import org.peerstead.crdt.wire.ByteWriter;
import org.peerstead.crdt.wire.Chunk;

class DocumentTest {
  private static final ActorId ALICE = ActorId.fromHex("a11ce0");
  private static final ActorId BOB = ActorId.fromHex("b0b0");

  private static ScalarValue number(long value) {
    return new ScalarValue.Int(value);
  }

  @Test
  void applyChanges_shouldQueueChangesUntilTheirDependenciesArrive()
      throws AutomergeFormatException {
    Document alice = Document.create(ALICE);
    for (int i = 0; i < 20_000; i++) {
      int n = i;
      alice.change(tx -> tx.put(ObjectId.ROOT, "n", number(n)));
    }
    List<byte[]> changes = new ArrayList<>(alice.changesSince(List.of()));
    Collections.reverse(changes);
    Document bob = Document.create(BOB);
    for (byte[] change : changes.subList(0, changes.size() - 1)) {
      assertThat(bob.applyChanges(List.of(change))).isEqualTo(new ApplyResult(0, 1, 0));
    }
    assertThat(bob.queuedCount()).isEqualTo(19_999);
    assertThat(bob.missingDependencies(List.of())).containsExactly(alice.graph().hash(0));
    assertThat(bob.applyChanges(List.of(changes.getLast())))
        .isEqualTo(new ApplyResult(20_000, 0, 0));
    assertThat(bob.heads()).isEqualTo(alice.heads());
    assertThat(bob.queuedCount()).isZero();
  }

  @Test
  void applyChanges_shouldNotBlameWhoeverBringsTheDependencyOfABadChange()
      throws AutomergeFormatException {
    Document alice = Document.create(ALICE);
    alice.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)));
    ChangeHash first = alice.heads().getFirst();
    alice.change(tx -> tx.put(ObjectId.ROOT, "b", number(2)));
    List<byte[]> changes = alice.changesSince(List.of());
    ByteWriter secondWithoutFirst = new ByteWriter();
    secondWithoutFirst.writeUleb(1);
    secondWithoutFirst.write(first.toBytes());
    secondWithoutFirst.writeLengthPrefixed(new byte[] {1, 2, 3});
    for (int field : new int[] {2, 2, 0, 0, 0, 0}) {
      secondWithoutFirst.writeUleb(field);
    }
    byte[] bad = Chunk.frame(Chunk.CHANGE, secondWithoutFirst, Chunk.sha256());
    Document bob = Document.create(BOB);
    bob.applyChanges(List.of(bad));
    bob.applyChanges(List.of(changes.getLast()));
    assertThat(bob.queuedCount()).isEqualTo(2);
    assertThat(bob.applyChanges(List.of(changes.getFirst())).applied()).isEqualTo(2);
    assertThat(bob.heads()).isEqualTo(alice.heads());
    assertThat(bob.queuedCount()).isZero();
    assertThatExceptionOfType(AutomergeFormatException.class)
        .isThrownBy(() -> bob.applyChanges(List.of(bad)))
        .matches(e -> e.reason() == AutomergeFormatException.Reason.BAD_SEQUENCE_NUMBER);
  }

  @Test
  void save_shouldKeepChangesThatWait() throws AutomergeFormatException {
    Document alice = Document.create(ALICE);
    alice.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)));
    alice.change(tx -> tx.put(ObjectId.ROOT, "b", number(2)));
    Document bob = Document.create(BOB);
    bob.change(tx -> tx.put(ObjectId.ROOT, "c", number(3)));
    bob.applyChanges(List.of(alice.changesSince(List.of()).getLast()));
    Document again = Document.load(bob.save(), BOB);
    assertThat(again.queuedCount()).isEqualTo(1);
    again.applyChanges(List.of(alice.changesSince(List.of()).getFirst()));
    assertThat(again.now().toJson()).isEqualTo("{\"a\":1,\"b\":2,\"c\":3}");
  }

  @Test
  void applyChanges_shouldBoundWhatWaits() {
    Document alice = Document.create(ALICE);
    for (int i = 0; i < 5; i++) {
      int n = i;
      alice.change(tx -> tx.put(ObjectId.ROOT, "n", number(n)));
    }
    Document bob = Document.create(BOB, DocumentOptions.DEFAULT.withMaxQueued(3, 1 << 20));
    List<byte[]> orphans = alice.changesSince(List.of()).subList(1, 5);
    assertThatExceptionOfType(AutomergeFormatException.class)
        .isThrownBy(() -> bob.applyChanges(orphans))
        .matches(e -> e.reason() == AutomergeFormatException.Reason.LIMIT_EXCEEDED);
  }

  @Test
  void applyChanges_shouldRefuseASecondChangeWithTheSameNumber() throws AutomergeFormatException {
    Document one = Document.create(ALICE);
    one.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)));
    Document two = Document.create(ALICE);
    two.change(tx -> tx.put(ObjectId.ROOT, "a", number(2)));
    byte[] before = one.save();
    assertThatExceptionOfType(AutomergeFormatException.class)
        .isThrownBy(() -> one.applyChanges(two.changesSince(List.of())))
        .matches(e -> e.reason() == AutomergeFormatException.Reason.DUPLICATE_SEQUENCE_NUMBER);
    assertThat(one.save()).isEqualTo(before);
  }

  @Test
  void positions_shouldCountTheChosenUnit() {
    for (TextUnit unit : TextUnit.values()) {
      Document document = Document.create(ALICE, DocumentOptions.DEFAULT.withTextUnit(unit));
      document.change(tx -> {
        ObjectId text = tx.putObject(ObjectId.ROOT, "t", ObjectType.TEXT);
        tx.splice(text, 0, 0, "a😀b");
        tx.splice(text, unit == TextUnit.UTF16 ? 3 : 2, 1, "c");
        assertThat(tx.view().length(text)).isEqualTo(unit == TextUnit.UTF16 ? 4 : 3);
      });
      assertThat(document.now().toJson()).isEqualTo("{\"t\":\"a😀c\"}");
    }
  }

  @Test
  void change_shouldRollBackWhenTheEditFails() {
    Document document = Document.create(ALICE);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() ->
            document.change(tx -> {
              ObjectId list = tx.putObject(ObjectId.ROOT, "l", ObjectType.LIST);
              tx.insert(list, 1, number(1));
            }));
    assertThat(document.changeCount()).isZero();
    assertThat(document.now().toJson()).isEqualTo("{}");
    assertThat(document.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)))).isPresent();
  }

  @Test
  void changeAt_shouldBeConcurrentWithWhatCameSince() {
    Document document = Document.create(ALICE);
    document.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)));
    List<ChangeHash> then = document.heads();
    document.change(tx -> tx.put(ObjectId.ROOT, "a", number(2)));
    document.change(
        ChangeOptions.NONE.at(Set.copyOf(then)), tx -> tx.put(ObjectId.ROOT, "a", number(3)));
    assertThat(document.heads()).hasSize(2);
    assertThat(document.now().getAll(ObjectId.ROOT, "a")).hasSize(2);
    assertThat(document.at(then).toJson()).isEqualTo("{\"a\":1}");
  }

  /** The reference makes a change here that names a mark it does not depend on. */
  @Test
  void changeAt_shouldNotReferToMarksOfLater() throws AutomergeFormatException {
    Document alice = Document.create(ALICE);
    ObjectId[] text = new ObjectId[1];
    alice.change(tx -> {
      text[0] = tx.putObject(ObjectId.ROOT, "t", ObjectType.TEXT);
      tx.splice(text[0], 0, 0, "seed");
    });
    List<ChangeHash> then = alice.heads();
    Document bob = alice.fork(BOB);
    bob.change(tx -> tx.mark(text[0], 0, 2, ExpandMark.BOTH, "bold", new ScalarValue.Bool(true)));
    alice.merge(bob);
    alice.change(ChangeOptions.NONE.at(Set.copyOf(then)), tx -> tx.splice(text[0], 0, 0, "x"));
    byte[] change = alice.changesSince(bob.heads()).getLast();
    Document carol = Document.create(ActorId.fromHex("ca"));
    carol.applyChanges(List.of(alice.changesSince(List.of()).getFirst(), change));
    assertThat(carol.now().text(text[0])).isEqualTo("xseed");
  }

  /** The reference skips a sequence number here. */
  @Test
  void changeAt_shouldCountChangesWithoutOperations() throws AutomergeFormatException {
    Document alice = Document.create(ALICE);
    alice.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)));
    List<ChangeHash> then = alice.heads();
    alice.emptyChange(ChangeOptions.NONE);
    alice.change(
        ChangeOptions.NONE.at(Set.copyOf(then)), tx -> tx.put(ObjectId.ROOT, "a", number(2)));
    Document bob = Document.create(BOB);
    bob.applyChanges(alice.changesSince(List.of()));
    assertThat(bob.heads()).isEqualTo(alice.heads());
    assertThat(bob.graph().actor(2)).isNotEqualTo(ALICE);
  }

  @Test
  void saveIncremental_shouldGiveWhatIsNewSinceTheLastSave() throws AutomergeFormatException {
    Document document = Document.create(ALICE);
    document.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)));
    byte[] whole = document.save();
    document.change(tx -> tx.put(ObjectId.ROOT, "b", number(2)));
    byte[] more = document.saveIncremental();
    assertThat(document.saveIncremental()).isEmpty();
    Document again = Document.load(whole, BOB);
    again.loadIncremental(more);
    assertThat(again.heads()).isEqualTo(document.heads());
  }

  @Test
  void loadIncremental_shouldChangeNothingWhenAChunkIsBad() {
    Document alice = Document.create(ALICE);
    alice.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)));
    byte[] save = alice.saveSince(List.of());
    byte[] torn = java.util.Arrays.copyOf(save, save.length + 5);
    Document bob = Document.create(BOB);
    assertThatExceptionOfType(AutomergeFormatException.class)
        .isThrownBy(() -> bob.loadIncremental(torn));
    assertThat(bob.changeCount()).isZero();
  }

  @Test
  void putTree_shouldBuildNestedObjects() {
    Document document = Document.create(ALICE);
    document.change(tx ->
        tx.putTree(
            ObjectId.ROOT,
            "board",
            Map.of("title", "Plans", "cards", List.of(Map.of("x", 1, "y", 2.5), true))));
    assertThat(document.now().toJson())
        .isEqualTo("{\"board\":{\"cards\":[{\"x\":1,\"y\":2.5},true],\"title\":\"Plans\"}}");
  }

  @Test
  void change_shouldDependOnExactlyTheGivenHeadsAlsoWhenTheyArePresent() {
    Document alice = Document.create(ALICE);
    alice.change(tx -> tx.put(ObjectId.ROOT, "a", number(1)));
    Document bob = alice.fork(BOB);
    ChangeHash byBob = bob.change(tx -> tx.put(ObjectId.ROOT, "b", number(2))).orElseThrow();
    alice.merge(bob);
    ChangeHash made =
        alice
            .change(
                ChangeOptions.NONE.at(Set.of(byBob)), tx -> tx.put(ObjectId.ROOT, "c", number(3)))
            .orElseThrow();
    ChangeGraph graph = alice.graph();
    assertThat(graph.dependencies(graph.row(made))).containsExactly(graph.row(byBob));
  }

  @Test
  void put_shouldCompareDoublesAsNumbers() {
    Document document = Document.create(ALICE);
    document.change(tx -> {
      tx.put(ObjectId.ROOT, "zero", new ScalarValue.F64(-0.0));
      tx.put(ObjectId.ROOT, "nan", new ScalarValue.F64(Double.NaN));
    });
    assertThat(document.change(tx -> tx.put(ObjectId.ROOT, "zero", new ScalarValue.F64(0.0))))
        .isEmpty();
    assertThat(document.change(tx -> tx.put(ObjectId.ROOT, "nan", new ScalarValue.F64(Double.NaN))))
        .isPresent();
  }
}
