package org.peerstead.crdt.op;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.wire.Action;
import org.peerstead.crdt.wire.ValueMeta;

/**
 * Turns edits into operations of the open change: finds predecessors and reference elements in a
 * view, and leaves out what would change nothing. Positions are in the unit that each call names;
 * callers have checked that objects exist and fit.
 */
public final class LocalEditor {
  private static final int[] NO_ROWS = {};

  private final OpSet ops;
  private final OpColumns columns;
  private final OpView view;
  private final ScalarWriter scalar = new ScalarWriter();

  public LocalEditor(OpView view) {
    this.view = view;
    this.ops = view.ops();
    this.columns = ops.columns();
  }

  // Registers: a map key, or the element of a sequence.

  /** Writes a scalar; does nothing when it is the only visible value already. */
  public void put(int object, int key, ScalarValue value) {
    int[] visible = view.visible(object, key);
    scalar.write(value);
    if (visible.length > 0 && holds(visible[visible.length - 1], value)) {
      if (visible.length > 1) {
        int[] losers = Arrays.copyOf(visible, visible.length - 1);
        emit(object, key, Action.DELETE, false, false, losers, false);
      }
      return;
    }
    emit(object, key, Action.SET, false, false, visible, true);
  }

  /**
   * True when the operation shows this value already; of counters the present value counts, not the
   * one written.
   */
  private boolean holds(int row, ScalarValue value) {
    if (ops.isCounter(row)) {
      return view.scalar(row).equals(value);
    }
    if (value instanceof ScalarValue.F64(double number)) {
      // As numbers: the zeros are equal, and what is no number equals nothing.
      return view.scalar(row) instanceof ScalarValue.F64(double held) && held == number;
    }
    if (columns.action(row) != Action.SET || columns.valueMeta(row) != scalar.meta()) {
      return false;
    }
    byte[] bytes = ops.valueBytes(row);
    return Arrays.equals(bytes, 0, bytes.length, scalar.bytes(), 0, bytes.length);
  }

  /** Puts a new object in place of whatever is visible; returns its make operation. */
  public int putObject(int object, int key, int makeAction) {
    requireRoomBelow(object);
    return emit(object, key, makeAction, false, false, view.visible(object, key), false);
  }

  /** Deletes what is visible; false when nothing is. */
  public boolean delete(int object, int key) {
    int[] visible = view.visible(object, key);
    if (visible.length == 0) {
      return false;
    }
    emit(object, key, Action.DELETE, false, false, visible, false);
    return true;
  }

  /** Adds to the counters of a register; false when none of its visible values is one. */
  public boolean increment(int object, int key, long by) {
    int[] visible = view.visible(object, key);
    boolean hasCounter = false;
    for (int row : visible) {
      hasCounter |= ops.isCounter(row);
    }
    if (!hasCounter) {
      return false;
    }
    scalar.write(new ScalarValue.Int(by));
    emit(object, key, Action.INCREMENT, false, false, visible, true);
    return true;
  }

  // Sequences.

  /** The visible element that covers {@code position}, or -1. */
  public int elementAt(int object, int unit, int position) {
    OpView.Located located = view.locate(object, unit, position);
    return located == null ? OpColumns.NONE : located.element();
  }

  /**
   * Reference element for an insert at {@code position}; behind the pair when the position splits a
   * surrogate pair.
   */
  public int referenceAt(int object, int unit, int position) {
    int left = position == 0 ? OpColumns.HEAD : elementAt(object, unit, position - 1);
    return view.referenceBehind(object, left);
  }

  public int insert(int object, int reference, ScalarValue value) {
    scalar.write(value);
    return emit(object, reference, Action.SET, true, false, NO_ROWS, true);
  }

  public int insertObject(int object, int reference, int makeAction) {
    requireRoomBelow(object);
    return emit(object, reference, makeAction, true, false, NO_ROWS, false);
  }

  private void requireRoomBelow(int object) {
    if (!ops.hasRoomBelow(object)) {
      throw new IllegalArgumentException("objects nested deeper than " + OpSet.MAX_DEPTH);
    }
  }

  /** Inserts one element per code point behind {@code reference}. */
  public void insertText(int object, int reference, String text) {
    int at = reference;
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      int row = ops.append(object, at, false, Action.SET, true, false);
      setCodePoint(row, codePoint);
      ops.link(row);
      at = row;
    }
  }

  private void setCodePoint(int row, int codePoint) {
    if (codePoint < 0x80) {
      columns.setShortValue(row, ValueMeta.of(ValueMeta.STRING, 1), codePoint);
    } else if (codePoint < 0x800) {
      columns.setShortValue(
          row,
          ValueMeta.of(ValueMeta.STRING, 2),
          0xC0 | codePoint >> 6 | continuation(codePoint, 0) << 8);
    } else if (codePoint < 0x10000) {
      int scalarValue = Character.isSurrogate((char) codePoint) ? 0xFFFD : codePoint;
      columns.setShortValue(
          row,
          ValueMeta.of(ValueMeta.STRING, 3),
          0xE0
              | scalarValue >> 12
              | continuation(scalarValue, 6) << 8
              | continuation(scalarValue, 0) << 16);
    } else {
      columns.setShortValue(
          row,
          ValueMeta.of(ValueMeta.STRING, 4),
          0xF0
              | codePoint >> 18
              | continuation(codePoint, 12) << 8
              | continuation(codePoint, 6) << 16
              | continuation(codePoint, 0) << 24);
    }
  }

  private static long continuation(int codePoint, int shift) {
    return 0x80 | codePoint >> shift & 0x3F;
  }

  /**
   * The visible elements from {@code position} on that cover at least {@code units}; fewer when the
   * sequence ends. One that begins before the position is passed over, except by an edit of an
   * earlier moment that inserts nothing.
   */
  public int[] elementsFrom(int object, int unit, int position, int units, boolean inserts) {
    if (units == 0) {
      return NO_ROWS;
    }
    OpView.Located located = view.locate(object, unit, position);
    if (located == null) {
      return NO_ROWS;
    }
    int element = located.element();
    if (located.start() < position && (inserts || view.clock() == null)) {
      element = view.nextVisible(object, element);
    }
    int[] rows = new int[Math.min(units, 16)];
    int count = 0;
    int covered = 0;
    while (covered < units && element >= 0) {
      if (count == rows.length) {
        rows = Arrays.copyOf(rows, count * 2);
      }
      rows[count++] = element;
      covered += view.width(view.winner(object, element), unit);
      element = covered < units ? view.nextVisible(object, element) : OpColumns.NONE;
    }
    return Arrays.copyOf(rows, count);
  }

  /** Inserts one edge of a mark; a null name ends one. */
  public int insertMark(
      int object, int reference, @Nullable String name, ScalarValue value, boolean expand) {
    scalar.write(value);
    int row = ops.append(object, reference, false, Action.MARK, true, expand);
    columns.setValue(row, scalar.meta(), scalar.bytes(), 0);
    if (name != null) {
      ops.setMarkName(row, ops.keys().intern(name));
    }
    ops.link(row);
    return row;
  }

  private int emit(
      int object,
      int key,
      int action,
      boolean insert,
      boolean expand,
      int[] preds,
      boolean hasValue) {
    boolean hasStringKey = !ops.object(object).type().isSequence();
    int row = ops.append(object, key, hasStringKey, action, insert, expand);
    if (hasValue) {
      columns.setValue(row, scalar.meta(), scalar.bytes(), 0);
    }
    for (int pred : preds) {
      columns.addPred(row, pred);
    }
    ops.link(row);
    return row;
  }
}
