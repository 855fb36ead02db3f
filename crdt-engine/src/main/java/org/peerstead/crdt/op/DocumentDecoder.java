package org.peerstead.crdt.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.wire.Action;
import org.peerstead.crdt.wire.BooleanDecoder;
import org.peerstead.crdt.wire.ByteReader;
import org.peerstead.crdt.wire.Chunk;
import org.peerstead.crdt.wire.ColumnSpec;
import org.peerstead.crdt.wire.ColumnTable;
import org.peerstead.crdt.wire.DeltaDecoder;
import org.peerstead.crdt.wire.OpAllowance;
import org.peerstead.crdt.wire.OpBuffer;
import org.peerstead.crdt.wire.StringRleDecoder;
import org.peerstead.crdt.wire.UintRleDecoder;
import org.peerstead.crdt.wire.ValueMeta;

/**
 * Reads a document chunk into a fresh {@link OpSet}.
 *
 * <p>The chunk holds neither the changes' bytes nor deletes nor predecessors; all three are
 * rebuilt: rows are dealt out to changes by actor and counter, ids that occur only as successors
 * become deletes, successors are inverted. Then every change is encoded and hashed, and the hashes
 * without dependents must be the heads that the chunk names. The order of elements is checked
 * against the one the history demands. One decoder reads one chunk.
 */
public final class DocumentDecoder {
  private static final long MAX_COUNTER = 0xFFFF_FFFEL;

  /** Changes and dependencies that need no bytes, since a chain of alike changes is a few runs. */
  private static final int FREE_ROWS = 1 << 20;

  private final Chunk chunk;
  private final int maxInflatedBytes;
  private final int maxOperations;
  private final boolean verifyHeads;
  private final List<ActorId> actors = new ArrayList<>();
  private final List<ChangeHash> heads = new ArrayList<>();
  private final ColumnTable changeTable = new ColumnTable();
  private final ColumnTable opTable = new ColumnTable();
  private long maxRows;

  // Changes.
  private int changeCount;
  private int[] changeActor = new int[16];
  private long[] changeMaxOp = new long[16];
  private long[] changeTime = new long[16];
  private int[] depsStart = new int[17];
  private int[] deps = new int[16];
  private final Map<Integer, String> messages = new HashMap<>();
  private final Map<Integer, byte[]> extras = new HashMap<>();
  private int[][] changesOfActor = new int[0][];
  private int[] changesOfActorCount = new int[0];

  // Operations in document order; successors sit where the buffer keeps predecessors.
  private final OpBuffer buffer = new OpBuffer();
  private long[] ids = new long[16];
  private byte[] values = new byte[0];

  // Where rows go.
  private long[] minCounter = new long[0];
  private int[] firstRow = new int[0];
  private int cachedChange = -1;

  /** What a chunk holds. */
  public record Loaded(OpSet ops, @Nullable UnknownColumns unknown) {}

  /**
   * @param maxInflatedBytes most bytes that the columns may inflate to
   * @param maxOperations most operations of the document, deletes included
   * @param verifyHeads whether the heads named must be those that follow from the content
   */
  public DocumentDecoder(
      Chunk chunk, int maxInflatedBytes, int maxOperations, boolean verifyHeads) {
    this.maxOperations = maxOperations;
    this.chunk = chunk;
    this.maxInflatedBytes = maxInflatedBytes;
    this.verifyHeads = verifyHeads;
  }

  public Loaded decode() throws AutomergeFormatException {
    chunk.requireChecksum(chunk.storedHash(Chunk.sha256()));
    ByteReader in = new ByteReader(chunk.array(), chunk.bodyStart(), chunk.bodyEnd());
    readActorsAndHeads(in);
    changeTable.readMetadata(in, true);
    opTable.readMetadata(in, true);
    int left = changeTable.locate(in, maxInflatedBytes);
    left = opTable.locate(in, left);
    if (!in.isAtEnd()) {
      for (int i = 0; i < heads.size(); i++) {
        in.readUleb();
      }
      if (!in.isAtEnd()) {
        throw new AutomergeFormatException(
            Reason.LEFTOVER, in.remaining() + " bytes behind a document");
      }
    }
    maxRows = FREE_ROWS + 64L * (chunk.bodyEnd() - chunk.bodyStart() + (maxInflatedBytes - left));
    readChanges();
    readOps();
    int total = dealOutRows();
    OpSet ops = new OpSet(Math.max(total, 8), Math.max(changeCount, 4));
    int[] numbers = new int[actors.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = ops.actors().intern(actors.get(i));
    }
    ops.columns().appendUnset(total);
    int[] rowOfOp = fillRows(ops, numbers);
    linkSuccessors(ops, numbers, rowOfOp);
    for (int row = 0; row < total; row++) {
      if (!ops.columns().isSet(row)) {
        throw new AutomergeFormatException(
            Reason.BAD_COUNTER, "a change lacks one of its operations");
      }
    }
    rebuildChanges(ops, numbers);
    for (int row : rowOfOp) {
      ops.settleVisibility(row);
    }
    for (int row : rowOfOp) {
      ops.loadRow(row);
    }
    return new Loaded(ops, unknownColumns());
  }

  private void readActorsAndHeads(ByteReader in) throws AutomergeFormatException {
    int actorCount = in.readCount(in.remaining(), "number of actors");
    for (int i = 0; i < actorCount; i++) {
      int length = in.readCount(in.remaining(), "actor id length");
      actors.add(ActorId.of(in.array(), in.skip(length, "an actor id"), length));
    }
    int headCount = in.readCount(in.remaining() / ChangeHash.SIZE, "number of heads");
    for (int i = 0; i < headCount; i++) {
      heads.add(ChangeHash.of(in.array(), in.skip(ChangeHash.SIZE, "a head")));
    }
  }

  // Changes.

  private void readChanges() throws AutomergeFormatException {
    UintRleDecoder actor = new UintRleDecoder("change actor");
    DeltaDecoder seq = new DeltaDecoder("sequence number");
    DeltaDecoder maxOp = new DeltaDecoder("greatest counter");
    DeltaDecoder time = new DeltaDecoder("time");
    StringRleDecoder message = new StringRleDecoder("message");
    UintRleDecoder depsGroup = new UintRleDecoder("dependency count");
    DeltaDecoder depsIndex = new DeltaDecoder("dependency");
    UintRleDecoder extraMeta = new UintRleDecoder("extra metadata");
    ByteReader extra = new ByteReader(new byte[0]);
    changeTable.open(ColumnSpec.CHANGE_ACTOR, actor);
    changeTable.open(ColumnSpec.CHANGE_SEQ, seq);
    changeTable.open(ColumnSpec.CHANGE_MAX_OP, maxOp);
    changeTable.open(ColumnSpec.CHANGE_TIME, time);
    changeTable.open(ColumnSpec.CHANGE_MESSAGE, message);
    changeTable.open(ColumnSpec.CHANGE_DEPS_GROUP, depsGroup);
    changeTable.open(ColumnSpec.CHANGE_DEPS_INDEX, depsIndex);
    changeTable.open(ColumnSpec.CHANGE_EXTRA_META, extraMeta);
    changeTable.open(ColumnSpec.CHANGE_EXTRA, extra);
    changesOfActor = new int[actors.size()][];
    changesOfActorCount = new int[actors.size()];
    while (!actor.isAbsent() && !actor.isDone()) {
      if (changeCount >= maxRows) {
        throw new AutomergeFormatException(
            Reason.LIMIT_EXCEEDED, "more than " + maxRows + " changes");
      }
      boolean isComplete =
          actor.next() & seq.next() & maxOp.next() & depsGroup.next() & extraMeta.next();
      if (!isComplete) {
        throw data(
            "a change without actor, sequence number, counter, dependency count or extra metadata");
      }
      long stamp = time.next() ? time.value() : 0;
      String text = message.next();
      if (text != null && !text.isEmpty()) {
        messages.put(changeCount, text);
      }
      addChange(actor.value(), seq.value(), maxOp.value(), stamp);
      readDependencies(depsGroup.value(), depsIndex);
      readExtra(extraMeta.value(), extra);
      changeCount++;
    }
    if (!seq.isDone()
        || !maxOp.isDone()
        || !time.isDone()
        || !message.isDone()
        || !depsGroup.isDone()
        || !depsIndex.isDone()
        || !extraMeta.isDone()
        || !extra.isAtEnd()) {
      throw data("change columns of different lengths");
    }
  }

  private void addChange(long actor, long seq, long maxOp, long time)
      throws AutomergeFormatException {
    if (actor < 0 || actor >= actors.size()) {
      throw new AutomergeFormatException(
          Reason.BAD_ACTOR, "actor index " + Long.toUnsignedString(actor) + " of a change");
    }
    if (maxOp < 0 || maxOp > MAX_COUNTER) {
      throw new AutomergeFormatException(Reason.BAD_COUNTER, "greatest counter " + maxOp);
    }
    int n = changeCount;
    if (n == changeActor.length) {
      changeActor = Arrays.copyOf(changeActor, n * 2);
      changeMaxOp = Arrays.copyOf(changeMaxOp, n * 2);
      changeTime = Arrays.copyOf(changeTime, n * 2);
      depsStart = Arrays.copyOf(depsStart, n * 2 + 1);
    }
    changeActor[n] = (int) actor;
    changeMaxOp[n] = maxOp;
    changeTime[n] = time;
    int[] own = changesOfActor[(int) actor];
    int count = changesOfActorCount[(int) actor];
    if (seq != count + 1) {
      throw new AutomergeFormatException(
          Reason.BAD_SEQUENCE_NUMBER,
          "sequence number " + seq + " where " + (count + 1) + " is due");
    }
    if (own == null) {
      own = new int[2];
    } else if (count == own.length) {
      own = Arrays.copyOf(own, count * 2);
    }
    if (count > 0 && maxOp < changeMaxOp[own[count - 1]]) {
      throw new AutomergeFormatException(Reason.BAD_COUNTER, "counters of one actor that go back");
    }
    own[count] = n;
    changesOfActor[(int) actor] = own;
    changesOfActorCount[(int) actor] = count + 1;
  }

  private void readDependencies(long count, DeltaDecoder index) throws AutomergeFormatException {
    if (count < 0 || count > changeCount) {
      throw new AutomergeFormatException(
          Reason.BAD_DEPENDENCY, Long.toUnsignedString(count) + " dependencies");
    }
    int at = depsStart[changeCount];
    for (int i = 0; i < count; i++) {
      if (!index.next() || index.value() < 0 || index.value() >= changeCount) {
        throw new AutomergeFormatException(
            Reason.BAD_DEPENDENCY, "change " + changeCount + " depends on change " + index.value());
      }
      if (at >= maxRows) {
        throw new AutomergeFormatException(
            Reason.LIMIT_EXCEEDED, "more than " + maxRows + " dependencies");
      }
      if (at == deps.length) {
        deps = Arrays.copyOf(deps, at * 2);
      }
      deps[at++] = (int) index.value();
    }
    depsStart[changeCount + 1] = at;
  }

  private void readExtra(long meta, ByteReader extra) throws AutomergeFormatException {
    if ((meta & 15) != ValueMeta.BYTES || meta < 0) {
      throw data("extra bytes of another type");
    }
    int length = (int) Math.min(Integer.MAX_VALUE, meta >>> 4);
    int start = extra.skip(length, "extra bytes");
    if (length > 0) {
      extras.put(changeCount, Arrays.copyOfRange(extra.array(), start, start + length));
    }
  }

  // Operations.

  private void readOps() throws AutomergeFormatException {
    UintRleDecoder objectActor = new UintRleDecoder("object actor");
    UintRleDecoder objectCounter = new UintRleDecoder("object counter");
    UintRleDecoder keyActor = new UintRleDecoder("key actor");
    DeltaDecoder keyCounter = new DeltaDecoder("key counter");
    StringRleDecoder keyString = new StringRleDecoder("key string");
    UintRleDecoder idActor = new UintRleDecoder("id actor");
    DeltaDecoder idCounter = new DeltaDecoder("id counter");
    BooleanDecoder insert = new BooleanDecoder("insert");
    UintRleDecoder action = new UintRleDecoder("action");
    UintRleDecoder valueMeta = new UintRleDecoder("value metadata");
    ByteReader value = new ByteReader(new byte[0]);
    UintRleDecoder succGroup = new UintRleDecoder("successor count");
    UintRleDecoder succActor = new UintRleDecoder("successor actor");
    DeltaDecoder succCounter = new DeltaDecoder("successor counter");
    BooleanDecoder expand = new BooleanDecoder("expand");
    StringRleDecoder markName = new StringRleDecoder("mark name");
    opTable.open(ColumnSpec.OBJECT_ACTOR, objectActor);
    opTable.open(ColumnSpec.OBJECT_COUNTER, objectCounter);
    opTable.open(ColumnSpec.KEY_ACTOR, keyActor);
    opTable.open(ColumnSpec.KEY_COUNTER, keyCounter);
    opTable.open(ColumnSpec.KEY_STRING, keyString);
    opTable.open(ColumnSpec.ID_ACTOR, idActor);
    opTable.open(ColumnSpec.ID_COUNTER, idCounter);
    opTable.open(ColumnSpec.INSERT, insert);
    opTable.open(ColumnSpec.ACTION, action);
    opTable.open(ColumnSpec.VALUE_META, valueMeta);
    opTable.open(ColumnSpec.VALUE, value);
    opTable.open(ColumnSpec.SUCC_GROUP, succGroup);
    opTable.open(ColumnSpec.SUCC_ACTOR, succActor);
    opTable.open(ColumnSpec.SUCC_COUNTER, succCounter);
    opTable.open(ColumnSpec.EXPAND, expand);
    opTable.open(ColumnSpec.MARK_NAME, markName);
    values = value.array();
    long extra = 0;
    while (!idCounter.isAbsent() && !idCounter.isDone()) {
      int n = buffer.size();
      if (n + extra >= maxOperations || buffer.predTotal() >= maxOperations) {
        throw new AutomergeFormatException(
            Reason.LIMIT_EXCEEDED, "more than " + maxOperations + " operations");
      }
      long id = readId(idActor.next(), idActor.value(), idCounter.next(), idCounter.value());
      boolean isComplete = action.next() & valueMeta.next() & succGroup.next();
      if (id == OpBuffer.NO_ID || !isComplete) {
        throw data("an operation without id, action, value metadata or successor count");
      }
      int code = Math.clamp(action.value(), -1, Action.LAST + 1);
      if (code < 0 || code > Action.LAST || code == Action.DELETE) {
        throw new AutomergeFormatException(
            Reason.BAD_OPERATION,
            "action " + Long.toUnsignedString(action.value()) + " in a document");
      }
      extra += Action.isMake(code) ? OpAllowance.EXTRA_OF_OBJECT : 0;
      long object =
          readId(
              objectActor.next(), objectActor.value(), objectCounter.next(), objectCounter.value());
      String text = keyString.next();
      boolean hasKeyActor = keyActor.next();
      boolean hasKeyCounter = keyCounter.next();
      long key = OpBuffer.NO_ID;
      if (text == null) {
        if (!hasKeyCounter || (!hasKeyActor && keyCounter.value() != 0)) {
          throw data("an operation without a key");
        }
        if (hasKeyActor) {
          key = readId(true, keyActor.value(), true, keyCounter.value());
        }
      } else if (hasKeyActor || hasKeyCounter) {
        throw data("a key that is both a string and an element");
      }
      long meta = valueMeta.value();
      if (meta < 0 || meta >>> 4 > value.remaining()) {
        throw data("a value longer than its column");
      }
      int length = (int) (meta >>> 4);
      int offset = value.skip(length, "a value");
      ValueMeta.check((int) meta & 15, values, offset, length);
      boolean isExpand = expand.next();
      String mark = markName.next();
      if (code != Action.MARK && (isExpand || mark != null)) {
        throw new AutomergeFormatException(
            Reason.BAD_OPERATION, "mark fields on an operation that is no mark");
      }
      if (code == Action.INCREMENT
          && ((int) meta & 15) != ValueMeta.INT
          && ((int) meta & 15) != ValueMeta.UINT) {
        throw new AutomergeFormatException(
            Reason.BAD_OPERATION, "an increment by something that is no integer");
      }
      buffer.append(object, key, text, code, insert.next(), isExpand, (int) meta, offset, mark);
      if (n == ids.length) {
        ids = Arrays.copyOf(ids, n + (n >> 1));
      }
      ids[n] = id;
      long successors = succGroup.value();
      if (successors < 0 || successors > maxOperations) {
        throw data("a successor count of " + Long.toUnsignedString(successors));
      }
      for (long i = 0; i < successors; i++) {
        long succ =
            readId(succActor.next(), succActor.value(), succCounter.next(), succCounter.value());
        if (succ == OpBuffer.NO_ID) {
          throw data("a successor without an id");
        }
        buffer.appendPred(succ);
      }
    }
    if (!objectActor.isDone()
        || !objectCounter.isDone()
        || !keyActor.isDone()
        || !keyCounter.isDone()
        || !keyString.isDone()
        || !idActor.isDone()
        || !insert.isDone()
        || !action.isDone()
        || !valueMeta.isDone()
        || !value.isAtEnd()
        || !succGroup.isDone()
        || !succActor.isDone()
        || !succCounter.isDone()
        || !expand.isDone()
        || !markName.isDone()) {
      throw data("operation columns of different lengths");
    }
  }

  private long readId(boolean hasActor, long actor, boolean hasCounter, long counter)
      throws AutomergeFormatException {
    if (hasActor != hasCounter) {
      throw data("half an operation id");
    }
    if (!hasActor) {
      return OpBuffer.NO_ID;
    }
    if (actor < 0 || actor >= actors.size()) {
      throw new AutomergeFormatException(
          Reason.BAD_ACTOR, "actor index " + Long.toUnsignedString(actor) + " of " + actors.size());
    }
    if (counter <= 0 || counter > MAX_COUNTER) {
      throw new AutomergeFormatException(Reason.BAD_COUNTER, "operation counter " + counter);
    }
    return ActorTable.pack(counter, (int) actor);
  }

  // Rows.

  /**
   * Finds out which counters each change covers, and lays the changes' rows out one after the
   * other.
   */
  private int dealOutRows() throws AutomergeFormatException {
    minCounter = new long[changeCount];
    firstRow = new int[changeCount + 1];
    long[] afterDeps = new long[changeCount];
    for (int change = 0; change < changeCount; change++) {
      long greatest = 0;
      for (int i = depsStart[change]; i < depsStart[change + 1]; i++) {
        greatest = Math.max(greatest, changeMaxOp[deps[i]]);
      }
      if (changeMaxOp[change] < greatest) {
        throw new AutomergeFormatException(
            Reason.BAD_COUNTER, "a counter below those it depends on");
      }
      afterDeps[change] = greatest + 1;
      minCounter[change] = changeMaxOp[change] + 1;
    }
    for (int i = 0; i < buffer.size(); i++) {
      noteCounter(ids[i], afterDeps);
    }
    for (int i = 0; i < buffer.predTotal(); i++) {
      noteCounter(buffer.pred(i), afterDeps);
    }
    long total = 0;
    long available = (long) buffer.size() + buffer.predTotal();
    for (int change = 0; change < changeCount; change++) {
      firstRow[change] = (int) total;
      total += changeMaxOp[change] + 1 - minCounter[change];
      if (total > available) {
        throw new AutomergeFormatException(
            Reason.BAD_COUNTER, "a change lacks some of its operations");
      }
    }
    firstRow[changeCount] = (int) total;
    return (int) total;
  }

  private void noteCounter(long id, long[] afterDeps) throws AutomergeFormatException {
    int change = changeOf(id);
    long counter = ActorTable.counter(id);
    if (counter < afterDeps[change]) {
      throw new AutomergeFormatException(
          Reason.BAD_COUNTER, "operation " + counter + " belongs to no change");
    }
    minCounter[change] = Math.min(minCounter[change], counter);
  }

  /** The first change of the id's actor whose greatest counter reaches the id. */
  private int changeOf(long id) throws AutomergeFormatException {
    int actor = ActorTable.actor(id);
    long counter = ActorTable.counter(id);
    if (cachedChange >= 0
        && changeActor[cachedChange] == actor
        && counter <= changeMaxOp[cachedChange]
        && counter >= minCounter[cachedChange]) {
      return cachedChange;
    }
    int[] own = changesOfActor[actor];
    int low = 0;
    int high = changesOfActorCount[actor];
    while (low < high) {
      int middle = low + high >>> 1;
      if (changeMaxOp[own[middle]] >= counter) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    if (own == null || low == changesOfActorCount[actor]) {
      throw new AutomergeFormatException(
          Reason.BAD_COUNTER,
          "operation " + counter + "@" + actors.get(actor) + " belongs to no change");
    }
    cachedChange = own[low];
    return cachedChange;
  }

  private int rowOf(long id) throws AutomergeFormatException {
    int change = changeOf(id);
    long offset = ActorTable.counter(id) - minCounter[change];
    if (offset < 0) {
      throw new AutomergeFormatException(
          Reason.UNKNOWN_REFERENCE, "no operation " + ActorTable.counter(id));
    }
    return firstRow[change] + (int) offset;
  }

  /**
   * Writes every operation into its row and checks that operations stand in the order of a
   * document.
   */
  private int[] fillRows(OpSet ops, int[] numbers) throws AutomergeFormatException {
    OpColumns columns = ops.columns();
    int[] rowOfOp = new int[buffer.size()];
    SequenceOrder order = new SequenceOrder(ops);
    int object = 0;
    long objectId = OpBuffer.NO_ID;
    int previous = OpColumns.NONE;
    for (int i = 0; i < rowOfOp.length; i++) {
      int row = rowOf(ids[i]);
      if (columns.isSet(row)) {
        throw new AutomergeFormatException(Reason.BAD_COUNTER, "two operations with one id");
      }
      if (buffer.object(i) != objectId) {
        int made = rowOf(buffer.object(i));
        int next = columns.isSet(made) ? ops.objectMadeBy(made) : -1;
        if (next < 0) {
          throw new AutomergeFormatException(
              Reason.UNKNOWN_REFERENCE,
              "no object " + ActorTable.counter(buffer.object(i)) + " so far");
        }
        if (object != 0
            && ops.actors().compare(columns.id(ops.object(object).makeRow()), columns.id(made))
                >= 0) {
          throw new AutomergeFormatException(Reason.BAD_ORDER, "objects out of order");
        }
        object = next;
        objectId = buffer.object(i);
        previous = OpColumns.NONE;
        order.begin();
      }
      String text = buffer.keyText(i);
      boolean isSequence = ops.object(object).type().isSequence();
      if ((text == null) != isSequence) {
        throw new AutomergeFormatException(
            Reason.BAD_OPERATION, "a key that does not fit its object");
      }
      int key;
      if (text != null) {
        key = ops.keys().intern(text);
      } else if (buffer.keyId(i) == OpBuffer.NO_ID) {
        key = OpColumns.HEAD;
      } else {
        key = rowOf(buffer.keyId(i));
        if (!columns.isSet(key) || columns.object(key) != object || !columns.isInsert(key)) {
          throw new AutomergeFormatException(
              Reason.UNKNOWN_REFERENCE, "an element that has not been inserted so far");
        }
      }
      int action = buffer.action(i);
      boolean insert = buffer.isInsert(i);
      long id = ActorTable.pack(ActorTable.counter(ids[i]), numbers[ActorTable.actor(ids[i])]);
      columns.set(row, id, object, key, text != null, action, insert, buffer.isExpand(i));
      columns.setValue(row, buffer.valueMeta(i), values, buffer.valueOffset(i));
      if (isSequence) {
        order.next(row, previous);
      } else if (previous >= 0) {
        int byKey = ops.keys().compare(columns.key(previous), key);
        if (byKey > 0 || (byKey == 0 && ops.actors().compare(columns.id(previous), id) >= 0)) {
          throw new AutomergeFormatException(Reason.BAD_ORDER, "map operations out of order");
        }
      }
      if (action == Action.MARK) {
        placeMark(ops, row, ids[i], buffer.markName(i), isSequence && insert);
      }
      if (Action.isMake(action)) {
        ops.loadObject(row);
      }
      rowOfOp[i] = row;
      previous = row;
    }
    return rowOfOp;
  }

  private void placeMark(OpSet ops, int row, long id, @Nullable String name, boolean isElement)
      throws AutomergeFormatException {
    if (!isElement) {
      throw new AutomergeFormatException(Reason.BAD_OPERATION, "a mark outside a sequence");
    }
    if (name != null) {
      ops.setMarkName(row, ops.keys().intern(name));
      return;
    }
    OpColumns columns = ops.columns();
    int begin = rowOf(id - ActorTable.pack(1, 0));
    boolean hasBegin =
        columns.isSet(begin)
            && columns.object(begin) == columns.object(row)
            && columns.action(begin) == Action.MARK
            && ops.markName(begin) != null;
    if (!hasBegin) {
      throw new AutomergeFormatException(
          Reason.BAD_OPERATION, "the end of a mark that has not begun");
    }
  }

  /**
   * Adds successors to rows, predecessors to their successors, and rows for the deletes among
   * these.
   */
  private void linkSuccessors(OpSet ops, int[] numbers, int[] rowOfOp)
      throws AutomergeFormatException {
    OpColumns columns = ops.columns();
    for (int i = 0; i < rowOfOp.length; i++) {
      int row = rowOfOp[i];
      boolean isSequence = ops.object(columns.object(row)).type().isSequence();
      int register = isSequence ? columns.element(row) : columns.key(row);
      long previous = 0;
      for (int s = buffer.predStart(i); s < buffer.predEnd(i); s++) {
        long local = buffer.pred(s);
        long id = ActorTable.pack(ActorTable.counter(local), numbers[ActorTable.actor(local)]);
        if (previous != 0 && ops.actors().compare(previous, id) >= 0) {
          throw new AutomergeFormatException(Reason.BAD_ORDER, "successors that do not ascend");
        }
        previous = id;
        int succ = rowOf(local);
        if (!columns.isSet(succ)) {
          columns.set(
              succ, id, columns.object(row), register, !isSequence, Action.DELETE, false, false);
        }
        boolean isSameRegister =
            columns.object(succ) == columns.object(row)
                && (isSequence
                    ? !columns.isInsert(succ) && columns.key(succ) == register
                    : columns.key(succ) == register);
        if (!isSameRegister || ops.actors().compare(columns.id(row), id) >= 0) {
          throw new AutomergeFormatException(
              Reason.BAD_OPERATION, "a successor in another register");
        }
        columns.appendSucc(row, succ);
        columns.insertPred(succ, row, ops.actors());
      }
    }
  }

  // Changes again.

  private void rebuildChanges(OpSet ops, int[] numbers) throws AutomergeFormatException {
    ChangeEncoder encoder = new ChangeEncoder();
    ChangeLog log = ops.log();
    for (int change = 0; change < changeCount; change++) {
      int depCount = depsStart[change + 1] - depsStart[change];
      int[] own = Arrays.copyOfRange(deps, depsStart[change], depsStart[change + 1]);
      int actor = numbers[changeActor[change]];
      String message = messages.isEmpty() ? "" : messages.getOrDefault(change, "");
      int rows = firstRow[change + 1] - firstRow[change];
      byte[] extra = extras.isEmpty() ? null : extras.get(change);
      encoder.encode(
          ops,
          new ChangeEncoder.Header(
              actor,
              log.changesOf(actor) + 1,
              minCounter[change],
              changeTime[change],
              message,
              own,
              depCount,
              extra),
          firstRow[change],
          rows);
      if (log.find(encoder.hash(), 0) >= 0) {
        throw new AutomergeFormatException(Reason.BAD_SEQUENCE_NUMBER, "one change twice");
      }
      log.add(
          encoder.hash(),
          0,
          actor,
          minCounter[change],
          rows,
          firstRow[change],
          changeTime[change],
          message,
          own,
          depCount,
          extra,
          null);
    }
    if (verifyHeads && !log.heads().equals(heads)) {
      throw new AutomergeFormatException(
          Reason.HEADS_MISMATCH,
          "the content has heads " + log.heads() + ", the chunk says " + heads);
    }
  }

  private @Nullable UnknownColumns unknownColumns() {
    UnknownColumns unknown = new UnknownColumns(changeCount);
    for (int i = 0; i < changeTable.count(); i++) {
      if (!isChangeColumn(changeTable.spec(i))) {
        unknown.addChangeColumn(changeTable.spec(i), copy(changeTable, i));
      }
    }
    for (int i = 0; i < opTable.count(); i++) {
      if (!isOpColumn(opTable.spec(i))) {
        unknown.addOpColumn(opTable.spec(i), copy(opTable, i));
      }
    }
    return unknown.isEmpty() ? null : unknown;
  }

  private static byte[] copy(ColumnTable table, int i) {
    return Arrays.copyOfRange(table.array(i), table.start(i), table.start(i) + table.length(i));
  }

  private static boolean isChangeColumn(int spec) {
    return switch (spec) {
      case ColumnSpec.CHANGE_ACTOR,
          ColumnSpec.CHANGE_SEQ,
          ColumnSpec.CHANGE_MAX_OP,
          ColumnSpec.CHANGE_TIME,
          ColumnSpec.CHANGE_MESSAGE,
          ColumnSpec.CHANGE_DEPS_GROUP,
          ColumnSpec.CHANGE_DEPS_INDEX,
          ColumnSpec.CHANGE_EXTRA_META,
          ColumnSpec.CHANGE_EXTRA ->
          true;
      default -> false;
    };
  }

  private static boolean isOpColumn(int spec) {
    return switch (spec) {
      case ColumnSpec.OBJECT_ACTOR,
          ColumnSpec.OBJECT_COUNTER,
          ColumnSpec.KEY_ACTOR,
          ColumnSpec.KEY_COUNTER,
          ColumnSpec.KEY_STRING,
          ColumnSpec.ID_ACTOR,
          ColumnSpec.ID_COUNTER,
          ColumnSpec.INSERT,
          ColumnSpec.ACTION,
          ColumnSpec.VALUE_META,
          ColumnSpec.VALUE,
          ColumnSpec.SUCC_GROUP,
          ColumnSpec.SUCC_ACTOR,
          ColumnSpec.SUCC_COUNTER,
          ColumnSpec.EXPAND,
          ColumnSpec.MARK_NAME ->
          true;
      default -> false;
    };
  }

  private static AutomergeFormatException data(String what) {
    return new AutomergeFormatException(Reason.BAD_COLUMN_DATA, what);
  }
}
