package org.peerstead.crdt.patch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.peerstead.crdt.model.Mark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;

/**
 * Collects the patches of one sequence from left to right and joins neighbours: insertions that
 * continue each other, deletions at one place. Not thread-safe.
 */
final class SequencePatches {
  private final List<Patch> patches;
  private final ObjectId object;
  private final List<Prop> path;

  private final List<Patch.Inserted> inserted = new ArrayList<>();
  private long insertedAt;
  private final StringBuilder spliced = new StringBuilder();
  private long splicedAt;
  private long splicedEnd;
  private Map<String, ScalarValue> splicedMarks = Map.of();
  private long deleted;
  private long deletedAt;
  private final List<Mark> marks = new ArrayList<>();
  private final Map<String, Integer> lastMark = new HashMap<>();

  /**
   * @param patches where the patches go
   */
  SequencePatches(List<Patch> patches, ObjectId object, List<Prop> path) {
    this.patches = patches;
    this.object = object;
    this.path = path;
  }

  void insert(long index, Patch.Inserted value) {
    if (inserted.isEmpty() || insertedAt + inserted.size() != index) {
      flush();
      insertedAt = index;
    }
    inserted.add(value);
  }

  /**
   * @param width units of the text
   */
  void splice(long index, String text, long width, Map<String, ScalarValue> textMarks) {
    if (splicedEnd != index || spliced.isEmpty() || !splicedMarks.equals(textMarks)) {
      flush();
      splicedAt = index;
      splicedMarks = textMarks;
    }
    spliced.append(text);
    splicedEnd = index + width;
  }

  /**
   * @param width elements or units, at least 0
   */
  void delete(long index, long width) {
    if (deleted == 0 || deletedAt != index) {
      flush();
      deletedAt = index;
    }
    deleted += width;
  }

  /** Text that stays: notes the marks that differ. */
  void compareMarks(
      long index, long width, Map<String, ScalarValue> before, Map<String, ScalarValue> after) {
    if (before.equals(after)) {
      return;
    }
    Set<String> names = new HashSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      ScalarValue was = before.getOrDefault(name, ScalarValue.Null.NULL);
      ScalarValue is = after.getOrDefault(name, ScalarValue.Null.NULL);
      if (was.equals(is)) {
        continue;
      }
      Integer last = lastMark.get(name);
      if (last != null && marks.get(last).end() == index && marks.get(last).value().equals(is)) {
        marks.set(last, new Mark(marks.get(last).start(), index + width, name, is));
      } else {
        lastMark.put(name, marks.size());
        marks.add(new Mark(index, index + width, name, is));
      }
    }
  }

  /** Writes down what is pending; called before a patch of another kind is added. */
  void flush() {
    if (!inserted.isEmpty()) {
      patches.add(new Patch.Insert(object, path, insertedAt, inserted));
      inserted.clear();
    }
    if (!spliced.isEmpty()) {
      patches.add(new Patch.SpliceText(object, path, splicedAt, spliced.toString(), splicedMarks));
      spliced.setLength(0);
    }
    if (deleted > 0) {
      patches.add(new Patch.DeleteSeq(object, path, deletedAt, deleted));
      deleted = 0;
    }
  }

  /** Writes down everything, marks last, when all indexes are final. */
  void finish() {
    flush();
    if (!marks.isEmpty()) {
      marks.sort(Comparator.comparingLong(Mark::start).thenComparing(Mark::name));
      patches.add(new Patch.MarkText(object, path, marks));
      marks.clear();
      lastMark.clear();
    }
  }
}
