package org.peerstead.crdt.patch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.model.Value;
import org.peerstead.crdt.op.ChangeLog;
import org.peerstead.crdt.op.Clock;
import org.peerstead.crdt.op.OpColumns;
import org.peerstead.crdt.op.OpSet;
import org.peerstead.crdt.op.OpView;
import org.peerstead.crdt.text.TextUnit;
import org.peerstead.crdt.wire.Action;

/**
 * Finds the patches between two moments of one history.
 *
 * <p>A register can only differ when an operation on it belongs to a change that counts at one of
 * the moments and not at the other: an overwrite or delete acts on the register it hides. So the
 * operations of those changes name every register worth looking at, and the cost follows them, not
 * the size of the document; with two exceptions, where a whole sequence is walked: texts that ever
 * had marks, and positions at a later moment that is not the present.
 *
 * <p>An object is worth comparing when it is part of the document at both moments: its own register
 * shows it, and so does every register above it. One that appears is put, empty, by the patch of
 * its register, and filled afterwards. One that disappears is not mentioned further.
 *
 * <p>Sequences are worked through from left to right in the order of their elements. Everything
 * left of the element at hand already is as it will be, so a patch's index is the element's
 * position at the later moment.
 *
 * <p>Used once; not thread-safe.
 */
public final class Differ {
  private final OpSet ops;
  private final OpColumns columns;
  private final OpView before;
  private final OpView after;
  private final OpView all;
  private final TextUnit unit;
  private final List<Patch> patches = new ArrayList<>();
  private final Deque<Integer> appeared = new ArrayDeque<>();
  private final Map<Integer, Boolean> shownBefore = new HashMap<>();
  private final Map<Integer, Boolean> shownAfter = new HashMap<>();
  private final Map<Integer, List<Prop>> paths = new HashMap<>();
  private final Map<Integer, Map<Integer, Integer>> pastPositions = new HashMap<>();

  private Differ(OpSet ops, OpView before, OpView after, TextUnit unit) {
    this.ops = ops;
    this.columns = ops.columns();
    this.before = before;
    this.after = after;
    this.all = new OpView(ops, null);
    this.unit = unit;
  }

  /**
   * The patches that lead from one moment to the other.
   *
   * @param missingBefore numbers of the changes that do not count at the earlier moment, ascending
   * @param missingAfter numbers of the changes that do not count at the later moment, ascending
   * @param unit what text indexes count
   */
  public static List<Patch> diff(
      OpSet ops, int[] missingBefore, int[] missingAfter, TextUnit unit) {
    Differ differ = new Differ(ops, view(ops, missingBefore), view(ops, missingAfter), unit);
    differ.run(inOneOnly(missingBefore, missingAfter));
    return List.copyOf(differ.patches);
  }

  private static OpView view(OpSet ops, int[] missing) {
    return new OpView(ops, missing.length == 0 ? null : Clock.without(ops, missing));
  }

  /** What stands in one of two ascending lists and not in the other. */
  private static int[] inOneOnly(int[] a, int[] b) {
    int[] out = new int[a.length + b.length];
    int count = 0;
    int i = 0;
    int j = 0;
    while (i < a.length || j < b.length) {
      if (j == b.length || (i < a.length && a[i] < b[j])) {
        out[count++] = a[i++];
      } else if (i == a.length || b[j] < a[i]) {
        out[count++] = b[j++];
      } else {
        i++;
        j++;
      }
    }
    return Arrays.copyOf(out, count);
  }

  private void run(int[] changed) {
    for (Map.Entry<Integer, Registers> entry : touchedRegisters(changed).entrySet()) {
      int object = entry.getKey();
      if (isShown(object, after, shownAfter) && isShown(object, before, shownBefore)) {
        compare(object, entry.getValue().distinct());
      }
    }
    for (Integer object = appeared.poll(); object != null; object = appeared.poll()) {
      fill(object);
    }
  }

  /**
   * By object, in the order in which objects were made: the keys or elements that the changes act
   * on.
   */
  private Map<Integer, Registers> touchedRegisters(int[] changed) {
    ChangeLog log = ops.log();
    Map<Integer, Registers> touched = new TreeMap<>();
    for (int change : changed) {
      int end = log.firstRow(change) + log.opCount(change);
      for (int row = log.firstRow(change); row < end; row++) {
        int object = columns.object(row);
        int register =
            ops.object(object).type().isSequence() ? columns.element(row) : columns.key(row);
        touched.computeIfAbsent(object, key -> new Registers()).add(register);
      }
    }
    return touched;
  }

  /** Keys or elements, gathered in any order and with repetitions. */
  private static final class Registers {
    private int[] items = new int[4];
    private int size;

    void add(int item) {
      if (size == items.length) {
        items = Arrays.copyOf(items, size * 2);
      }
      items[size++] = item;
    }

    /** Each once, ascending. */
    int[] distinct() {
      Arrays.sort(items, 0, size);
      int count = 0;
      for (int i = 0; i < size; i++) {
        if (count == 0 || items[i] != items[count - 1]) {
          items[count++] = items[i];
        }
      }
      return Arrays.copyOf(items, count);
    }
  }

  private boolean isShown(int object, OpView moment, Map<Integer, Boolean> known) {
    Deque<Integer> open = new ArrayDeque<>();
    boolean isShown = true;
    for (int at = object; at != 0; at = columns.object(ops.object(at).makeRow())) {
      Boolean answer = known.get(at);
      if (answer != null) {
        isShown = answer;
        break;
      }
      open.push(at);
    }
    while (!open.isEmpty()) {
      int at = open.pop();
      int makeRow = ops.object(at).makeRow();
      int parent = columns.object(makeRow);
      isShown = isShown && moment.winner(parent, register(parent, makeRow)) == makeRow;
      known.put(at, isShown);
    }
    return isShown;
  }

  private int register(int object, int row) {
    return ops.object(object).type().isSequence() ? columns.element(row) : columns.key(row);
  }

  // Comparing an object with itself.

  private void compare(int object, int[] registers) {
    ObjectType type = ops.object(object).type();
    if (!type.isSequence()) {
      for (int key : registers) {
        compareKey(object, key);
      }
      return;
    }
    SequencePatches out = new SequencePatches(patches, ops.objectId(object), path(object));
    if (type == ObjectType.TEXT && all.hasMarks(object)) {
      walkMarkedText(object, out, true);
    } else if (after.clock() == null) {
      Arrays.stream(registers)
          .boxed()
          .sorted((a, b) -> all.compareElements(object, a, b))
          .forEach(element ->
              compareElement(
                  object,
                  element,
                  after.positionOf(object, unitOf(object), element),
                  out,
                  Map.of()));
    } else {
      int[] position = new int[1];
      all.walk(
          object,
          (element, current) -> {
            if (Arrays.binarySearch(registers, element) >= 0) {
              compareElement(object, element, position[0], out, Map.of());
            }
            position[0] += widthAfter(object, element);
          });
    }
    out.finish();
  }

  private int unitOf(int object) {
    if (ops.object(object).type() != ObjectType.TEXT) {
      return OpView.ELEMENTS;
    }
    return switch (unit) {
      case UTF16 -> OpView.UTF16;
      case CODE_POINT -> OpView.CODE_POINTS;
    };
  }

  private int width(int object, int row) {
    return after.width(row, unitOf(object));
  }

  private int widthAfter(int object, int element) {
    int winner = after.winner(object, element);
    return winner < 0 ? 0 : width(object, winner);
  }

  private void compareKey(int object, int key) {
    int was = before.winner(object, key);
    int is = after.winner(object, key);
    String name = ops.keys().get(key);
    if (is < 0) {
      if (was >= 0) {
        patches.add(new Patch.DeleteMap(ops.objectId(object), path(object), name));
      }
    } else if (was == is) {
      compareSame(object, key, is, Prop.key(name));
    } else {
      patches.add(
          new Patch.PutMap(
              ops.objectId(object),
              path(object),
              name,
              value(is),
              hasConflict(after, object, key)));
    }
  }

  /** The winner is the same; a counter may have moved and other values may have come or gone. */
  private void compareSame(int object, int register, int row, Prop prop) {
    if (ops.isCounter(row)) {
      long by = counter(after, row) - counter(before, row);
      if (by != 0) {
        patches.add(new Patch.Increment(ops.objectId(object), path(object), prop, by));
      }
    }
    boolean conflict = hasConflict(after, object, register);
    if (conflict != hasConflict(before, object, register)) {
      patches.add(new Patch.Conflict(ops.objectId(object), path(object), prop, conflict));
    }
  }

  private static long counter(OpView moment, int row) {
    return moment.scalar(row) instanceof ScalarValue.Counter counter ? counter.value() : 0;
  }

  private static boolean hasConflict(OpView moment, int object, int register) {
    return moment.visible(object, register).length > 1;
  }

  private void compareElement(
      int object, int element, int position, SequencePatches out, Map<String, ScalarValue> marks) {
    int was = before.winner(object, element);
    int is = after.winner(object, element);
    if (was < 0 && is < 0) {
      return;
    }
    if (was == is) {
      if (ops.isCounter(is) || ops.hasRegister(object, element)) {
        out.flush();
        compareSame(object, element, is, Prop.index(position));
      }
      return;
    }
    boolean isText = ops.object(object).type() == ObjectType.TEXT;
    if (was >= 0 && is >= 0 && !isText) {
      out.flush();
      patches.add(
          new Patch.PutSeq(
              ops.objectId(object),
              path(object),
              position,
              value(is),
              hasConflict(after, object, element)));
      return;
    }
    if (was >= 0) {
      out.delete(position, width(object, was));
    }
    if (is >= 0) {
      insert(object, element, is, position, out, marks);
    }
  }

  private void insert(
      int object,
      int element,
      int row,
      int position,
      SequencePatches out,
      Map<String, ScalarValue> marks) {
    Value value = value(row);
    if (ops.object(object).type() == ObjectType.TEXT
        && value instanceof ScalarValue.Str(String text)) {
      out.splice(position, text, width(object, row), marks);
    } else {
      out.insert(position, new Patch.Inserted(value, hasConflict(after, object, element)));
    }
  }

  // Objects that appear.

  private void fill(int object) {
    ObjectType type = ops.object(object).type();
    if (!type.isSequence()) {
      Map<String, Integer> keys = new TreeMap<>();
      for (int key : ops.keysOf(object)) {
        if (after.winner(object, key) >= 0) {
          keys.put(ops.keys().get(key), key);
        }
      }
      keys.forEach((name, key) ->
          patches.add(
              new Patch.PutMap(
                  ops.objectId(object),
                  path(object),
                  name,
                  value(after.winner(object, key)),
                  hasConflict(after, object, key))));
      return;
    }
    SequencePatches out = new SequencePatches(patches, ops.objectId(object), path(object));
    if (type == ObjectType.TEXT && all.hasMarks(object)) {
      walkMarkedText(object, out, false);
    } else {
      int[] position = new int[1];
      all.walk(
          object,
          (element, current) -> {
            int winner = after.winner(object, element);
            if (winner >= 0) {
              insert(object, element, winner, position[0], out, Map.of());
              position[0] += width(object, winner);
            }
          });
    }
    out.finish();
  }

  // Texts with marks.

  /**
   * Walks all elements with the marks that are open at both moments.
   *
   * @param existed whether the text was shown before; if not, everything in it is new
   */
  private void walkMarkedText(int object, SequencePatches out, boolean existed) {
    OpenMarks marksBefore = new OpenMarks(before);
    OpenMarks marksAfter = new OpenMarks(after);
    int[] position = new int[1];
    all.walk(
        object,
        (element, current) -> {
          if (columns.action(element) == Action.MARK) {
            marksBefore.pass(element);
            marksAfter.pass(element);
            return;
          }
          int is = after.winner(object, element);
          int was = existed ? before.winner(object, element) : OpColumns.NONE;
          if (existed) {
            compareElement(object, element, position[0], out, marksAfter.current());
          } else if (is >= 0) {
            insert(object, element, is, position[0], out, marksAfter.current());
          }
          if (is >= 0) {
            int width = width(object, is);
            if (was == is) {
              out.compareMarks(position[0], width, marksBefore.current(), marksAfter.current());
            }
            position[0] += width;
          }
        });
  }

  // Values and places.

  /** The value of a visible row; objects are noted down to be filled. */
  private Value value(int row) {
    int action = columns.action(row);
    if (Action.isMake(action)) {
      int made = ops.objectMadeBy(row);
      appeared.add(made);
      return new ObjectValue(ops.objectId(made), ops.object(made).type());
    }
    return after.scalar(row);
  }

  /** Where an object that is shown at the later moment is. */
  private List<Prop> path(int object) {
    List<Prop> known = paths.get(object);
    if (known != null) {
      return known;
    }
    Deque<Integer> open = new ArrayDeque<>();
    List<Prop> path = List.of();
    for (int at = object; at != 0; at = columns.object(ops.object(at).makeRow())) {
      List<Prop> above = paths.get(at);
      if (above != null) {
        path = above;
        break;
      }
      open.push(at);
    }
    while (!open.isEmpty()) {
      int at = open.pop();
      List<Prop> longer = new ArrayList<>(path);
      longer.add(place(ops.object(at).makeRow()));
      path = List.copyOf(longer);
      paths.put(at, path);
    }
    return path;
  }

  private Prop place(int makeRow) {
    int parent = columns.object(makeRow);
    if (!ops.object(parent).type().isSequence()) {
      return Prop.key(ops.keys().get(columns.key(makeRow)));
    }
    int element = columns.element(makeRow);
    if (after.clock() == null) {
      return Prop.index(after.positionOf(parent, unitOf(parent), element));
    }
    @Nullable Integer position =
        pastPositions.computeIfAbsent(parent, this::positionsOfObjects).get(element);
    if (position == null) {
      throw new IllegalStateException("the element of a shown object has no position");
    }
    return Prop.index(position);
  }

  /** Positions at the later moment of those elements of a sequence that are objects. */
  private Map<Integer, Integer> positionsOfObjects(int sequence) {
    Map<Integer, Integer> positions = new HashMap<>();
    int[] position = new int[1];
    all.walk(
        sequence,
        (element, current) -> {
          int winner = after.winner(sequence, element);
          if (winner >= 0) {
            if (Action.isMake(columns.action(winner))) {
              positions.put(element, position[0]);
            }
            position[0] += width(sequence, winner);
          }
        });
    return positions;
  }
}
