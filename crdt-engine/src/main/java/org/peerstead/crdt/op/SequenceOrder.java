package org.peerstead.crdt.op;

import java.util.Arrays;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/**
 * Checks that the operations of a sequence stand in the one order that its history allows: elements
 * depth first along their reference elements, siblings by descending id, and behind each element
 * its other operations by ascending id.
 *
 * <p>Keeps the path from the head to the last element; amortised constant time per operation.
 */
final class SequenceOrder {
  private final OpSet ops;
  private int[] path = new int[64];
  private int depth;

  SequenceOrder(OpSet ops) {
    this.ops = ops;
  }

  void begin() {
    depth = 0;
  }

  /**
   * @param previous the operation before in the same object, or -1
   */
  void next(int row, int previous) throws AutomergeFormatException {
    OpColumns columns = ops.columns();
    if (!columns.isInsert(row)) {
      boolean isInPlace =
          previous >= 0
              && columns.element(previous) == columns.key(row)
              && ops.actors().compare(columns.id(previous), columns.id(row)) < 0;
      if (!isInPlace) {
        throw new AutomergeFormatException(
            Reason.BAD_ORDER, "an operation apart from the element it belongs to");
      }
      return;
    }
    int parent = columns.key(row);
    int left = OpColumns.NONE;
    while (depth > 0 && path[depth - 1] != parent) {
      left = path[--depth];
    }
    if (depth == 0 && parent != OpColumns.HEAD) {
      throw new AutomergeFormatException(
          Reason.BAD_ORDER, "an element away from the one it was inserted behind");
    }
    if (left >= 0 && ops.actors().compare(columns.id(left), columns.id(row)) <= 0) {
      throw new AutomergeFormatException(
          Reason.BAD_ORDER, "elements of one place that do not descend");
    }
    if (parent >= 0 && ops.actors().compare(columns.id(parent), columns.id(row)) >= 0) {
      throw new AutomergeFormatException(
          Reason.BAD_ORDER, "an element older than the one it was inserted behind");
    }
    if (depth == path.length) {
      path = Arrays.copyOf(path, depth * 2);
    }
    path[depth++] = row;
  }
}
