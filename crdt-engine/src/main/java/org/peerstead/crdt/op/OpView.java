package org.peerstead.crdt.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.wire.Action;

/**
 * What a document shows, now or at an earlier moment: visible operations of registers, positions in
 * sequences. The present is read from indexes; the past is worked out by walking the object that is
 * asked about.
 */
public final class OpView {
  private final OpSet ops;
  private final OpColumns columns;
  private final @Nullable Clock clock;

  /**
   * @param clock the moment to look at; null for the present
   */
  public OpView(OpSet ops, @Nullable Clock clock) {
    this.ops = ops;
    this.columns = ops.columns();
    this.clock = clock;
  }

  public OpSet ops() {
    return ops;
  }

  public @Nullable Clock clock() {
    return clock;
  }

  /** True when the object had been made. */
  public boolean hasObject(int object) {
    return clock == null || object == 0 || clock.covers(columns.id(ops.object(object).makeRow()));
  }

  private boolean isVisible(int row) {
    Clock moment = clock;
    if (moment == null) {
      return ops.isLive(row);
    }
    int action = columns.action(row);
    if ((action != Action.SET && !Action.isMake(action)) || !moment.covers(columns.id(row))) {
      return false;
    }
    boolean isCounter = ops.isCounter(row);
    for (int i = 0; i < columns.succCount(row); i++) {
      int succ = columns.succ(row, i);
      if (moment.covers(columns.id(succ))
          && !(isCounter && columns.action(succ) == Action.INCREMENT)) {
        return false;
      }
    }
    return true;
  }

  /** Visible operations of a map key or of an element, ascending by id: the winner is the last. */
  public int[] visible(int object, int key) {
    int[] rows = new int[2];
    int count = 0;
    if (clock == null) {
      int first = ops.firstLive(object, key);
      boolean isAlone =
          first >= 0 && ops.object(object).type().isSequence() && !ops.hasRegister(object, key);
      for (int row = first; row >= 0; row = isAlone ? OpColumns.NONE : ops.nextLive(row)) {
        if (count == rows.length) {
          rows = Arrays.copyOf(rows, count * 2);
        }
        rows[count++] = row;
      }
      for (int i = 0, j = count - 1; i < j; i++, j--) {
        int swap = rows[i];
        rows[i] = rows[j];
        rows[j] = swap;
      }
      return Arrays.copyOf(rows, count);
    }
    int[] all = ops.operationsOf(object, key);
    if (all == null) {
      return new int[0];
    }
    for (int row : all) {
      if (isVisible(row)) {
        if (count == rows.length) {
          rows = Arrays.copyOf(rows, count * 2);
        }
        int at = count++;
        while (at > 0 && ops.actors().compare(columns.id(rows[at - 1]), columns.id(row)) > 0) {
          rows[at] = rows[at - 1];
          at--;
        }
        rows[at] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  /** The visible operation with the greatest id, or -1. */
  public int winner(int object, int key) {
    if (clock == null) {
      return ops.firstLive(object, key);
    }
    if (ops.object(object).type().isSequence() && !ops.hasRegister(object, key)) {
      return isVisible(key) ? key : OpColumns.NONE;
    }
    int[] rows = visible(object, key);
    return rows.length == 0 ? OpColumns.NONE : rows[rows.length - 1];
  }

  /** Keys with a visible value, in UTF-8 byte order. */
  public int[] keys(int object) {
    int[] keys = ops.keysOf(object);
    Integer[] shown = new Integer[keys.length];
    int count = 0;
    for (int key : keys) {
      if (winner(object, key) >= 0) {
        shown[count++] = key;
      }
    }
    Arrays.sort(shown, 0, count, ops.keys()::compare);
    int[] out = new int[count];
    for (int i = 0; i < count; i++) {
      out[i] = shown[i];
    }
    return out;
  }

  /** The scalar of an operation; counters with the increments of this moment. */
  public ScalarValue scalar(int row) {
    if (!ops.isCounter(row)) {
      return ops.scalar(row);
    }
    long sum = ops.number(row);
    for (int i = 0; i < columns.succCount(row); i++) {
      int succ = columns.succ(row, i);
      if (columns.action(succ) == Action.INCREMENT
          && (clock == null || clock.covers(columns.id(succ)))) {
        sum += ops.number(succ);
      }
    }
    return new ScalarValue.Counter(sum);
  }

  // Sequences.

  /** Width of a winning operation in {@code unit}, one of the constants of this class. */
  public int width(int winner, int unit) {
    return switch (unit) {
      case ELEMENTS -> 1;
      case UTF16 -> ops.utf16Width(winner);
      default -> ops.codePointWidth(winner);
    };
  }

  /** Positions count visible elements. */
  public static final int ELEMENTS = SeqTree.ELEMENTS;

  /** Positions count UTF-16 code units. */
  public static final int UTF16 = SeqTree.UTF16;

  /** Positions count code points. */
  public static final int CODE_POINTS = SeqTree.CODE_POINTS;

  public int length(int object, int unit) {
    SeqTree tree = ops.object(object).requireSequence();
    if (clock == null) {
      return tree.length(unit);
    }
    int[] sum = {0};
    walk(object, (element, winner) -> sum[0] += winner < 0 ? 0 : width(winner, unit));
    return sum[0];
  }

  /** Receives the elements of a sequence in order. */
  public interface ElementVisitor {
    /**
     * @param winner the visible operation with the greatest id, or -1 for tombstones and marks
     */
    void element(int element, int winner);
  }

  /** Visits every element, tombstones and marks of this moment included. */
  public void walk(int object, ElementVisitor visitor) {
    for (SeqTree.Leaf leaf = ops.object(object).requireSequence().firstLeaf();
        leaf != null;
        leaf = leaf.next) {
      for (int i = 0; i < leaf.size; i++) {
        int element = leaf.rows[i];
        if (clock == null || clock.covers(columns.id(element))) {
          visitor.element(element, winner(object, element));
        }
      }
    }
  }

  /** A visible element: its row and the position of its first unit. */
  public record Located(int element, int start) {}

  /** The visible element that covers a position, or null behind the end. */
  public @Nullable Located locate(int object, int unit, int position) {
    if (clock == null) {
      SeqTree tree = ops.object(object).requireSequence();
      return tree.locate(unit, position) ? new Located(tree.foundRow(), tree.foundStart()) : null;
    }
    Finder finder = new Finder(unit, position);
    walk(object, finder);
    return finder.found;
  }

  private final class Finder implements ElementVisitor {
    private final int unit;
    private final int position;
    private int before;
    private @Nullable Located found;

    Finder(int unit, int position) {
      this.unit = unit;
      this.position = position;
    }

    @Override
    public void element(int element, int winner) {
      if (found == null && winner >= 0) {
        int width = width(winner, unit);
        if (position < before + width) {
          found = new Located(element, before);
        }
        before += width;
      }
    }
  }

  /** Order of two elements of one sequence: negative when {@code a} stands first. */
  public int compareElements(int object, int a, int b) {
    return a == b ? 0 : ops.object(object).requireSequence().isBefore(a, b) ? -1 : 1;
  }

  /** Whether there ever were marks in a sequence. */
  public boolean hasMarks(int object) {
    return ops.object(object).requireSequence().markCount() > 0;
  }

  /** The visible element behind {@code element}, or -1. */
  public int nextVisible(int object, int element) {
    SeqTree.Leaf leaf = ops.leafOf(element);
    int i = 0;
    while (leaf.rows[i] != element) {
      i++;
    }
    i++;
    for (SeqTree.@Nullable Leaf at = leaf; at != null; at = at.next, i = 0) {
      for (; i < at.size; i++) {
        if (clock == null ? at.widths[i] >= 0 : winner(object, at.rows[i]) >= 0) {
          return at.rows[i];
        }
      }
    }
    return OpColumns.NONE;
  }

  /** Units before an element, which need not be visible. */
  public int positionOf(int object, int unit, int element) {
    if (clock == null) {
      return ops.object(object).requireSequence().positionOf(unit, element);
    }
    int[] state = {0, 0};
    walk(
        object,
        (at, winner) -> {
          if (at == element) {
            state[1] = 1;
          }
          if (state[1] == 0 && winner >= 0) {
            state[0] += width(winner, unit);
          }
        });
    return state[0];
  }

  /** The element a local insert behind {@code left} names as its reference, marks considered. */
  public int referenceBehind(int object, int left) {
    return ops.object(object).requireSequence().referenceBehind(left, this);
  }

  boolean isShown(int object, int element) {
    return winner(object, element) >= 0;
  }

  /** Whether an operation had happened at this moment. */
  public boolean covers(int row) {
    return clock == null || clock.covers(columns.id(row));
  }

  /** Text of all visible elements; whatever is no string is U+FFFC. */
  public String text(int object) {
    StringBuilder out = new StringBuilder();
    if (clock == null) {
      for (SeqTree.Leaf leaf = ops.object(object).requireSequence().firstLeaf();
          leaf != null;
          leaf = leaf.next) {
        for (int i = 0; i < leaf.size; i++) {
          if (leaf.widths[i] >= 0) {
            ops.appendText(ops.winnerOfElement(leaf.rows[i]), out);
          }
        }
      }
    } else {
      walk(
          object,
          (element, winner) -> {
            if (winner >= 0) {
              ops.appendText(winner, out);
            }
          });
    }
    return out.toString();
  }

  /** Rows of all visible elements' winning operations, in order. */
  public List<Integer> items(int object) {
    List<Integer> out = new ArrayList<>();
    walk(
        object,
        (element, winner) -> {
          if (winner >= 0) {
            out.add(element);
          }
        });
    return out;
  }
}
