package org.peerstead.crdt.patch;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.op.ActorTable;
import org.peerstead.crdt.op.OpSet;
import org.peerstead.crdt.op.OpView;

/**
 * The marks that are open at one point of a walk through a text. For each name the open mark with
 * the greatest begin operation wins; a null value means no mark. Not thread-safe.
 */
final class OpenMarks {
  private final OpSet ops;
  private final OpView moment;
  private final Map<Long, Integer> open = new HashMap<>();
  private @Nullable Map<String, ScalarValue> current = Map.of();

  OpenMarks(OpView moment) {
    this.ops = moment.ops();
    this.moment = moment;
  }

  /** Walks past a mark operation. */
  void pass(int row) {
    if (!moment.covers(row)) {
      return;
    }
    if (ops.markName(row) != null) {
      open.put(ops.columns().id(row), row);
    } else {
      long end = ops.columns().id(row);
      open.remove(ActorTable.pack(ActorTable.counter(end) - 1, ActorTable.actor(end)));
    }
    current = null;
  }

  /** What the text here is marked with. */
  Map<String, ScalarValue> current() {
    Map<String, ScalarValue> known = current;
    if (known != null) {
      return known;
    }
    Map<String, Integer> winners = new TreeMap<>();
    for (int row : open.values()) {
      String name = ops.markName(row);
      if (name != null) {
        winners.merge(
            name,
            row,
            (a, b) -> ops.actors().compare(ops.columns().id(a), ops.columns().id(b)) > 0 ? a : b);
      }
    }
    Map<String, ScalarValue> marks = new HashMap<>();
    winners.forEach((name, row) -> {
      ScalarValue value = ops.scalar(row);
      if (!(value instanceof ScalarValue.Null)) {
        marks.put(name, value);
      }
    });
    Map<String, ScalarValue> fresh = Map.copyOf(marks);
    current = fresh;
    return fresh;
  }
}
