package org.peerstead.crdt;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ExpandMark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.OpId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.op.ChangeEncoder;
import org.peerstead.crdt.op.ChangeLog;
import org.peerstead.crdt.op.Clock;
import org.peerstead.crdt.op.LocalEditor;
import org.peerstead.crdt.op.OpColumns;
import org.peerstead.crdt.op.OpSet;
import org.peerstead.crdt.op.OpView;
import org.peerstead.crdt.text.TextUnit;
import org.peerstead.crdt.wire.Action;
import org.peerstead.crdt.wire.ByteWriter;

/**
 * One change in the making. Edits take effect in the document at once and become a change with
 * {@link #commit}; {@link #rollback}, or {@link #close} without a commit, takes them back. Confined
 * to the thread of its document.
 *
 * <p>Positions in texts count the document's {@link TextUnit}, positions in lists count items. An
 * unknown object, an object of the wrong kind or a position behind the end is an {@link
 * IllegalArgumentException} or {@link IndexOutOfBoundsException}, after which the transaction is as
 * it was before the call.
 */
public final class Transaction implements AutoCloseable {
  private static final byte[] CONCURRENT_ACTOR_PREFIX = {0x13, (byte) 0xb2, 0x23, 0x09};

  private final Document document;
  private final OpSet ops;
  private final OpView view;
  private final LocalEditor editor;
  private final ChangeOptions options;
  private final TextUnit textUnit;
  private final int actor;
  private final long startOp;
  private final int[] deps;
  private boolean isOpen = true;

  private Transaction(
      Document document,
      OpSet ops,
      OpView view,
      ChangeOptions options,
      TextUnit textUnit,
      int actor,
      int[] deps) {
    this.document = document;
    this.ops = ops;
    this.view = view;
    this.editor = new LocalEditor(view);
    this.options = options;
    this.textUnit = textUnit;
    this.actor = actor;
    this.deps = deps;
    this.startOp = ops.log().maxOp() + 1;
    ops.openChange(actor, startOp);
  }

  static Transaction open(Document document, OpSet ops, ChangeOptions options, TextUnit textUnit) {
    Collection<ChangeHash> at = options.at();
    ChangeLog log = ops.log();
    if (at == null || List.copyOf(new java.util.TreeSet<>(at)).equals(log.heads())) {
      int actor = ops.actors().intern(document.actor());
      return new Transaction(
          document,
          ops,
          new OpView(ops, null),
          options,
          textUnit,
          actor,
          at == null
              ? withOwnPrevious(log, actor, log.headsInHashOrder())
              : log.headsInHashOrder());
    }
    Clock clock = Clock.at(ops, at);
    int[] heads = new int[at.size()];
    int i = 0;
    for (ChangeHash head : at) {
      heads[i++] = log.find(head);
    }
    int actor = ops.actors().intern(actorFor(document.actor(), ops, log.ancestorsOrSelf(heads)));
    clock.extend(actor, Long.MAX_VALUE);
    return new Transaction(
        document, ops, new OpView(ops, clock), options, textUnit, actor, log.sortByHash(heads));
  }

  /**
   * Of an edit of the present, the author's last change is always a dependency, even when a head
   * covers it already.
   */
  private static int[] withOwnPrevious(ChangeLog log, int actor, int[] heads) {
    int own = log.changesOf(actor);
    if (own == 0) {
      return heads;
    }
    int previous = log.changeOf(actor, own);
    for (int head : heads) {
      if (head == previous) {
        return heads;
      }
    }
    int[] deps = Arrays.copyOf(heads, heads.length + 1);
    deps[heads.length] = previous;
    return log.sortByHash(deps);
  }

  /**
   * The actor itself, or one derived from it when it has changes outside {@code past}.
   *
   * <p>Differs from the reference: changes without operations count, too. The reference overlooks
   * them and makes a change that skips a sequence number, on which other replicas fail.
   */
  private static ActorId actorFor(ActorId base, OpSet ops, BitSet past) {
    ActorId candidate = base;
    for (int level = 1; ; level++) {
      int number = ops.actors().find(candidate);
      int changes = number < 0 ? 0 : ops.log().changesOf(number);
      if (changes == 0 || past.get(ops.log().changeOf(number, changes))) {
        return candidate;
      }
      ByteWriter derived = new ByteWriter();
      derived.write(CONCURRENT_ACTOR_PREFIX);
      derived.writeUleb(level);
      derived.write(base.toBytes());
      candidate = ActorId.of(derived.toBytes());
    }
  }

  /** The document with the edits made so far. */
  public DocumentView view() {
    return new DocumentView(view, textUnit);
  }

  /** Operations made so far. */
  public int pendingOps() {
    requireOpen();
    return ops.columns().size() - ops.openFirstRow();
  }

  // Ending.

  /** Makes the edits a change; empty when there are none. */
  public Optional<ChangeHash> commit() {
    if (pendingOps() == 0) {
      close();
      return Optional.empty();
    }
    return Optional.of(commitEvenIfEmpty());
  }

  ChangeHash commitEvenIfEmpty() {
    requireOpen();
    ChangeLog log = ops.log();
    int firstRow = ops.openFirstRow();
    int count = pendingOps();
    ChangeEncoder encoder = document.changeEncoder();
    encoder.encode(
        ops,
        new ChangeEncoder.Header(
            actor,
            log.changesOf(actor) + 1L,
            startOp,
            options.timeSeconds(),
            options.message(),
            deps,
            deps.length,
            null),
        firstRow,
        count);
    log.add(
        encoder.hash(),
        0,
        actor,
        startOp,
        count,
        firstRow,
        options.timeSeconds(),
        options.message(),
        deps,
        deps.length,
        null,
        null);
    ops.closeChange();
    isOpen = false;
    document.transactionEnded();
    return log.hash(log.size() - 1);
  }

  /** Takes all edits back and ends the transaction. */
  public void rollback() {
    requireOpen();
    ops.abandonChange();
    isOpen = false;
    document.transactionEnded();
  }

  /** Rolls back unless committed. */
  @Override
  public void close() {
    if (isOpen) {
      rollback();
    }
  }

  private void requireOpen() {
    if (!isOpen) {
      throw new IllegalStateException("the transaction has ended");
    }
  }

  // Maps.

  /** Sets a key; no operation when it holds just this value already. */
  public void put(ObjectId map, String key, ScalarValue value) {
    int object = requireMap(map);
    editor.put(object, ops.keys().intern(key), value);
  }

  /** Puts a new, empty object at a key. */
  public ObjectId putObject(ObjectId map, String key, ObjectType type) {
    int object = requireMap(map);
    return made(editor.putObject(object, ops.keys().intern(key), Action.make(type)));
  }

  /** Deletes a key; nothing happens when it is absent. */
  public void delete(ObjectId map, String key) {
    int object = requireMap(map);
    int number = ops.keys().find(key);
    if (number >= 0) {
      editor.delete(object, number);
    }
  }

  /**
   * Adds to the counter at a key; {@link IllegalArgumentException} when no visible value there is a
   * counter.
   */
  public void increment(ObjectId map, String key, long by) {
    int object = requireMap(map);
    int number = ops.keys().find(key);
    if (number < 0 || !editor.increment(object, number, by)) {
      throw new IllegalArgumentException("no counter at key " + key);
    }
  }

  // Lists (and texts, as sequences of values).

  /** Overwrites the item at a position. */
  public void put(ObjectId sequence, long position, ScalarValue value) {
    int object = requireSequence(sequence);
    editor.put(object, elementAt(object, position), value);
  }

  /** Puts a new, empty object in place of the item at a position. */
  public ObjectId putObject(ObjectId sequence, long position, ObjectType type) {
    int object = requireSequence(sequence);
    return made(editor.putObject(object, elementAt(object, position), Action.make(type)));
  }

  /** Inserts a value before the item at a position, or at the end. */
  public void insert(ObjectId sequence, long position, ScalarValue value) {
    int object = requireSequence(sequence);
    editor.insert(object, referenceAt(object, position), value);
  }

  /** Inserts a new, empty object. */
  public ObjectId insertObject(ObjectId sequence, long position, ObjectType type) {
    int object = requireSequence(sequence);
    return made(editor.insertObject(object, referenceAt(object, position), Action.make(type)));
  }

  /**
   * Deletes the item at a position; the one behind it, if any, when the position lies inside a
   * surrogate pair.
   */
  public void delete(ObjectId sequence, long position) {
    int object = requireSequence(sequence);
    elementAt(object, position);
    for (int element : editor.elementsFrom(object, unitOf(object), (int) position, 1, false)) {
      editor.delete(object, element);
    }
  }

  /** Adds to the counter at a position. */
  public void increment(ObjectId sequence, long position, long by) {
    int object = requireSequence(sequence);
    if (!editor.increment(object, elementAt(object, position), by)) {
      throw new IllegalArgumentException("no counter at position " + position);
    }
  }

  /**
   * Inserts values and then deletes {@code deleteCount} of the items that stood at the position
   * (fewer at the end).
   */
  public void splice(ObjectId list, long position, int deleteCount, List<ScalarValue> values) {
    int object = requireSequence(list);
    int unit = unitOf(object);
    int at = checkPosition(object, position);
    int reference = editor.referenceAt(object, unit, at);
    int[] doomed =
        editor.elementsFrom(object, unit, at, requireCount(deleteCount), !values.isEmpty());
    for (ScalarValue value : values) {
      reference = editor.insert(object, reference, value);
    }
    for (int element : doomed) {
      editor.delete(object, element);
    }
  }

  // Text.

  /**
   * Inserts text, one element per code point, and then deletes {@code deleteCount} units of what
   * stood at the position.
   */
  public void splice(ObjectId text, long position, int deleteCount, String inserted) {
    int object = requireSequence(text);
    if (ops.object(object).type() != ObjectType.TEXT) {
      throw new IllegalArgumentException(
          text + " is a " + ops.object(object).type() + ", not a text");
    }
    int unit = unitOf(object);
    int at = checkPosition(object, position);
    int[] doomed =
        editor.elementsFrom(object, unit, at, requireCount(deleteCount), !inserted.isEmpty());
    if (!inserted.isEmpty()) {
      editor.insertText(object, editor.referenceAt(object, unit, at), inserted);
    }
    for (int element : doomed) {
      editor.delete(object, element);
    }
  }

  /**
   * Marks the text from {@code start} to {@code end} (exclusive); nothing happens to an empty range
   * that does not expand.
   */
  public void mark(
      ObjectId text, long start, long end, ExpandMark expand, String name, ScalarValue value) {
    int object = requireSequence(text);
    int unit = unitOf(object);
    int from = checkPosition(object, start);
    int to = checkPosition(object, end);
    if (from > to) {
      throw new IndexOutOfBoundsException("a mark from " + start + " to " + end);
    }
    if (from == to && expand == ExpandMark.NONE) {
      return;
    }
    int begin =
        editor.insertMark(
            object, editor.referenceAt(object, unit, from), name, value, expand.before());
    int reference = editor.referenceAt(object, unit, to);
    boolean isBeforeBegin =
        reference < 0 || view().operations().compareElements(object, reference, begin) < 0;
    if (from == to || isBeforeBegin) {
      // Both positions may lie in one gap (inside a surrogate pair, say): no end may stand before
      // its begin.
      reference = begin;
    }
    editor.insertMark(object, reference, null, ScalarValue.Null.NULL, expand.after());
  }

  /** Removes a mark from a range. */
  public void unmark(ObjectId text, long start, long end, ExpandMark expand, String name) {
    mark(text, start, end, expand, name, ScalarValue.Null.NULL);
  }

  /**
   * Inserts a block marker, a map inside the text, with the given fields (see {@link #putTree} for
   * their values).
   */
  public ObjectId splitBlock(ObjectId text, long position, Map<String, ?> fields) {
    ObjectId block = insertObject(text, position, ObjectType.MAP);
    sorted(fields).forEach((key, value) -> fillDepthFirst(new Place(block, key, -1, value)));
    return block;
  }

  /** Replaces the block marker at a position. */
  public ObjectId updateBlock(ObjectId text, long position, Map<String, ?> fields) {
    joinBlock(text, position);
    return splitBlock(text, position, fields);
  }

  /** Removes the block marker at a position. */
  public void joinBlock(ObjectId text, long position) {
    int object = requireSequence(text);
    editor.delete(object, elementAt(object, position));
  }

  // Whole trees.

  /**
   * Puts a tree of {@code Map}, {@code Collection}, {@code String} (as text), numbers, {@code
   * Boolean}, {@code byte[]}, {@link ScalarValue} and null at a key, breadth first with map keys in
   * UTF-8 order, as the JavaScript API does.
   */
  public void putTree(ObjectId map, String key, @Nullable Object tree) {
    requireMap(map);
    fill(new Place(map, key, -1, tree));
  }

  /** Inserts a tree into a list; see {@link #putTree}. */
  public void insertTree(ObjectId list, long position, @Nullable Object tree) {
    requireSequence(list);
    fill(new Place(list, null, position, tree));
  }

  private record Place(
      ObjectId object, @Nullable String key, long position, @Nullable Object tree) {}

  private void fill(Place root) {
    ArrayDeque<Place> places = new ArrayDeque<>();
    places.add(root);
    for (Place place = places.poll(); place != null; place = places.poll()) {
      switch (place.tree()) {
        case Map<?, ?> entries -> {
          ObjectId made = make(place, ObjectType.MAP);
          sorted(entries).forEach((key, value) -> places.add(new Place(made, key, -1, value)));
        }
        case Collection<?> items -> {
          ObjectId made = make(place, ObjectType.LIST);
          int position = 0;
          for (Object item : items) {
            places.add(new Place(made, null, position++, item));
          }
        }
        case String text -> splice(make(place, ObjectType.TEXT), 0, 0, text);
        case null, default -> putScalar(place);
      }
    }
  }

  /** Blocks are filled depth first, unlike values that are assigned. */
  private void fillDepthFirst(Place place) {
    switch (place.tree()) {
      case Map<?, ?> entries -> {
        ObjectId made = make(place, ObjectType.MAP);
        sorted(entries).forEach((key, value) -> fillDepthFirst(new Place(made, key, -1, value)));
      }
      case Collection<?> items -> {
        ObjectId made = make(place, ObjectType.LIST);
        int position = 0;
        for (Object item : items) {
          fillDepthFirst(new Place(made, null, position++, item));
        }
      }
      case String text -> splice(make(place, ObjectType.TEXT), 0, 0, text);
      case null, default -> putScalar(place);
    }
  }

  private void putScalar(Place place) {
    ScalarValue scalar = scalarOf(place.tree());
    String key = place.key();
    if (key != null) {
      put(place.object(), key, scalar);
    } else {
      insert(place.object(), place.position(), scalar);
    }
  }

  private static TreeMap<String, @Nullable Object> sorted(Map<?, ?> entries) {
    TreeMap<String, @Nullable Object> sorted = new TreeMap<>(Transaction::compareUtf8);
    entries.forEach((key, value) -> sorted.put(String.valueOf(key), value));
    return sorted;
  }

  private ObjectId make(Place place, ObjectType type) {
    String key = place.key();
    return key != null
        ? putObject(place.object(), key, type)
        : insertObject(place.object(), place.position(), type);
  }

  private static ScalarValue scalarOf(@Nullable Object value) {
    return switch (value) {
      case null -> ScalarValue.Null.NULL;
      case ScalarValue scalar -> scalar;
      case Boolean flag -> new ScalarValue.Bool(flag);
      case Byte number -> new ScalarValue.Int(number);
      case Short number -> new ScalarValue.Int(number);
      case Integer number -> new ScalarValue.Int(number);
      case Long number -> new ScalarValue.Int(number);
      case java.math.BigInteger number -> integer(number);
      case Number number -> new ScalarValue.F64(number.doubleValue());
      case byte[] bytes -> new ScalarValue.Binary(Bytes.of(bytes));
      default ->
          throw new IllegalArgumentException(
              "no value of a document: " + value.getClass().getName());
    };
  }

  private static ScalarValue integer(java.math.BigInteger number) {
    if (number.bitLength() <= 63) {
      return new ScalarValue.Int(number.longValue());
    }
    if (number.signum() > 0 && number.bitLength() == 64) {
      return new ScalarValue.Uint(number.longValue());
    }
    return new ScalarValue.F64(number.doubleValue());
  }

  private static int compareUtf8(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        b.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  // Checks.

  private ObjectId made(int row) {
    OpId id = ops.opId(row);
    return ObjectId.of(id);
  }

  private int requireMap(ObjectId id) {
    int object = requireObject(id);
    if (ops.object(object).type().isSequence()) {
      throw new IllegalArgumentException(
          id + " is a " + ops.object(object).type() + ", whose items have positions, not keys");
    }
    return object;
  }

  private int requireSequence(ObjectId id) {
    int object = requireObject(id);
    if (!ops.object(object).type().isSequence()) {
      throw new IllegalArgumentException(
          id + " is a " + ops.object(object).type() + ", whose entries have keys, not positions");
    }
    return object;
  }

  private int requireObject(ObjectId id) {
    requireOpen();
    int object = ops.findObject(id);
    if (object < 0 || !view.hasObject(object)) {
      throw new IllegalArgumentException("the document has no object " + id);
    }
    return object;
  }

  private int unitOf(int object) {
    return DocumentView.unitOf(ops.object(object).type(), textUnit);
  }

  private int elementAt(int object, long position) {
    int element =
        position > Integer.MAX_VALUE
            ? OpColumns.NONE
            : editor.elementAt(object, unitOf(object), (int) position);
    if (element < 0) {
      throw new IndexOutOfBoundsException(
          "position " + position + " of " + view.length(object, unitOf(object)));
    }
    return element;
  }

  private int referenceAt(int object, long position) {
    return editor.referenceAt(object, unitOf(object), checkPosition(object, position));
  }

  private int checkPosition(int object, long position) {
    int length = view.length(object, unitOf(object));
    if (position < 0 || position > length) {
      throw new IndexOutOfBoundsException("position " + position + " outside 0 to " + length);
    }
    return (int) position;
  }

  private static int requireCount(int count) {
    if (count < 0) {
      throw new IndexOutOfBoundsException("a negative number of items: " + count);
    }
    return count;
  }
}
