package org.peerstead.crdt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ExpandMark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.OpId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.wire.BooleanEncoder;
import org.peerstead.crdt.wire.ByteWriter;
import org.peerstead.crdt.wire.Chunk;
import org.peerstead.crdt.wire.ColumnSpec;
import org.peerstead.crdt.wire.DeltaEncoder;
import org.peerstead.crdt.wire.StringRleEncoder;
import org.peerstead.crdt.wire.UintRleEncoder;
import org.peerstead.simulation.SeededCases;

/**
 * Changes that are well-formed to the last bit, but do whatever comes to mind: overwrite what is
 * elsewhere, delete marks, insert behind tombstones, end marks that never began. Each is refused
 * without a trace, or leaves a document that reads, differs, saves and loads.
 */
class HostileAuthorFuzzTest {
  private static final ActorId ALICE = ActorId.fromHex("aa".repeat(4));
  private static final ActorId BOB = ActorId.fromHex("bb".repeat(4));
  private static final ActorId EVE = ActorId.fromHex("ab".repeat(4));
  private static final List<ActorId> ACTORS = List.of(ALICE, BOB, EVE);

  /** One operation as its columns say it. */
  private record Op(
      @Nullable OpId object,
      @Nullable String keyText,
      @Nullable OpId keyElement,
      boolean insert,
      int action,
      int valueType,
      byte[] value,
      List<OpId> preds,
      boolean expand,
      @Nullable String markName) {}

  private static Document honest(RandomGenerator random) throws AutomergeFormatException {
    Document alice = Document.create(ALICE);
    ObjectId[] ids = new ObjectId[3];
    alice.change(edit -> {
      ids[0] = edit.putObject(ObjectId.ROOT, "list", ObjectType.LIST);
      ids[1] = edit.putObject(ObjectId.ROOT, "text", ObjectType.TEXT);
      ids[2] = edit.putObject(ObjectId.ROOT, "map", ObjectType.MAP);
      edit.put(ObjectId.ROOT, "k0", new ScalarValue.Counter(1));
      edit.insert(ids[0], 0, new ScalarValue.Int(7));
      edit.insert(ids[0], 1, new ScalarValue.Counter(3));
      edit.splice(ids[1], 0, 0, "abc");
      edit.mark(ids[1], 0, 2, ExpandMark.AFTER, "bold", new ScalarValue.Bool(true));
    });
    Document bob = alice.fork(BOB);
    bob.change(edit -> {
      edit.delete(ids[0], 0);
      edit.splice(ids[1], 1, 1, "x");
      edit.put(ids[2], "k1", new ScalarValue.Int(2));
      edit.increment(ObjectId.ROOT, "k0", 5);
    });
    alice.change(edit -> edit.put(ids[0], 0, new ScalarValue.Int(8)));
    if (random.nextBoolean()) {
      alice.merge(bob);
    }
    Document target = Document.create(ActorId.fromHex("ee"));
    target.merge(alice);
    return target;
  }

  private static long maxOp(Document document) {
    long max = 0;
    for (int row = 0; row < document.graph().size(); row++) {
      max = Math.max(max, document.graph().maxOp(row));
    }
    return max;
  }

  private static OpId anyOp(RandomGenerator random, long max) {
    return new OpId(random.nextLong(1, max + 3), ACTORS.get(random.nextInt(ACTORS.size())));
  }

  private static Op randomOp(RandomGenerator random, long max) {
    int action = random.nextInt(8);
    boolean isMark = action == 7 ? random.nextInt(8) > 0 : random.nextInt(30) == 0;
    OpId object = random.nextInt(3) == 0 ? null : new OpId(random.nextLong(1, 4), ALICE);
    if (object != null && random.nextInt(8) == 0) {
      object = anyOp(random, max);
    }
    boolean isText = object == null || random.nextInt(4) == 0;
    Set<OpId> preds = new TreeSet<>();
    int predCount = random.nextInt(3) == 0 ? random.nextInt(3) : action == 3 ? 1 : 0;
    for (int i = 0; i < predCount; i++) {
      preds.add(anyOp(random, max));
    }
    OpId element = random.nextInt(5) == 0 ? null : anyOp(random, max);
    if (!preds.isEmpty() && random.nextBoolean()) {
      element = preds.iterator().next();
    }
    int type = action == 5 ? 4 : action == 1 || action == 7 ? random.nextInt(10) : 0;
    byte[] value =
        switch (type) {
          case 3, 4, 8, 9 -> new byte[] {(byte) random.nextInt(64)};
          case 5 -> new byte[8];
          case 6 -> new byte[] {'q'};
          case 7 -> new byte[] {1, 2};
          default -> new byte[0];
        };
    return new Op(
        object,
        isText ? "k" + random.nextInt(3) : null,
        isText ? null : element,
        !isText && (action == 7 || random.nextInt(2) == 0),
        action,
        type,
        value,
        List.copyOf(preds),
        isMark && random.nextBoolean(),
        isMark && random.nextBoolean() ? "bold" : null);
  }

  /** The change as a writer that follows all rules of form would write it. */
  private static byte[] encode(
      ActorId author, long seq, long startOp, List<ChangeHash> deps, List<Op> ops) {
    Set<ActorId> mentioned = new HashSet<>();
    for (Op op : ops) {
      mention(op.object(), mentioned);
      mention(op.keyElement(), mentioned);
      op.preds().forEach(pred -> mention(pred, mentioned));
    }
    mentioned.remove(author);
    List<ActorId> actors = new ArrayList<>(List.of(author));
    mentioned.stream().sorted().forEach(actors::add);
    UintRleEncoder objectActor = new UintRleEncoder();
    UintRleEncoder objectCounter = new UintRleEncoder();
    UintRleEncoder keyActor = new UintRleEncoder();
    DeltaEncoder keyCounter = new DeltaEncoder();
    StringRleEncoder keyString = new StringRleEncoder();
    BooleanEncoder insert = new BooleanEncoder();
    UintRleEncoder action = new UintRleEncoder();
    UintRleEncoder meta = new UintRleEncoder();
    ByteWriter value = new ByteWriter();
    UintRleEncoder predGroup = new UintRleEncoder();
    UintRleEncoder predActor = new UintRleEncoder();
    DeltaEncoder predCounter = new DeltaEncoder();
    BooleanEncoder expand = new BooleanEncoder();
    StringRleEncoder markName = new StringRleEncoder();
    // Reused encoders begin with a reset.
    for (Runnable reset :
        List.<Runnable>of(
            objectActor::reset,
            objectCounter::reset,
            keyActor::reset,
            keyCounter::reset,
            keyString::reset,
            insert::reset,
            action::reset,
            meta::reset,
            predGroup::reset,
            predActor::reset,
            predCounter::reset,
            expand::reset,
            markName::reset)) {
      reset.run();
    }
    for (Op op : ops) {
      OpId object = op.object();
      if (object == null) {
        objectActor.appendNull();
        objectCounter.appendNull();
      } else {
        objectActor.append(actors.indexOf(object.actor()));
        objectCounter.append(object.counter());
      }
      OpId element = op.keyElement();
      String text = op.keyText();
      if (text != null) {
        keyActor.appendNull();
        keyCounter.appendNull();
        keyString.append(text.getBytes(StandardCharsets.UTF_8));
      } else {
        if (element == null) {
          keyActor.appendNull();
          keyCounter.append(0);
        } else {
          keyActor.append(actors.indexOf(element.actor()));
          keyCounter.append(element.counter());
        }
        keyString.append(null);
      }
      insert.append(op.insert());
      action.append(op.action());
      meta.append((long) op.value().length << 4 | op.valueType());
      value.write(op.value());
      predGroup.append(op.preds().size());
      for (OpId pred : op.preds()) {
        predActor.append(actors.indexOf(pred.actor()));
        predCounter.append(pred.counter());
      }
      expand.append(op.expand());
      String name = op.markName();
      markName.append(name == null ? null : name.getBytes(StandardCharsets.UTF_8));
    }
    record Column(int spec, ByteWriter data) {}
    List<Column> columns = new ArrayList<>();
    if (objectActor.hasValues()) {
      columns.add(new Column(ColumnSpec.OBJECT_ACTOR, objectActor.finish()));
      columns.add(new Column(ColumnSpec.OBJECT_COUNTER, objectCounter.finish()));
    }
    if (keyActor.hasValues()) {
      columns.add(new Column(ColumnSpec.KEY_ACTOR, keyActor.finish()));
    }
    if (keyCounter.hasValues()) {
      columns.add(new Column(ColumnSpec.KEY_COUNTER, keyCounter.finish()));
    }
    if (keyString.hasValues()) {
      columns.add(new Column(ColumnSpec.KEY_STRING, keyString.finish()));
    }
    columns.add(new Column(ColumnSpec.INSERT, insert.finish()));
    columns.add(new Column(ColumnSpec.ACTION, action.finish()));
    columns.add(new Column(ColumnSpec.VALUE_META, meta.finish()));
    if (value.size() > 0) {
      columns.add(new Column(ColumnSpec.VALUE, value));
    }
    columns.add(new Column(ColumnSpec.PRED_GROUP, predGroup.finish()));
    if (predActor.hasValues()) {
      columns.add(new Column(ColumnSpec.PRED_ACTOR, predActor.finish()));
      columns.add(new Column(ColumnSpec.PRED_COUNTER, predCounter.finish()));
    }
    if (expand.hasTrue()) {
      columns.add(new Column(ColumnSpec.EXPAND, expand.finish()));
    }
    if (markName.hasValues()) {
      columns.add(new Column(ColumnSpec.MARK_NAME, markName.finish()));
    }
    ByteWriter body = new ByteWriter();
    body.writeUleb(deps.size());
    deps.forEach(dep -> body.write(dep.toBytes()));
    body.writeLengthPrefixed(author.toBytes());
    body.writeUleb(seq);
    body.writeUleb(startOp);
    body.writeSleb(0);
    body.writeUleb(0);
    body.writeUleb(actors.size() - 1);
    actors.stream().skip(1).forEach(actor -> body.writeLengthPrefixed(actor.toBytes()));
    body.writeUleb(columns.size());
    columns.forEach(column -> {
      body.writeUleb(column.spec());
      body.writeUleb(column.data().size());
    });
    columns.forEach(column -> body.write(column.data()));
    return Chunk.frame(Chunk.CHANGE, body, Chunk.sha256());
  }

  private static void mention(@Nullable OpId id, Set<ActorId> actors) {
    if (id != null) {
      actors.add(id.actor());
    }
  }

  private static long nextSeq(Document document, ActorId author) {
    long seq = 1;
    for (int row = 0; row < document.graph().size(); row++) {
      seq += document.graph().actor(row).equals(author) ? 1 : 0;
    }
    return seq;
  }

  @Test
  void applyChanges_shouldRefuseOrKeepTheDocumentWhole() {
    int[] accepted = new int[1];
    SeededCases cases = SeededCases.of("hostile author", 99, 4_000);
    cases.run(random -> {
      Document document = honest(random);
      for (int n = random.nextInt(1, 8); n > 0; n--) {
        ActorId author = ACTORS.get(random.nextInt(ACTORS.size()));
        long max = maxOp(document);
        List<Op> ops = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          ops.add(randomOp(random, max + ops.size()));
        }
        List<ChangeHash> heads = document.heads();
        byte[] before = document.saveUncompressed();
        try {
          document.applyChanges(
              List.of(encode(author, nextSeq(document, author), max + 1, heads, ops)));
        } catch (AutomergeFormatException e) {
          assertThat(e.reason()).isNotNull();
          assertThat(document.saveUncompressed()).as("%s %s", e, ops).isEqualTo(before);
          continue;
        }
        accepted[0]++;
        check(document, heads, ops);
      }
    });
    if (cases.cases() >= 1_000) {
      assertThat(accepted[0]).as("changes that were let in").isGreaterThan(cases.cases() / 10);
    }
  }

  private static void check(Document document, List<ChangeHash> before, List<Op> ops)
      throws AutomergeFormatException {
    Document again;
    try {
      again = Document.load(document.save(), ALICE);
    } catch (AutomergeFormatException e) {
      throw new AssertionError("accepted " + ops + ", but its save is refused", e);
    }
    assertThat(again.heads()).isEqualTo(document.heads());
    assertThat(again.now().toJson()).isEqualTo(document.now().toJson());
    assertThat(again.saveUncompressed()).isEqualTo(document.saveUncompressed());
    assertThat(document.at(document.heads()).toJson()).isEqualTo(document.now().toJson());
    document.diff(before, document.heads());
    document.diff(document.heads(), before);
    ObjectId text = ObjectId.of(new OpId(2, ALICE));
    assertThat(again.now().spans(text)).isEqualTo(document.now().spans(text));
    assertThat(again.now().marks(text)).isEqualTo(document.now().marks(text));
    Document relayed = Document.create(BOB);
    relayed.applyChanges(document.changesSince(List.of()));
    assertThat(Objects.requireNonNull(relayed.now().toJson())).isEqualTo(document.now().toJson());
    assertThat(relayed.heads().stream().sorted(Comparator.naturalOrder()).toList())
        .isEqualTo(document.heads());
  }
}
