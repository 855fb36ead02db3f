package org.peerstead.crdt.op;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.wire.Action;
import org.peerstead.crdt.wire.BooleanEncoder;
import org.peerstead.crdt.wire.ByteWriter;
import org.peerstead.crdt.wire.Chunk;
import org.peerstead.crdt.wire.ColumnSpec;
import org.peerstead.crdt.wire.DeltaEncoder;
import org.peerstead.crdt.wire.RawDeflate;
import org.peerstead.crdt.wire.StringRleEncoder;
import org.peerstead.crdt.wire.UintRleEncoder;
import org.peerstead.crdt.wire.ValueMeta;

/**
 * Writes a document chunk: all changes as one table, all operations but deletes as another, in
 * document order.
 *
 * <p>Changes that must be kept as they came (see {@link ChangeLog#verbatim}), and all that depend
 * on them, have no place in a document chunk; the caller writes them behind it. One encoder writes
 * one chunk.
 */
public final class DocumentEncoder {
  private final OpSet ops;
  private final OpColumns rows;
  private final ChangeLog log;
  private final @Nullable BitSet left;
  private final int[] actorIndex;
  private final UintRleEncoder objectActor = new UintRleEncoder();
  private final UintRleEncoder objectCounter = new UintRleEncoder();
  private final UintRleEncoder keyActor = new UintRleEncoder();
  private final DeltaEncoder keyCounter = new DeltaEncoder();
  private final StringRleEncoder keyString = new StringRleEncoder();
  private final UintRleEncoder idActor = new UintRleEncoder();
  private final DeltaEncoder idCounter = new DeltaEncoder();
  private final BooleanEncoder insert = new BooleanEncoder();
  private final UintRleEncoder action = new UintRleEncoder();
  private final UintRleEncoder valueMeta = new UintRleEncoder();
  private final ByteWriter value = new ByteWriter(1024);
  private final UintRleEncoder succGroup = new UintRleEncoder();
  private final UintRleEncoder succActor = new UintRleEncoder();
  private final DeltaEncoder succCounter = new DeltaEncoder();
  private final BooleanEncoder expand = new BooleanEncoder();
  private final StringRleEncoder markName = new StringRleEncoder();

  /**
   * @param leftOut changes that are not written; closed under descendants; null for none
   */
  public DocumentEncoder(OpSet ops, @Nullable BitSet leftOut) {
    this.ops = ops;
    this.rows = ops.columns();
    this.log = ops.log();
    this.left = leftOut;
    this.actorIndex = new int[ops.actors().size()];
  }

  /** The whole chunk. */
  public byte[] encode(boolean deflate, @Nullable UnknownColumns unknown) {
    ByteWriter body = new ByteWriter(4096);
    writeActors(body);
    int[] position = new int[log.size()];
    int[] heads = positionsAndHeads(position);
    body.writeUleb(heads.length);
    byte[] hash = new byte[ChangeHash.SIZE];
    for (int head : heads) {
      log.copyHash(head, hash, 0);
      body.write(hash);
    }
    List<Column> changeColumns = changeColumns(position);
    List<Column> opColumns = opColumns();
    if (unknown != null) {
      unknown.addTo(changeColumns, opColumns);
    }
    if (deflate) {
      changeColumns.replaceAll(Column::deflated);
      opColumns.replaceAll(Column::deflated);
    }
    writeMetadata(changeColumns, body);
    writeMetadata(opColumns, body);
    changeColumns.forEach(column -> body.write(column.bytes(), 0, column.length()));
    opColumns.forEach(column -> body.write(column.bytes(), 0, column.length()));
    for (int head : heads) {
      body.writeUleb(position[head]);
    }
    MessageDigest sha256 = Chunk.sha256();
    return Chunk.frame(Chunk.DOCUMENT, body, sha256);
  }

  /** A finished column; only the first {@code length} bytes of {@code bytes} count. */
  record Column(int spec, byte[] bytes, int length) {
    static Column of(int spec, ByteWriter content) {
      return new Column(spec, content.array(), content.size());
    }

    Column deflated() {
      if (length < RawDeflate.THRESHOLD_BYTES) {
        return this;
      }
      byte[] small = RawDeflate.deflate(bytes, 0, length);
      return new Column(spec | ColumnSpec.DEFLATE_BIT, small, small.length);
    }
  }

  private static void writeMetadata(List<Column> columns, ByteWriter body) {
    body.writeUleb(columns.size());
    for (Column column : columns) {
      body.writeUleb(column.spec());
      body.writeUleb(column.length());
    }
  }

  private boolean isLeftOut(int change) {
    return left != null && left.get(change);
  }

  private boolean isRowLeftOut(int row) {
    return left != null && left.get(log.changeOfRow(row));
  }

  private void writeActors(ByteWriter body) {
    boolean[] isUsed = new boolean[ops.actors().size()];
    for (int change = 0; change < log.size(); change++) {
      if (!isLeftOut(change)) {
        isUsed[log.actor(change)] = true;
      }
    }
    List<Integer> used = new ArrayList<>();
    for (int actor : ops.actors().inByteOrder()) {
      if (isUsed[actor]) {
        actorIndex[actor] = used.size();
        used.add(actor);
      }
    }
    body.writeUleb(used.size());
    for (int actor : used) {
      body.writeLengthPrefixed(ops.actors().get(actor).toBytes());
    }
  }

  /**
   * Numbers the changes that are written and returns those without dependents, in the order of
   * their hashes.
   */
  private int[] positionsAndHeads(int[] position) {
    if (left == null) {
      for (int change = 0; change < position.length; change++) {
        position[change] = change;
      }
      return log.headsInHashOrder();
    }
    BitSet heads = new BitSet();
    int next = 0;
    for (int change = 0; change < position.length; change++) {
      if (isLeftOut(change)) {
        continue;
      }
      position[change] = next++;
      heads.set(change);
      for (int i = 0; i < log.dependencyCount(change); i++) {
        heads.clear(log.dependency(change, i));
      }
    }
    return log.sortByHash(heads.stream().toArray());
  }

  private List<Column> changeColumns(int[] position) {
    UintRleEncoder actor = new UintRleEncoder();
    DeltaEncoder seq = new DeltaEncoder();
    DeltaEncoder maxOp = new DeltaEncoder();
    DeltaEncoder time = new DeltaEncoder();
    StringRleEncoder message = new StringRleEncoder();
    UintRleEncoder depsGroup = new UintRleEncoder();
    DeltaEncoder depsIndex = new DeltaEncoder();
    UintRleEncoder extraMeta = new UintRleEncoder();
    ByteWriter extra = new ByteWriter();
    boolean any = false;
    for (int change = 0; change < log.size(); change++) {
      if (isLeftOut(change)) {
        continue;
      }
      any = true;
      actor.append(actorIndex[log.actor(change)]);
      seq.append(log.seq(change));
      maxOp.append(log.maxOp(change));
      time.append(log.time(change));
      String text = log.message(change);
      message.append(
          text.isEmpty() ? null : text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      int deps = log.dependencyCount(change);
      depsGroup.append(deps);
      for (int i = 0; i < deps; i++) {
        depsIndex.append(position[log.dependency(change, i)]);
      }
      byte[] bytes = log.extra(change);
      extraMeta.append(ValueMeta.of(ValueMeta.BYTES, bytes == null ? 0 : bytes.length));
      if (bytes != null) {
        extra.write(bytes);
      }
    }
    List<Column> columns = new ArrayList<>();
    if (any) {
      columns.add(Column.of(ColumnSpec.CHANGE_ACTOR, actor.finish()));
      columns.add(Column.of(ColumnSpec.CHANGE_SEQ, seq.finish()));
      columns.add(Column.of(ColumnSpec.CHANGE_MAX_OP, maxOp.finish()));
      columns.add(Column.of(ColumnSpec.CHANGE_TIME, time.finish()));
      if (message.hasValues()) {
        columns.add(Column.of(ColumnSpec.CHANGE_MESSAGE, message.finish()));
      }
      columns.add(Column.of(ColumnSpec.CHANGE_DEPS_GROUP, depsGroup.finish()));
      if (depsIndex.hasValues()) {
        columns.add(Column.of(ColumnSpec.CHANGE_DEPS_INDEX, depsIndex.finish()));
      }
      columns.add(Column.of(ColumnSpec.CHANGE_EXTRA_META, extraMeta.finish()));
      if (extra.size() > 0) {
        columns.add(Column.of(ColumnSpec.CHANGE_EXTRA, extra));
      }
    }
    return columns;
  }

  private List<Column> opColumns() {
    int[] objects = new int[ops.objectCount()];
    int count = 0;
    for (int i = 1; i < objects.length; i++) {
      objects[count++] = i;
    }
    sortObjects(objects, count);
    boolean any = encodeObject(0);
    for (int i = 0; i < count; i++) {
      any |= encodeObject(objects[i]);
    }
    List<Column> columns = new ArrayList<>();
    if (!any) {
      return columns;
    }
    if (objectActor.hasValues()) {
      columns.add(Column.of(ColumnSpec.OBJECT_ACTOR, objectActor.finish()));
      columns.add(Column.of(ColumnSpec.OBJECT_COUNTER, objectCounter.finish()));
    }
    if (keyActor.hasValues()) {
      columns.add(Column.of(ColumnSpec.KEY_ACTOR, keyActor.finish()));
    }
    if (keyCounter.hasValues()) {
      columns.add(Column.of(ColumnSpec.KEY_COUNTER, keyCounter.finish()));
    }
    if (keyString.hasValues()) {
      columns.add(Column.of(ColumnSpec.KEY_STRING, keyString.finish()));
    }
    columns.add(Column.of(ColumnSpec.ID_ACTOR, idActor.finish()));
    columns.add(Column.of(ColumnSpec.ID_COUNTER, idCounter.finish()));
    columns.add(Column.of(ColumnSpec.INSERT, insert.finish()));
    columns.add(Column.of(ColumnSpec.ACTION, action.finish()));
    columns.add(Column.of(ColumnSpec.VALUE_META, valueMeta.finish()));
    if (value.size() > 0) {
      columns.add(Column.of(ColumnSpec.VALUE, value));
    }
    columns.add(Column.of(ColumnSpec.SUCC_GROUP, succGroup.finish()));
    if (succActor.hasValues()) {
      columns.add(Column.of(ColumnSpec.SUCC_ACTOR, succActor.finish()));
      columns.add(Column.of(ColumnSpec.SUCC_COUNTER, succCounter.finish()));
    }
    if (expand.hasTrue()) {
      columns.add(Column.of(ColumnSpec.EXPAND, expand.finish()));
    }
    if (markName.hasValues()) {
      columns.add(Column.of(ColumnSpec.MARK_NAME, markName.finish()));
    }
    return columns;
  }

  private void sortObjects(int[] objects, int count) {
    Integer[] order = new Integer[count];
    for (int i = 0; i < count; i++) {
      order[i] = objects[i];
    }
    Arrays.sort(order, (a, b) -> ops.actors().compare(makeId(a), makeId(b)));
    for (int i = 0; i < count; i++) {
      objects[i] = order[i];
    }
  }

  private long makeId(int object) {
    return rows.id(ops.object(object).makeRow());
  }

  private boolean encodeObject(int object) {
    ObjectState state = ops.object(object);
    boolean any = false;
    if (state.type().isSequence()) {
      for (SeqTree.Leaf leaf = state.requireSequence().firstLeaf();
          leaf != null;
          leaf = leaf.next) {
        for (int i = 0; i < leaf.size; i++) {
          int element = leaf.rows[i];
          any |= encodeRow(element);
          if (ops.hasRegister(object, element)) {
            any |= encodeRegister(object, element, element);
          }
        }
      }
    } else {
      int[] keys = ops.keysOf(object);
      Integer[] order = new Integer[keys.length];
      for (int i = 0; i < keys.length; i++) {
        order[i] = keys[i];
      }
      Arrays.sort(order, ops.keys()::compare);
      for (int key : order) {
        any |= encodeRegister(object, key, OpColumns.NONE);
      }
    }
    return any;
  }

  /** Writes the operations of a register in the order of their ids, without {@code except}. */
  private boolean encodeRegister(int object, int key, int except) {
    int[] found = ops.operationsOf(object, key);
    if (found == null) {
      return false;
    }
    sortById(found);
    boolean any = false;
    for (int row : found) {
      if (row != except) {
        any |= encodeRow(row);
      }
    }
    return any;
  }

  private void sortById(int[] found) {
    // Lists come newest first, so turning them round leaves little to sort.
    for (int i = 0, j = found.length - 1; i < j; i++, j--) {
      int swap = found[i];
      found[i] = found[j];
      found[j] = swap;
    }
    boolean isSorted = true;
    for (int i = 1; i < found.length && isSorted; i++) {
      isSorted = ops.actors().compare(rows.id(found[i - 1]), rows.id(found[i])) < 0;
    }
    if (!isSorted) {
      Integer[] order = new Integer[found.length];
      for (int i = 0; i < found.length; i++) {
        order[i] = found[i];
      }
      Arrays.sort(order, (a, b) -> ops.actors().compare(rows.id(a), rows.id(b)));
      for (int i = 0; i < found.length; i++) {
        found[i] = order[i];
      }
    }
  }

  private boolean encodeRow(int row) {
    if (isRowLeftOut(row)) {
      return false;
    }
    int object = rows.object(row);
    if (object == 0) {
      objectActor.appendNull();
      objectCounter.appendNull();
    } else {
      long id = makeId(object);
      objectActor.append(actorIndex[ActorTable.actor(id)]);
      objectCounter.append(ActorTable.counter(id));
    }
    int key = rows.key(row);
    if (rows.hasStringKey(row)) {
      keyActor.appendNull();
      keyCounter.appendNull();
      keyString.append(ops.keys().utf8(key));
    } else {
      if (key == OpColumns.HEAD) {
        keyActor.appendNull();
        keyCounter.append(0);
      } else {
        long id = rows.id(key);
        keyActor.append(actorIndex[ActorTable.actor(id)]);
        keyCounter.append(ActorTable.counter(id));
      }
      keyString.append(null);
    }
    long id = rows.id(row);
    idActor.append(actorIndex[ActorTable.actor(id)]);
    idCounter.append(ActorTable.counter(id));
    insert.append(rows.isInsert(row));
    action.append(rows.action(row));
    valueMeta.append(Integer.toUnsignedLong(rows.valueMeta(row)));
    ChangeEncoder.appendValue(rows, row, value);
    int succs = rows.succCount(row);
    int written = 0;
    for (int i = 0; i < succs; i++) {
      int succ = rows.succ(row, i);
      if (!isRowLeftOut(succ)) {
        succActor.append(actorIndex[ActorTable.actor(rows.id(succ))]);
        succCounter.append(ActorTable.counter(rows.id(succ)));
        written++;
      }
    }
    succGroup.append(written);
    expand.append(rows.isExpand(row));
    int name = rows.action(row) == Action.MARK ? ops.markNameKey(row) : -1;
    markName.append(name < 0 ? null : ops.keys().utf8(name));
    return true;
  }
}
