package org.peerstead.crdt.op;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.OpId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.wire.Action;
import org.peerstead.crdt.wire.OpAllowance;
import org.peerstead.crdt.wire.OpBuffer;

/**
 * All operations of a document and what follows from them: which are visible, in which order
 * elements stand, which objects exist.
 *
 * <p>A register (map key or list element) keeps its visible operations apart from the others, so
 * that reading and overwriting cost the number of visible values, not the length of its history.
 * Operations are added one at a time at the end and can be undone in reverse order, which is how a
 * change that turns out to be invalid, or a transaction that is given up, leaves no trace.
 */
public final class OpSet {
  private static final int TYPE_STRING = 6;
  private static final int TYPE_COUNTER = 8;

  /**
   * Objects inside each other. Whoever turns a document into a tree or into JSON goes down that
   * far; usual JSON readers stop here, too.
   */
  public static final int MAX_DEPTH = 1000;

  /**
   * Steps that one change may cost beside its own size: about a second. An honest change needs more
   * only if thousands of its edits each compete with hundreds of thousands of concurrent ones.
   */
  private static final long MAX_WORK = 1 << 28;

  private final OpColumns columns;
  private final ActorTable actors = new ActorTable();
  private final KeyTable keys = new KeyTable();
  private final ChangeLog log;
  private final List<ObjectState> objects = new ArrayList<>();
  private final IntIntMap objectOfRow = new IntIntMap();
  private final IntIntMap markNames = new IntIntMap();
  private SeqTree.@Nullable Leaf[] leaves = new SeqTree.Leaf[0];

  private int[] preds = new int[8];

  // The change that is being added, whose operations the log does not know yet.
  private int openActor = -1;
  private long openStart;
  private int openFirstRow;

  public OpSet(int opCapacity, int changeCapacity) {
    columns = new OpColumns(opCapacity);
    log = new ChangeLog(changeCapacity);
    objects.add(new ObjectState(0, OpColumns.NONE, ObjectType.MAP, 0, this));
  }

  public OpColumns columns() {
    return columns;
  }

  public ActorTable actors() {
    return actors;
  }

  public KeyTable keys() {
    return keys;
  }

  public ChangeLog log() {
    return log;
  }

  public int objectCount() {
    return objects.size();
  }

  public ObjectState object(int index) {
    return objects.get(index);
  }

  /**
   * What the document counts for against its bound: an object costs as much as eight operations.
   */
  public long weight() {
    return columns.size() + OpAllowance.EXTRA_OF_OBJECT * (objects.size() - 1L);
  }

  /** Whether an object has room for another one in it. */
  public boolean hasRoomBelow(int object) {
    return objects.get(object).depth < MAX_DEPTH;
  }

  /** Estimate of the heap held, in bytes. */
  public long retainedBytes() {
    long sum =
        columns.retainedBytes()
            + log.retainedBytes()
            + leaves.length * 4L
            + objectOfRow.retainedBytes()
            + markNames.retainedBytes();
    for (ObjectState object : objects) {
      sum += object.retainedBytes();
    }
    return sum + keys.size() * 150L + actors.size() * 120L;
  }

  // Leaves of sequence trees.

  SeqTree.Leaf leafOf(int row) {
    SeqTree.Leaf leaf = leaves[row];
    if (leaf == null) {
      throw new IllegalStateException("row " + row + " is no element");
    }
    return leaf;
  }

  void setLeafOf(int row, SeqTree.Leaf leaf) {
    if (row >= leaves.length) {
      leaves = Arrays.copyOf(leaves, Math.max(row + 1, leaves.length + (leaves.length >> 1) + 16));
    }
    leaves[row] = leaf;
  }

  boolean isElement(int row) {
    return row < leaves.length && leaves[row] != null;
  }

  // Lookups.

  /** Index of the object, or -1 when it does not exist. */
  public int findObject(ObjectId id) {
    if (id.isRoot()) {
      return 0;
    }
    int row = findRow(id.op());
    return row < 0 ? -1 : objectOfRow.get(row);
  }

  /** Index of the object that a make operation made, or -1. */
  public int objectMadeBy(int row) {
    return objectOfRow.get(row);
  }

  public ObjectId objectId(int index) {
    return index == 0 ? ObjectId.ROOT : ObjectId.of(opId(objects.get(index).makeRow));
  }

  public OpId opId(int row) {
    return actors.toOpId(columns.id(row));
  }

  /** Row of the operation, or -1. */
  public int findRow(OpId id) {
    int actor = actors.find(id.actor());
    return actor < 0 ? -1 : rowOf(ActorTable.pack(id.counter(), actor));
  }

  /** Row of a packed id, or -1; sees the open change too. */
  public int rowOf(long id) {
    int actor = ActorTable.actor(id);
    long counter = ActorTable.counter(id);
    // While one author writes, rows and counters rise together: look there before searching.
    int last = columns.size() - 1;
    if (last >= 0) {
      long guess = last - (ActorTable.counter(columns.id(last)) - counter);
      if (guess >= 0 && guess <= last && columns.id((int) guess) == id) {
        return (int) guess;
      }
    }
    if (actor == openActor && counter >= openStart) {
      long row = openFirstRow + (counter - openStart);
      return row < columns.size() ? (int) row : -1;
    }
    return log.rowOf(actor, counter);
  }

  /** Name of a mark, or null for the end of one. */
  public @Nullable String markName(int row) {
    int name = markNames.get(row);
    return name < 0 ? null : keys.get(name);
  }

  /** Key number of a mark's name, or -1. */
  public int markNameKey(int row) {
    return markNames.get(row);
  }

  boolean isMarkBegin(int row) {
    return markNames.get(row) >= 0;
  }

  // Visibility.

  private boolean isValueAction(int action) {
    return action == Action.SET || Action.isMake(action);
  }

  /** True when the operation is one of the visible values of its register now. */
  public boolean isLive(int row) {
    return isValueAction(columns.action(row)) && !columns.isHidden(row);
  }

  public boolean isCounter(int row) {
    return columns.action(row) == Action.SET && columns.valueType(row) == TYPE_COUNTER;
  }

  /** The visible operation with the greatest id on a sequence element, or -1. */
  int winnerOfElement(int element) {
    RegisterMap registers = objects.get(columns.object(element)).registers();
    if (registers != null) {
      int slot = registers.find(element);
      if (slot >= 0) {
        return registers.live(slot);
      }
    }
    return isLive(element) ? element : OpColumns.NONE;
  }

  /**
   * First of the visible operations of a register, greatest id first; follow {@link #nextLive}. -1
   * when none is visible.
   */
  public int firstLive(int object, int key) {
    ObjectState state = objects.get(object);
    if (state.type.isSequence()) {
      return winnerOfElement(key);
    }
    RegisterMap registers = state.registers();
    if (registers == null) {
      return OpColumns.NONE;
    }
    int slot = registers.find(key);
    return slot < 0 ? OpColumns.NONE : registers.live(slot);
  }

  /** The visible operation after {@code row} in its register, or -1. */
  public int nextLive(int row) {
    return columns.next(row);
  }

  /**
   * All operations with a row on a register, in no order; null when the register was never used.
   */
  public int @Nullable [] operationsOf(int object, int key) {
    RegisterMap registers = objects.get(object).registers();
    int slot = registers == null ? -1 : registers.find(key);
    if (registers == null || slot < 0) {
      return objects.get(object).type.isSequence() ? new int[] {key} : null;
    }
    int[] rows = new int[4];
    int count = 0;
    for (int list = 0; list < 2; list++) {
      for (int row = list == 0 ? registers.live(slot) : registers.dead(slot);
          row >= 0;
          row = columns.next(row)) {
        if (count == rows.length) {
          rows = Arrays.copyOf(rows, count * 2);
        }
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  /** True when a sequence element has operations beside the one that inserted it. */
  public boolean hasRegister(int object, int element) {
    RegisterMap registers = objects.get(object).registers();
    return registers != null && registers.find(element) >= 0;
  }

  /** Key numbers of all keys a map ever had, in no order. */
  public int[] keysOf(int object) {
    RegisterMap registers = objects.get(object).registers();
    if (registers == null) {
      return new int[0];
    }
    int[] out = new int[registers.size()];
    int count = 0;
    for (int slot = 0; slot < registers.slots(); slot++) {
      if (registers.keyAt(slot) >= 0) {
        out[count++] = registers.keyAt(slot);
      }
    }
    return out;
  }

  // Widths of text values.

  int utf16Width(int row) {
    if (columns.action(row) != Action.SET || columns.valueType(row) != TYPE_STRING) {
      return 1;
    }
    int length = columns.valueLength(row);
    int width = 0;
    for (int i = 0; i < length; i++) {
      int b = valueByte(row, length, i);
      if ((b & 0xC0) != 0x80) {
        width += (b & 0xF8) == 0xF0 ? 2 : 1;
      }
    }
    return width;
  }

  int codePointWidth(int row) {
    if (columns.action(row) != Action.SET || columns.valueType(row) != TYPE_STRING) {
      return 1;
    }
    int length = columns.valueLength(row);
    int width = 0;
    for (int i = 0; i < length; i++) {
      if ((valueByte(row, length, i) & 0xC0) != 0x80) {
        width++;
      }
    }
    return width;
  }

  private int valueByte(int row, int length, int index) {
    return length <= 8
        ? (int) (columns.shortValue(row) >>> index * 8) & 0xFF
        : columns.heap()[columns.heapOffset(row) + index] & 0xFF;
  }

  /** Bytes of an operation's value. */
  public byte[] valueBytes(int row) {
    int length = columns.valueLength(row);
    byte[] out = new byte[length];
    for (int i = 0; i < length; i++) {
      out[i] = (byte) valueByte(row, length, i);
    }
    return out;
  }

  /** Appends the text of a string value, or the object replacement character for any other. */
  public void appendText(int row, StringBuilder out) {
    if (columns.action(row) != Action.SET || columns.valueType(row) != TYPE_STRING) {
      out.append('\uFFFC');
      return;
    }
    int length = columns.valueLength(row);
    if (length == 1) {
      out.append((char) columns.shortValue(row));
    } else {
      out.append(new String(valueBytes(row), StandardCharsets.UTF_8));
    }
  }

  /** The scalar an operation carries as written; counters without their increments. */
  public ScalarValue scalar(int row) {
    int type = columns.valueType(row);
    byte[] bytes = valueBytes(row);
    return switch (type) {
      case 0 -> ScalarValue.Null.NULL;
      case 1 -> new ScalarValue.Bool(false);
      case 2 -> new ScalarValue.Bool(true);
      case 3 -> new ScalarValue.Uint(LebValues.unsigned(bytes));
      case 4 -> new ScalarValue.Int(LebValues.signed(bytes));
      case 5 -> new ScalarValue.F64(Double.longBitsToDouble(columns.shortValue(row)));
      case 6 -> new ScalarValue.Str(new String(bytes, StandardCharsets.UTF_8));
      case 7 -> new ScalarValue.Binary(Bytes.of(bytes));
      case 8 -> new ScalarValue.Counter(LebValues.signed(bytes));
      case 9 -> new ScalarValue.Timestamp(LebValues.signed(bytes));
      default -> new ScalarValue.Unknown(type, Bytes.of(bytes));
    };
  }

  /** The number in an increment or counter. */
  public long number(int row) {
    byte[] bytes = valueBytes(row);
    return columns.valueType(row) == 3 ? LebValues.unsigned(bytes) : LebValues.signed(bytes);
  }

  // Adding operations.

  /** Begins a change of {@code actor} whose first operation gets counter {@code startOp}. */
  public void openChange(int actor, long startOp) {
    openActor = actor;
    openStart = startOp;
    openFirstRow = columns.size();
    columns.resetWork();
  }

  public int openFirstRow() {
    return openFirstRow;
  }

  /**
   * Ends the open change, whose operations the caller has put on record in the {@link ChangeLog}.
   */
  public void closeChange() {
    openActor = -1;
  }

  /** Takes back every operation of the open change and closes it. */
  public void abandonChange() {
    undoTo(openFirstRow);
    openActor = -1;
  }

  /** Id that the next operation of the open change gets. */
  public long nextId() {
    return ActorTable.pack(openStart + columns.size() - openFirstRow, openActor);
  }

  /**
   * Appends the next operation of the open change with its value and predecessors still to be set;
   * finish with {@link #link}.
   */
  public int append(
      int object, int key, boolean hasStringKey, int action, boolean insert, boolean expand) {
    return columns.append(nextId(), object, key, hasStringKey, action, insert, expand);
  }

  public void setMarkName(int row, int nameKey) {
    markNames.put(row, nameKey);
  }

  /** Makes an appended operation take effect. */
  public void link(int row) {
    int action = columns.action(row);
    ObjectState object = objects.get(columns.object(row));
    if (Action.isMake(action)) {
      makeObject(row, action);
    }
    if (object.type.isSequence()) {
      int element = columns.element(row);
      if (columns.isInsert(row)) {
        object.requireSequence().insert(columns.key(row), row);
        return;
      }
      boolean needsRegister = action != Action.DELETE;
      if (needsRegister) {
        elementRegister(object, element);
      }
      hidePredecessors(row, object);
      if (needsRegister) {
        addToRegister(object, element, row, action);
      }
      object.requireSequence().refresh(element);
    } else {
      hidePredecessors(row, object);
      if (action != Action.DELETE) {
        addToRegister(object, columns.key(row), row, action);
      }
    }
  }

  private void makeObject(int row, int action) {
    objectOfRow.put(row, objects.size());
    int depth = objects.get(columns.object(row)).depth + 1;
    objects.add(new ObjectState(objects.size(), row, Action.madeType(action), depth, this));
  }

  private void addToRegister(ObjectState object, int key, int row, int action) {
    RegisterMap registers = object.registersForWriting();
    int slot = registers.findOrAdd(key);
    if (isValueAction(action) && !columns.isHidden(row)) {
      registers.addLive(slot, row, columns, actors);
    } else {
      registers.addDead(slot, row, columns);
    }
  }

  /** Gives an element a register of its own, which begins with the operation that inserted it. */
  private void elementRegister(ObjectState object, int element) {
    RegisterMap registers = object.registersForWriting();
    if (registers.find(element) < 0) {
      int slot = registers.findOrAdd(element);
      if (isLive(element)) {
        registers.addLive(slot, element, columns, actors);
      } else {
        registers.addDead(slot, element, columns);
      }
    }
  }

  private void hidePredecessors(int row, ObjectState object) {
    boolean isIncrement = columns.action(row) == Action.INCREMENT;
    for (int i = 0; i < columns.predCount(row); i++) {
      int pred = columns.pred(row, i);
      columns.insertSucc(pred, row, actors);
      if (!columns.isHidden(pred) && !(isIncrement && isCounter(pred))) {
        boolean wasLive = isLive(pred);
        columns.setHidden(pred, true);
        if (wasLive) {
          moveInRegister(object, pred, false);
        }
      }
    }
  }

  private void moveInRegister(ObjectState object, int row, boolean toLive) {
    RegisterMap registers = object.registers();
    int slot = registers == null ? -1 : registers.find(registerKey(object, row));
    if (registers == null || slot < 0) {
      return;
    }
    if (toLive) {
      registers.removeDead(slot, row, columns);
      registers.addLive(slot, row, columns, actors);
    } else {
      registers.removeLive(slot, row, columns);
      registers.addDead(slot, row, columns);
    }
  }

  private int registerKey(ObjectState object, int row) {
    return object.type.isSequence() ? columns.element(row) : columns.key(row);
  }

  private void undoTo(int firstRow) {
    while (columns.size() > firstRow) {
      undoLast();
    }
  }

  private void undoLast() {
    int row = columns.size() - 1;
    int action = columns.action(row);
    ObjectState object = objects.get(columns.object(row));
    boolean isElement = object.type.isSequence() && columns.isInsert(row);
    if (isElement) {
      if (isElement(row)) {
        object.requireSequence().remove(row);
        leaves[row] = null;
      }
    } else {
      RegisterMap registers = object.registers();
      int slot =
          action == Action.DELETE || registers == null
              ? -1
              : registers.find(registerKey(object, row));
      if (registers != null && slot >= 0) {
        if (isLive(row)) {
          registers.removeLive(slot, row, columns);
        } else {
          registers.removeDead(slot, row, columns);
        }
      }
      for (int i = 0; i < columns.predCount(row); i++) {
        int pred = columns.pred(row, i);
        columns.removeSucc(pred, row);
        if (columns.isHidden(pred) && !mustHide(pred)) {
          columns.setHidden(pred, false);
          if (isLive(pred)) {
            moveInRegister(object, pred, true);
          }
        }
      }
      if (object.type.isSequence()) {
        object.requireSequence().refresh(columns.element(row));
      }
    }
    if (Action.isMake(action)) {
      objects.removeLast();
      objectOfRow.remove(row);
    }
    if (action == Action.MARK) {
      markNames.remove(row);
    }
    columns.removeLast();
  }

  private boolean mustHide(int row) {
    boolean isCounter = isCounter(row);
    for (int i = 0; i < columns.succCount(row); i++) {
      if (!isCounter || columns.action(columns.succ(row, i)) != Action.INCREMENT) {
        return true;
      }
    }
    return false;
  }

  // Loading, where rows are complete before anything is indexed.

  /** Sets the hidden flag of a row whose successors are complete. */
  public void settleVisibility(int row) {
    columns.setHidden(row, mustHide(row));
  }

  /** Makes the object of a row that was set while loading. */
  public void loadObject(int row) throws AutomergeFormatException {
    requireRoomBelow(columns.object(row));
    makeObject(row, columns.action(row));
  }

  private void requireRoomBelow(int object) throws AutomergeFormatException {
    if (objects.get(object).depth >= MAX_DEPTH) {
      throw new AutomergeFormatException(
          Reason.LIMIT_EXCEEDED, "objects nested deeper than " + MAX_DEPTH);
    }
  }

  /** Indexes a row that was set while loading; rows of one object come in document order. */
  public void loadRow(int row) {
    ObjectState object = objects.get(columns.object(row));
    int action = columns.action(row);
    if (!object.type.isSequence()) {
      addToRegister(object, columns.key(row), row, action);
    } else if (columns.isInsert(row)) {
      object.requireSequence().append(row);
    } else {
      int element = columns.key(row);
      elementRegister(object, element);
      addToRegister(object, element, row, action);
      object.requireSequence().refresh(element);
    }
  }

  // Applying decoded operations of others.

  /**
   * Adds operations {@code from} to {@code to} of {@code buffer} to the open change. On an error
   * the caller abandons the change.
   *
   * @param actorNumbers change-local actor to actor number of this document
   * @param source the array that value offsets refer to
   */
  public void apply(OpBuffer buffer, int from, int to, int[] actorNumbers, byte[] source)
      throws AutomergeFormatException {
    for (int i = from; i < to; i++) {
      applyOne(buffer, i, actorNumbers, source);
      if (columns.work() > MAX_WORK) {
        throw new AutomergeFormatException(
            Reason.LIMIT_EXCEEDED, "a change that takes more than " + MAX_WORK + " steps to place");
      }
    }
  }

  private void applyOne(OpBuffer buffer, int i, int[] actorNumbers, byte[] source)
      throws AutomergeFormatException {
    int action = buffer.action(i);
    boolean insert = buffer.isInsert(i);
    int object = 0;
    if (buffer.object(i) != OpBuffer.NO_ID) {
      int made = rowOf(translate(buffer.object(i), actorNumbers));
      object = made < 0 ? -1 : objectOfRow.get(made);
      if (object < 0) {
        throw unknown("object", buffer.object(i), actorNumbers);
      }
    }
    ObjectState state = objects.get(object);
    String text = buffer.keyText(i);
    boolean hasStringKey = text != null;
    int key;
    if (text != null) {
      if (state.type.isSequence()) {
        throw new AutomergeFormatException(Reason.BAD_OPERATION, "a string key in a " + state.type);
      }
      key = keys.intern(text);
    } else {
      if (!state.type.isSequence()) {
        throw new AutomergeFormatException(
            Reason.BAD_OPERATION, "an element key in a " + state.type);
      }
      if (buffer.keyId(i) == OpBuffer.NO_ID) {
        key = OpColumns.HEAD;
        if (!insert) {
          throw new AutomergeFormatException(
              Reason.BAD_OPERATION, "an operation that overwrites the head of a sequence");
        }
      } else {
        key = rowOf(translate(buffer.keyId(i), actorNumbers));
        if (key < 0 || columns.object(key) != object || !columns.isInsert(key)) {
          throw unknown("element", buffer.keyId(i), actorNumbers);
        }
        if (!insert && columns.action(key) == Action.MARK) {
          throw new AutomergeFormatException(
              Reason.BAD_OPERATION, "an operation that overwrites a mark");
        }
      }
    }
    if (Action.isMake(action)) {
      requireRoomBelow(object);
    }
    if (action == Action.MARK && (!insert || !state.type.isSequence())) {
      throw new AutomergeFormatException(Reason.BAD_OPERATION, "a mark outside a sequence");
    }
    int predCount = buffer.predEnd(i) - buffer.predStart(i);
    if (predCount > preds.length) {
      preds = new int[predCount * 2];
    }
    long previous = 0;
    for (int p = 0; p < predCount; p++) {
      long id = translate(buffer.pred(buffer.predStart(i) + p), actorNumbers);
      int pred = rowOf(id);
      if (pred < 0 || columns.action(pred) == Action.DELETE) {
        throw unknown("predecessor", buffer.pred(buffer.predStart(i) + p), actorNumbers);
      }
      if (columns.object(pred) != object
          || registerKey(state, pred) != key
          || (insert && state.type.isSequence())) {
        throw new AutomergeFormatException(
            Reason.BAD_OPERATION, "a predecessor in another register");
      }
      if (previous != 0 && actors.compare(previous, id) >= 0) {
        throw new AutomergeFormatException(Reason.BAD_OPERATION, "predecessors that do not ascend");
      }
      previous = id;
      preds[p] = pred;
    }
    if (action == Action.DELETE && predCount == 0) {
      throw new AutomergeFormatException(Reason.BAD_OPERATION, "a delete of nothing");
    }
    int row = append(object, key, hasStringKey, action, insert, buffer.isExpand(i));
    columns.setValue(row, buffer.valueMeta(i), source, buffer.valueOffset(i));
    for (int p = 0; p < predCount; p++) {
      columns.addPred(row, preds[p]);
    }
    String mark = buffer.markName(i);
    if (mark != null) {
      setMarkName(row, keys.intern(mark));
    }
    link(row);
    if (action == Action.MARK && mark == null) {
      requireBeginBefore(row, state);
    }
  }

  /** A mark ends behind where it began; anything else cannot be read back from a document. */
  private void requireBeginBefore(int end, ObjectState object) throws AutomergeFormatException {
    long id = columns.id(end);
    int begin = rowOf(ActorTable.pack(ActorTable.counter(id) - 1, ActorTable.actor(id)));
    if (begin < 0
        || columns.object(begin) != object.index
        || columns.action(begin) != Action.MARK
        || !isMarkBegin(begin)
        || !object.requireSequence().isBefore(begin, end)) {
      throw new AutomergeFormatException(
          Reason.BAD_OPERATION, "the end of a mark that has not begun");
    }
  }

  private static long translate(long id, int[] actorNumbers) {
    return ActorTable.pack(ActorTable.counter(id), actorNumbers[ActorTable.actor(id)]);
  }

  private AutomergeFormatException unknown(String what, long id, int[] actorNumbers) {
    ActorId actor = actors.get(actorNumbers[ActorTable.actor(id)]);
    return new AutomergeFormatException(
        Reason.UNKNOWN_REFERENCE, "no such " + what + ": " + ActorTable.counter(id) + "@" + actor);
  }
}
