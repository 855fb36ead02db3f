package org.peerstead.crdt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.Mark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.model.Span;
import org.peerstead.crdt.op.OpColumns;
import org.peerstead.crdt.op.OpSet;
import org.peerstead.crdt.op.OpView;
import org.peerstead.crdt.text.TextUnit;
import org.peerstead.crdt.wire.Action;

/**
 * Walks a text and keeps the set of marks that are open: for one name the mark with the greatest
 * begin id wins, and a null value means that there is none.
 */
final class RichText {
  private final OpView view;
  private final OpSet ops;
  private final OpColumns columns;
  private final int object;
  private final int unit;
  private final Map<String, List<Integer>> open = new TreeMap<>();

  RichText(OpView view, int object, TextUnit textUnit) {
    this.view = view;
    this.ops = view.ops();
    this.columns = ops.columns();
    this.object = object;
    this.unit = DocumentView.unitOf(ops.object(object).type(), textUnit);
  }

  List<Mark> marks() {
    Map<String, Range> running = new LinkedHashMap<>();
    List<Mark> out = new ArrayList<>();
    int[] position = {0};
    view.walk(
        object,
        (element, winner) -> {
          if (isMark(element)) {
            toggle(element);
          } else if (winner >= 0) {
            extend(running, position[0], out);
            position[0] += view.width(winner, unit);
          }
        });
    for (Map.Entry<String, Range> entry : running.entrySet()) {
      close(entry.getKey(), entry.getValue(), position[0], out);
    }
    out.sort(Comparator.comparing(Mark::name).thenComparingLong(Mark::start));
    return out;
  }

  private record Range(int start, ScalarValue value) {}

  /**
   * Ends the ranges whose value is not the one in force at {@code position}, and begins those that
   * are.
   */
  private void extend(Map<String, Range> running, int position, List<Mark> out) {
    Map<String, ScalarValue> current = current();
    running
        .entrySet()
        .removeIf(entry -> {
          if (entry.getValue().value().equals(current.get(entry.getKey()))) {
            return false;
          }
          close(entry.getKey(), entry.getValue(), position, out);
          return true;
        });
    current.forEach((name, value) -> running.putIfAbsent(name, new Range(position, value)));
  }

  private static void close(String name, Range range, int end, List<Mark> out) {
    if (end > range.start()) {
      out.add(new Mark(range.start(), end, name, range.value()));
    }
  }

  List<Span> spans(DocumentView document) {
    List<Span> out = new ArrayList<>();
    StringBuilder run = new StringBuilder();
    Map<String, ScalarValue> runMarks = new TreeMap<>();
    view.walk(
        object,
        (element, winner) -> {
          if (isMark(element)) {
            toggle(element);
          } else if (winner >= 0) {
            if (Action.isMake(columns.action(winner))
                && columns.action(winner) == Action.MAKE_MAP) {
              flush(run, runMarks, out);
              ObjectId id = ObjectId.of(ops.opId(winner));
              out.add(new Span.Block(id, fields(document.toTree(id))));
            } else {
              Map<String, ScalarValue> current = current();
              if (!current.equals(runMarks)) {
                flush(run, runMarks, out);
                runMarks.clear();
                runMarks.putAll(current);
              }
              ops.appendText(winner, run);
            }
          }
        });
    flush(run, runMarks, out);
    return out;
  }

  private static Map<String, Object> fields(Object tree) {
    Map<String, Object> out = new LinkedHashMap<>();
    if (tree instanceof Map<?, ?> map) {
      map.forEach((key, value) ->
          out.put(String.valueOf(key), value == null ? ScalarValue.Null.NULL : value));
    }
    return out;
  }

  private static void flush(StringBuilder run, Map<String, ScalarValue> marks, List<Span> out) {
    if (!run.isEmpty()) {
      out.add(new Span.Text(run.toString(), Map.copyOf(marks)));
      run.setLength(0);
    }
  }

  private boolean isMark(int element) {
    return columns.action(element) == Action.MARK;
  }

  private void toggle(int element) {
    String name = ops.markName(element);
    if (name != null) {
      open.computeIfAbsent(name, key -> new ArrayList<>(2)).add(element);
      return;
    }
    long begin = columns.id(element) - (1L << 24);
    for (List<Integer> rows : open.values()) {
      rows.removeIf(row -> columns.id(row) == begin);
    }
  }

  /** Name and value of every mark in force. */
  private Map<String, ScalarValue> current() {
    Map<String, ScalarValue> marks = new TreeMap<>();
    open.forEach((name, rows) -> {
      Integer winner = newest(rows);
      if (winner != null) {
        ScalarValue value = ops.scalar(winner);
        if (!(value instanceof ScalarValue.Null)) {
          marks.put(name, value);
        }
      }
    });
    return marks;
  }

  private @Nullable Integer newest(List<Integer> rows) {
    Integer best = null;
    for (int row : rows) {
      if (best == null || ops.actors().compare(columns.id(best), columns.id(row)) < 0) {
        best = row;
      }
    }
    return best;
  }
}
