package org.peerstead.crdt.op;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.wire.Action;

/**
 * The elements of one list or text in document order, tombstones and marks included: a B+ tree
 * whose inner nodes count visible elements and their widths, so that positions and elements convert
 * into each other in O(log n).
 *
 * <p>Leaves hold up to {@value #LEAF} elements; each also knows the smallest counter among its
 * elements, which lets a concurrent insert skip whole leaves of later siblings.
 */
final class SeqTree {
  static final int LEAF = 64;
  private static final int FANOUT = 32;
  private static final byte INVISIBLE = -1;
  private static final byte WIDE = 127;

  /** Counts visible elements. */
  static final int ELEMENTS = 0;

  /** Counts UTF-16 code units of visible elements. */
  static final int UTF16 = 1;

  /** Counts code points of visible elements. */
  static final int CODE_POINTS = 2;

  abstract static class Node {
    @Nullable Inner parent;
    int slot;
  }

  static final class Leaf extends Node {
    int[] rows = new int[LEAF];
    byte[] widths = new byte[LEAF];
    int size;
    int marks;
    long minCounter = Long.MAX_VALUE;
    @Nullable Leaf next;
    @Nullable Leaf previous;
  }

  static final class Inner extends Node {
    final Node[] kids = new Node[FANOUT];
    final int[] elements = new int[FANOUT];
    final int[] utf16 = new int[FANOUT];
    final int[] codePoints = new int[FANOUT];
    int size;

    int[] counts(int unit) {
      return switch (unit) {
        case ELEMENTS -> elements;
        case UTF16 -> utf16;
        default -> codePoints;
      };
    }
  }

  private final OpSet ops;
  private Node root;
  private Leaf first;
  private Leaf last;
  private int size;
  private int elements;
  private int utf16;
  private int codePoints;
  private int leaves = 1;
  private int markCount;

  // Result of the last locate call.
  private @Nullable Leaf foundLeaf;
  private int foundIndex;
  private int foundStart;

  SeqTree(OpSet ops) {
    this.ops = ops;
    first = new Leaf();
    last = first;
    root = first;
  }

  /** Elements, tombstones and marks included. */
  int size() {
    return size;
  }

  int markCount() {
    return markCount;
  }

  long retainedBytes() {
    return leaves * (LEAF * 5L + 80) + leaves / 12L * (FANOUT * 16L + 64);
  }

  int length(int unit) {
    return switch (unit) {
      case ELEMENTS -> elements;
      case UTF16 -> utf16;
      default -> codePoints;
    };
  }

  Leaf firstLeaf() {
    return first;
  }

  // Building.

  /**
   * Adds an element behind all others; used when a document is loaded, where the order is known.
   */
  void append(int row) {
    Leaf leaf = last;
    if (leaf.size == LEAF) {
      leaf = splitOff(leaf, LEAF);
    }
    place(leaf, leaf.size, row);
  }

  /**
   * Inserts an element right behind {@code refRow} (or first of all), passing siblings with greater
   * ids.
   */
  void insert(int refRow, int row) {
    Leaf leaf;
    int index;
    if (refRow == OpColumns.HEAD) {
      leaf = first;
      index = 0;
    } else {
      leaf = ops.leafOf(refRow);
      index = indexIn(leaf, refRow) + 1;
    }
    long id = ops.columns().id(row);
    long counter = ActorTable.counter(id);
    int steps = 0;
    while (true) {
      steps++;
      if (index == leaf.size) {
        Leaf following = leaf.next;
        if (following == null) {
          break;
        }
        if (following.size == 0 || following.minCounter > counter) {
          leaf = following;
          index = leaf.size;
          continue;
        }
        if (ops.actors().compare(ops.columns().id(following.rows[0]), id) < 0) {
          break;
        }
        leaf = following;
        index = 1;
        continue;
      }
      if (ops.actors().compare(ops.columns().id(leaf.rows[index]), id) < 0) {
        break;
      }
      index++;
    }
    ops.columns().addWork(steps);
    if (leaf.size == LEAF) {
      if (index == LEAF) {
        Leaf fresh = splitOff(leaf, leaf.next == null ? LEAF : LEAF * 3 / 4);
        if (fresh.size > 0) {
          index -= LEAF - fresh.size;
        } else {
          index = 0;
        }
        leaf = fresh;
      } else {
        Leaf fresh = splitOff(leaf, LEAF / 2);
        if (index > LEAF / 2) {
          leaf = fresh;
          index -= LEAF / 2;
        }
      }
    }
    place(leaf, index, row);
  }

  private void place(Leaf leaf, int index, int row) {
    System.arraycopy(leaf.rows, index, leaf.rows, index + 1, leaf.size - index);
    System.arraycopy(leaf.widths, index, leaf.widths, index + 1, leaf.size - index);
    leaf.rows[index] = row;
    leaf.widths[index] = INVISIBLE;
    leaf.size++;
    size++;
    leaf.minCounter = Math.min(leaf.minCounter, ActorTable.counter(ops.columns().id(row)));
    ops.setLeafOf(row, leaf);
    if (ops.columns().action(row) == Action.MARK) {
      leaf.marks++;
      markCount++;
    }
    update(leaf, index, row);
  }

  /** Takes an element out again; only for undoing the newest operations. */
  void remove(int row) {
    Leaf leaf = ops.leafOf(row);
    int index = indexIn(leaf, row);
    count(leaf, row, leaf.widths[index], -1);
    System.arraycopy(leaf.rows, index + 1, leaf.rows, index, leaf.size - index - 1);
    System.arraycopy(leaf.widths, index + 1, leaf.widths, index, leaf.size - index - 1);
    leaf.size--;
    size--;
    if (ops.columns().action(row) == Action.MARK) {
      leaf.marks--;
      markCount--;
    }
  }

  /** Splits {@code leaf} at {@code keep} and returns the new right part, linked in. */
  private Leaf splitOff(Leaf leaf, int keep) {
    Leaf fresh = new Leaf();
    leaves++;
    int moved = leaf.size - keep;
    System.arraycopy(leaf.rows, keep, fresh.rows, 0, moved);
    System.arraycopy(leaf.widths, keep, fresh.widths, 0, moved);
    fresh.size = moved;
    leaf.size = keep;
    fresh.next = leaf.next;
    fresh.previous = leaf;
    if (leaf.next != null) {
      leaf.next.previous = fresh;
    } else {
      last = fresh;
    }
    leaf.next = fresh;
    int e = 0;
    int u = 0;
    int c = 0;
    for (int i = 0; i < moved; i++) {
      int row = fresh.rows[i];
      ops.setLeafOf(row, fresh);
      if (fresh.widths[i] != INVISIBLE) {
        e++;
        u += width(fresh, i, UTF16);
        c += width(fresh, i, CODE_POINTS);
      }
      if (ops.columns().action(row) == Action.MARK) {
        leaf.marks--;
        fresh.marks++;
      }
    }
    recomputeMinCounter(leaf);
    recomputeMinCounter(fresh);
    linkSibling(leaf, fresh, e, u, c);
    return fresh;
  }

  private void recomputeMinCounter(Leaf leaf) {
    long min = Long.MAX_VALUE;
    for (int i = 0; i < leaf.size; i++) {
      min = Math.min(min, ActorTable.counter(ops.columns().id(leaf.rows[i])));
    }
    leaf.minCounter = min;
  }

  /**
   * Hangs {@code fresh}, which took the given counts from {@code node}, to the right of {@code
   * node}.
   */
  private void linkSibling(Node node, Node fresh, int e, int u, int c) {
    Inner parent = node.parent;
    if (parent == null) {
      parent = new Inner();
      parent.kids[0] = node;
      parent.elements[0] = elements;
      parent.utf16[0] = utf16;
      parent.codePoints[0] = codePoints;
      parent.size = 1;
      node.parent = parent;
      node.slot = 0;
      root = parent;
    } else if (parent.size == FANOUT) {
      splitInner(parent);
      parent = node.parent;
      if (parent == null) {
        throw new IllegalStateException("a split node lost its parent");
      }
    }
    int at = node.slot + 1;
    for (int i = parent.size; i > at; i--) {
      parent.kids[i] = parent.kids[i - 1];
      parent.kids[i].slot = i;
      parent.elements[i] = parent.elements[i - 1];
      parent.utf16[i] = parent.utf16[i - 1];
      parent.codePoints[i] = parent.codePoints[i - 1];
    }
    parent.kids[at] = fresh;
    fresh.parent = parent;
    fresh.slot = at;
    parent.elements[at] = e;
    parent.utf16[at] = u;
    parent.codePoints[at] = c;
    parent.elements[node.slot] -= e;
    parent.utf16[node.slot] -= u;
    parent.codePoints[node.slot] -= c;
    parent.size++;
  }

  private void splitInner(Inner node) {
    Inner fresh = new Inner();
    boolean isRightmost = node.parent == null || node.slot == node.parent.size - 1;
    int keep = isRightmost ? FANOUT * 3 / 4 : FANOUT / 2;
    int e = 0;
    int u = 0;
    int c = 0;
    for (int i = keep; i < FANOUT; i++) {
      Node kid = node.kids[i];
      int at = i - keep;
      fresh.kids[at] = kid;
      kid.parent = fresh;
      kid.slot = at;
      fresh.elements[at] = node.elements[i];
      fresh.utf16[at] = node.utf16[i];
      fresh.codePoints[at] = node.codePoints[i];
      e += node.elements[i];
      u += node.utf16[i];
      c += node.codePoints[i];
    }
    fresh.size = FANOUT - keep;
    node.size = keep;
    Arrays.fill(node.kids, keep, FANOUT, null);
    linkSibling(node, fresh, e, u, c);
  }

  // Widths.

  /** Reads an element's visibility and width anew after its register changed. */
  void refresh(int row) {
    Leaf leaf = ops.leafOf(row);
    update(leaf, indexIn(leaf, row), row);
  }

  private void update(Leaf leaf, int index, int row) {
    byte old = leaf.widths[index];
    int winner = ops.winnerOfElement(row);
    byte fresh =
        winner == OpColumns.NONE ? INVISIBLE : (byte) Math.min(WIDE, ops.utf16Width(winner));
    if (old == INVISIBLE && fresh == INVISIBLE) {
      return;
    }
    if (old == WIDE || fresh == WIDE || old == 2 || fresh == 2) {
      // The counts of the old value cannot be told from its byte alone, so the whole leaf is
      // counted anew.
      leaf.widths[index] = fresh;
      recount(leaf);
      return;
    }
    leaf.widths[index] = fresh;
    int oldWidth = old == INVISIBLE ? 0 : old;
    int newWidth = fresh == INVISIBLE ? 0 : fresh;
    int deltaElements = (fresh == INVISIBLE ? 0 : 1) - (old == INVISIBLE ? 0 : 1);
    add(leaf, deltaElements, newWidth - oldWidth, newWidth - oldWidth);
  }

  private void count(Leaf leaf, int row, byte width, int sign) {
    if (width != INVISIBLE) {
      int index = indexIn(leaf, row);
      add(leaf, sign, sign * width(leaf, index, UTF16), sign * width(leaf, index, CODE_POINTS));
    }
  }

  private void recount(Leaf leaf) {
    int e = 0;
    int u = 0;
    int c = 0;
    for (int i = 0; i < leaf.size; i++) {
      if (leaf.widths[i] != INVISIBLE) {
        e++;
        u += width(leaf, i, UTF16);
        c += width(leaf, i, CODE_POINTS);
      }
    }
    Inner parent = leaf.parent;
    if (parent == null) {
      add(leaf, e - elements, u - utf16, c - codePoints);
    } else {
      add(
          leaf,
          e - parent.elements[leaf.slot],
          u - parent.utf16[leaf.slot],
          c - parent.codePoints[leaf.slot]);
    }
  }

  private void add(Leaf leaf, int deltaElements, int deltaUtf16, int deltaCodePoints) {
    elements += deltaElements;
    utf16 += deltaUtf16;
    codePoints += deltaCodePoints;
    Node node = leaf;
    for (Inner parent = node.parent; parent != null; parent = node.parent) {
      parent.elements[node.slot] += deltaElements;
      parent.utf16[node.slot] += deltaUtf16;
      parent.codePoints[node.slot] += deltaCodePoints;
      node = parent;
    }
  }

  private int width(Leaf leaf, int index, int unit) {
    byte stored = leaf.widths[index];
    if (stored == INVISIBLE) {
      return 0;
    }
    if (unit == ELEMENTS) {
      return 1;
    }
    if (stored <= 1 || (unit == UTF16 && stored != WIDE)) {
      return stored;
    }
    int winner = ops.winnerOfElement(leaf.rows[index]);
    return unit == UTF16 ? ops.utf16Width(winner) : ops.codePointWidth(winner);
  }

  private static int indexIn(Leaf leaf, int row) {
    int[] rows = leaf.rows;
    for (int i = 0; i < leaf.size; i++) {
      if (rows[i] == row) {
        return i;
      }
    }
    throw new IllegalStateException("row " + row + " is not in the leaf that its index names");
  }

  // Searching.

  /**
   * Finds the visible element that covers {@code position}; the answer is read with {@link
   * #foundRow} and {@link #foundStart}. False when the position is at or behind the end.
   */
  boolean locate(int unit, int position) {
    if (position < 0 || position >= length(unit)) {
      return false;
    }
    int left = position;
    Node node = root;
    while (node instanceof Inner inner) {
      int[] counts = inner.counts(unit);
      int i = 0;
      while (left >= counts[i]) {
        left -= counts[i];
        i++;
      }
      node = inner.kids[i];
    }
    Leaf leaf = (Leaf) node;
    int i = 0;
    for (int w = width(leaf, i, unit); left >= w; w = width(leaf, ++i, unit)) {
      left -= w;
    }
    foundLeaf = leaf;
    foundIndex = i;
    foundStart = position - left;
    return true;
  }

  int foundRow() {
    Leaf leaf = foundLeaf;
    if (leaf == null) {
      throw new IllegalStateException("nothing was located");
    }
    return leaf.rows[foundIndex];
  }

  /** Position of the first unit of the located element. */
  int foundStart() {
    return foundStart;
  }

  /**
   * Moves the located element on to the next visible one; false at the end. Its start is not kept
   * up to date.
   */
  boolean advance() {
    Leaf leaf = foundLeaf;
    int i = foundIndex + 1;
    while (leaf != null) {
      for (; i < leaf.size; i++) {
        if (leaf.widths[i] != INVISIBLE) {
          foundLeaf = leaf;
          foundIndex = i;
          return true;
        }
      }
      leaf = leaf.next;
      i = 0;
    }
    return false;
  }

  /** Units of all visible elements before {@code row}, which may itself be invisible. */
  int positionOf(int unit, int row) {
    Leaf leaf = ops.leafOf(row);
    int before = 0;
    for (int i = 0; leaf.rows[i] != row; i++) {
      before += width(leaf, i, unit);
    }
    Node node = leaf;
    for (Inner parent = node.parent; parent != null; parent = node.parent) {
      int[] counts = parent.counts(unit);
      for (int i = 0; i < node.slot; i++) {
        before += counts[i];
      }
      node = parent;
    }
    return before;
  }

  boolean isVisible(int row) {
    Leaf leaf = ops.leafOf(row);
    return leaf.widths[indexIn(leaf, row)] != INVISIBLE;
  }

  /** True when {@code a} stands before {@code b}. */
  boolean isBefore(int a, int b) {
    Leaf leafA = ops.leafOf(a);
    Leaf leafB = ops.leafOf(b);
    if (leafA == leafB) {
      return indexIn(leafA, a) < indexIn(leafB, b);
    }
    Node nodeA = leafA;
    Node nodeB = leafB;
    while (nodeA.parent != nodeB.parent) {
      if (nodeA.parent == null || nodeB.parent == null) {
        throw new IllegalStateException("two leaves of different trees");
      }
      nodeA = nodeA.parent;
      nodeB = nodeB.parent;
    }
    return nodeA.slot < nodeB.slot;
  }

  /**
   * The element that a local insert behind {@code leftRow} (a visible element, or {@link
   * OpColumns#HEAD}) must name as its reference, given the marks that begin and end in the gap up
   * to the next visible element: behind the last begin that expands or end that does not. A begin
   * that expands and whose end lies in the gap as well takes itself out again, with everything that
   * was passed in between.
   *
   * <p>Differs from the reference: an edit of an earlier moment passes by marks that the moment
   * does not know. The reference lets such a mark become the reference element, and other replicas
   * fail on a change that names what it does not depend on.
   */
  int referenceBehind(int leftRow, OpView view) {
    if (markCount == 0) {
      return leftRow;
    }
    OpColumns columns = ops.columns();
    Leaf leaf;
    int i;
    if (leftRow == OpColumns.HEAD) {
      leaf = first;
      i = 0;
    } else {
      leaf = ops.leafOf(leftRow);
      i = indexIn(leaf, leftRow) + 1;
    }
    int[] candidates = new int[8];
    candidates[0] = leftRow;
    int count = 1;
    for (Leaf at = leaf; at != null; at = at.next, i = 0) {
      if (at.marks == 0 && view.clock() == null && visibleIn(at) == 0) {
        continue;
      }
      for (; i < at.size; i++) {
        int row = at.rows[i];
        if (view.clock() == null
            ? at.widths[i] != INVISIBLE
            : view.covers(row) && view.isShown(columns.object(row), row)) {
          return candidates[count - 1];
        }
        if (at.marks == 0 || columns.action(row) != Action.MARK || !view.covers(row)) {
          continue;
        }
        boolean isBegin = ops.isMarkBegin(row);
        int own =
            isBegin ? -1 : indexOfId(candidates, count, columns.id(row) - ActorTable.pack(1, 0));
        if (own >= 0) {
          count = own;
        } else if (columns.isExpand(row) == isBegin) {
          if (count == candidates.length) {
            candidates = Arrays.copyOf(candidates, count * 2);
          }
          candidates[count++] = row;
        }
      }
    }
    return candidates[count - 1];
  }

  private int visibleIn(Leaf leaf) {
    Inner parent = leaf.parent;
    return parent == null ? elements : parent.elements[leaf.slot];
  }

  /** Where a row with this id stands among the candidates behind the first, or -1. */
  private int indexOfId(int[] candidates, int count, long id) {
    for (int i = 1; i < count; i++) {
      if (ops.columns().id(candidates[i]) == id) {
        return i;
      }
    }
    return -1;
  }
}
