package org.peerstead.crdt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.Conflict;
import org.peerstead.crdt.model.Mark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.OpId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.model.Span;
import org.peerstead.crdt.model.Value;
import org.peerstead.crdt.op.OpColumns;
import org.peerstead.crdt.op.OpSet;
import org.peerstead.crdt.op.OpView;
import org.peerstead.crdt.text.Cursor;
import org.peerstead.crdt.text.TextUnit;
import org.peerstead.crdt.wire.Action;

/**
 * Reads a document at one moment. The view of the present follows later changes. Confined to the
 * thread of its document.
 *
 * <p>Where several values are visible (a conflict), the one written by the greatest operation id
 * wins and single-value methods return it. An unknown object is an {@link
 * IllegalArgumentException}.
 */
public final class DocumentView {
  private final OpView view;
  private final OpSet ops;
  private final TextUnit textUnit;

  DocumentView(OpView view, TextUnit textUnit) {
    this.view = view;
    this.ops = view.ops();
    this.textUnit = textUnit;
  }

  OpView operations() {
    return view;
  }

  static int unitOf(ObjectType type, TextUnit unit) {
    return type != ObjectType.TEXT
        ? OpView.ELEMENTS
        : unit == TextUnit.UTF16 ? OpView.UTF16 : OpView.CODE_POINTS;
  }

  public boolean hasObject(ObjectId id) {
    int object = ops.findObject(id);
    return object >= 0 && view.hasObject(object);
  }

  public ObjectType type(ObjectId id) {
    return ops.object(require(id)).type();
  }

  // Maps.

  /** Keys with a value, in UTF-8 byte order. */
  public List<String> keys(ObjectId map) {
    int object = requireMap(map);
    List<String> out = new ArrayList<>();
    for (int key : view.keys(object)) {
      out.add(ops.keys().get(key));
    }
    return out;
  }

  public Optional<Value> get(ObjectId map, String key) {
    int object = requireMap(map);
    int number = ops.keys().find(key);
    int row = number < 0 ? -1 : view.winner(object, number);
    return row < 0 ? Optional.empty() : Optional.of(value(row));
  }

  /** All visible values, ascending by operation id; the winner is the last. */
  public List<Conflict> getAll(ObjectId map, String key) {
    int object = requireMap(map);
    int number = ops.keys().find(key);
    return number < 0 ? List.of() : conflicts(object, number);
  }

  // Sequences.

  /** Number of items of a list, of units of a text, of keys of a map. */
  public long length(ObjectId id) {
    int object = require(id);
    ObjectType type = ops.object(object).type();
    return type.isSequence()
        ? view.length(object, unitOf(type, textUnit))
        : view.keys(object).length;
  }

  public Optional<Value> get(ObjectId sequence, long position) {
    int object = requireSequence(sequence);
    int element = elementAt(object, position);
    return element < 0 ? Optional.empty() : Optional.of(value(view.winner(object, element)));
  }

  /** All visible values at a position, ascending by operation id; the winner is the last. */
  public List<Conflict> getAll(ObjectId sequence, long position) {
    int object = requireSequence(sequence);
    int element = elementAt(object, position);
    return element < 0 ? List.of() : conflicts(object, element);
  }

  /** All values of a list in order. */
  public List<Value> items(ObjectId list) {
    int object = requireSequence(list);
    List<Value> out = new ArrayList<>();
    view.walk(
        object,
        (element, winner) -> {
          if (winner >= 0) {
            out.add(value(winner));
          }
        });
    return out;
  }

  /** The text; whatever in it is no string, blocks for instance, is U+FFFC. */
  public String text(ObjectId text) {
    return view.text(requireSequence(text));
  }

  /** Ranges with a mark, by name and then by start. */
  public List<Mark> marks(ObjectId text) {
    return new RichText(view, requireSequence(text), textUnit).marks();
  }

  /** Text runs with their marks, and blocks, in order. */
  public List<Span> spans(ObjectId text) {
    return new RichText(view, requireSequence(text), textUnit).spans(this);
  }

  // Cursors.

  /**
   * A cursor on what is at a position now.
   *
   * @param position 0-based; the length gives the cursor that always is at the end
   * @param move where the cursor goes when the element is deleted
   * @throws IllegalArgumentException when the position is outside the sequence
   */
  public Cursor cursor(ObjectId sequence, long position, Cursor.Move move) {
    int object = requireSequence(sequence);
    int element = elementAt(object, position);
    if (element >= 0) {
      return new Cursor.At(ops.opId(view.winner(object, element)), move);
    }
    if (position != length(sequence)) {
      throw new IllegalArgumentException(
          "position " + position + " is outside 0 to " + length(sequence));
    }
    return new Cursor.End();
  }

  /**
   * Where a cursor is at this moment.
   *
   * @throws IllegalArgumentException when the cursor's element does not belong to the sequence
   */
  public long position(ObjectId sequence, Cursor cursor) {
    int object = requireSequence(sequence);
    return switch (cursor) {
      case Cursor.Start() -> 0;
      case Cursor.End() -> length(sequence);
      case Cursor.At(OpId id, Cursor.Move move) -> position(object, id, move);
    };
  }

  private long position(int object, OpId id, Cursor.Move move) {
    int row = ops.findRow(id);
    if (row < 0 || ops.columns().object(row) != object || !view.covers(row)) {
      throw new IllegalArgumentException("the sequence has no element " + id);
    }
    int element = ops.columns().element(row);
    if (move == Cursor.Move.BEFORE) {
      while (element != OpColumns.HEAD && view.winner(object, element) < 0) {
        element = ops.columns().key(element);
      }
      if (element == OpColumns.HEAD) {
        return 0;
      }
    }
    return view.positionOf(object, unitOf(ops.object(object).type(), textUnit), element);
  }

  // Trees.

  /**
   * The whole document: {@code LinkedHashMap} with keys in UTF-8 order, {@code List}, {@code
   * String} for texts and strings, {@code Long}, {@code BigInteger} for unsigned numbers above
   * 2^63-1, {@code Double}, {@code Boolean}, null, and {@link ScalarValue} for byte strings,
   * counters, timestamps and unknown types. Unmodifiable.
   */
  public Map<String, @Nullable Object> toTree() {
    return mapTree(0);
  }

  /** As {@link #toTree}, of one object. */
  public Object toTree(ObjectId id) {
    return tree(require(id));
  }

  /**
   * The whole document as JSON: counters are numbers, timestamps ISO-8601 strings, byte strings
   * base64, numbers that JSON lacks null.
   */
  public String toJson() {
    StringBuilder out = new StringBuilder();
    new JsonWriter(out).write(toTree());
    return out.toString();
  }

  private Map<String, @Nullable Object> mapTree(int object) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    for (int key : view.keys(object)) {
      out.put(ops.keys().get(key), plain(view.winner(object, key)));
    }
    return Collections.unmodifiableMap(out);
  }

  private Object tree(int object) {
    return switch (ops.object(object).type()) {
      case MAP, TABLE -> mapTree(object);
      case TEXT -> view.text(object);
      case LIST -> {
        List<@Nullable Object> out = new ArrayList<>();
        view.walk(
            object,
            (element, winner) -> {
              if (winner >= 0) {
                out.add(plain(winner));
              }
            });
        yield Collections.unmodifiableList(out);
      }
    };
  }

  private @Nullable Object plain(int row) {
    if (Action.isMake(ops.columns().action(row))) {
      return tree(ops.objectMadeBy(row));
    }
    return switch (view.scalar(row)) {
      case ScalarValue.Null() -> null;
      case ScalarValue.Bool(boolean flag) -> flag;
      case ScalarValue.Int(long number) -> number;
      case ScalarValue.Uint(long number) ->
          number >= 0 ? (Object) number : new java.math.BigInteger(Long.toUnsignedString(number));
      case ScalarValue.F64(double number) -> number;
      case ScalarValue.Str(String text) -> text;
      case ScalarValue.Binary binary -> binary;
      case ScalarValue.Counter counter -> counter;
      case ScalarValue.Timestamp timestamp -> timestamp;
      case ScalarValue.Unknown unknown -> unknown;
    };
  }

  private Value value(int row) {
    int action = ops.columns().action(row);
    if (Action.isMake(action)) {
      return new ObjectValue(ObjectId.of(ops.opId(row)), Action.madeType(action));
    }
    return view.scalar(row);
  }

  private List<Conflict> conflicts(int object, int key) {
    List<Conflict> out = new ArrayList<>();
    for (int row : view.visible(object, key)) {
      out.add(new Conflict(value(row), ops.opId(row)));
    }
    return out;
  }

  private int elementAt(int object, long position) {
    if (position < 0 || position > Integer.MAX_VALUE) {
      return -1;
    }
    OpView.Located located =
        view.locate(object, unitOf(ops.object(object).type(), textUnit), (int) position);
    return located == null ? -1 : located.element();
  }

  private int require(ObjectId id) {
    int object = ops.findObject(id);
    if (object < 0 || !view.hasObject(object)) {
      throw new IllegalArgumentException("the document has no object " + id);
    }
    return object;
  }

  private int requireMap(ObjectId id) {
    int object = require(id);
    if (ops.object(object).type().isSequence()) {
      throw new IllegalArgumentException(id + " is a " + ops.object(object).type() + ", not a map");
    }
    return object;
  }

  private int requireSequence(ObjectId id) {
    int object = require(id);
    if (!ops.object(object).type().isSequence()) {
      throw new IllegalArgumentException(
          id + " is a " + ops.object(object).type() + ", not a sequence");
    }
    return object;
  }
}
