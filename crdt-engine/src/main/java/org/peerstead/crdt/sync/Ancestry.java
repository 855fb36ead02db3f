package org.peerstead.crdt.sync;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import org.peerstead.crdt.ChangeGraph;
import org.peerstead.crdt.model.ChangeHash;

/**
 * Questions about ancestors whose cost follows the difference, not the history.
 *
 * <p>A change's row is greater than the rows of everything it depends on. Visiting rows from the
 * greatest down therefore meets every change after all of its descendants, so whether it is covered
 * by some set of heads is final when it is met; and as soon as everything still waiting to be
 * visited is covered, so are all of its ancestors, and the walk ends. With one new change on top of
 * the heads in question it takes two steps.
 */
final class Ancestry {
  private final ChangeGraph graph;

  Ancestry(ChangeGraph graph) {
    this.graph = graph;
  }

  /** Rows of those hashes that are in the graph. */
  int[] rows(Collection<ChangeHash> hashes) {
    int[] rows = new int[hashes.size()];
    int count = 0;
    for (ChangeHash hash : hashes) {
      int row = graph.row(hash);
      if (row >= 0) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  /**
   * Rows that are {@code tips} or their ancestors, but neither {@code covered} nor their ancestors;
   * ascending.
   */
  int[] difference(int[] tips, int[] covered) {
    RowQueue queue = new RowQueue();
    int open = 0;
    for (int row : covered) {
      queue.add(entry(row, true));
    }
    for (int row : tips) {
      queue.add(entry(row, false));
      open++;
    }
    int[] found = new int[16];
    int count = 0;
    while (open > 0) {
      long top = queue.remove();
      int row = row(top);
      boolean isCovered = isCovered(top);
      open -= isCovered ? 0 : 1;
      while (!queue.isEmpty() && row(queue.peek()) == row) {
        long same = queue.remove();
        isCovered |= isCovered(same);
        open -= isCovered(same) ? 0 : 1;
      }
      if (!isCovered) {
        if (count == found.length) {
          found = Arrays.copyOf(found, count * 2);
        }
        found[count++] = row;
      }
      for (int i = 0; i < graph.dependencyCount(row); i++) {
        queue.add(entry(graph.dependency(row, i), isCovered));
        open += isCovered ? 0 : 1;
      }
    }
    int[] ascending = new int[count];
    for (int i = 0; i < count; i++) {
      ascending[i] = found[count - 1 - i];
    }
    return ascending;
  }

  /** All rows, ascending. */
  int[] all() {
    int[] rows = new int[graph.size()];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = row;
    }
    return rows;
  }

  /**
   * Removes from {@code rows} the given tips and their ancestors; looks no further back than the
   * least of {@code rows}.
   */
  void removeAncestors(RowSet rows, int[] tips) {
    RowQueue queue = new RowQueue();
    for (int tip : tips) {
      queue.add(tip);
    }
    int least = rows.next(0);
    long previous = -1;
    while (least >= 0 && !queue.isEmpty()) {
      long row = queue.remove();
      if (row < least) {
        return;
      }
      if (row == previous) {
        continue;
      }
      previous = row;
      rows.remove((int) row);
      if (row == least) {
        least = rows.next(least);
      }
      addDependencies((int) row, queue);
    }
  }

  /** Those of {@code tips} that are not ancestors of another of them. */
  int[] maximal(int[] tips) {
    if (tips.length == 0) {
      return tips;
    }
    BitSet candidates = new BitSet();
    for (int tip : tips) {
      candidates.set(tip);
    }
    int least = candidates.nextSetBit(0);
    BitSet remaining = (BitSet) candidates.clone();
    RowQueue queue = new RowQueue();
    for (int tip : tips) {
      addDependencies(tip, queue);
    }
    long previous = -1;
    while (!queue.isEmpty() && queue.peek() >= least) {
      long row = queue.remove();
      if (row == previous) {
        continue;
      }
      previous = row;
      remaining.clear((int) row);
      addDependencies((int) row, queue);
    }
    return remaining.stream().toArray();
  }

  private void addDependencies(int row, RowQueue queue) {
    for (int i = 0; i < graph.dependencyCount(row); i++) {
      queue.add(graph.dependency(row, i));
    }
  }

  private static long entry(int row, boolean isCovered) {
    return (long) row << 1 | (isCovered ? 1 : 0);
  }

  private static int row(long entry) {
    return (int) (entry >>> 1);
  }

  private static boolean isCovered(long entry) {
    return (entry & 1) != 0;
  }
}
