package org.peerstead.crdt.patch;

import java.util.List;
import java.util.Map;
import org.peerstead.crdt.model.Mark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.model.Value;

/**
 * One step from a state to the next. Steps are followed in order; an index counts what the steps
 * before have made of the sequence.
 *
 * <p>A new object arrives empty, as the value of a {@link PutMap}, {@link PutSeq} or {@link
 * Insert}; patches of its own fill it. Nothing is said about the content of objects that go away.
 */
public sealed interface Patch {
  /** The object that changes. */
  ObjectId object();

  /**
   * Where that object is in the state after all patches, from the root; empty for the root itself.
   */
  List<Prop> path();

  /**
   * A key was set, or another of its concurrent values wins now.
   *
   * @param conflict whether there are other visible values beside this winner
   */
  record PutMap(ObjectId object, List<Prop> path, String key, Value value, boolean conflict)
      implements Patch {
    public PutMap {
      path = List.copyOf(path);
    }
  }

  /**
   * The value at an index was replaced.
   *
   * @param index 0-based
   * @param conflict whether there are other visible values beside this winner
   */
  record PutSeq(ObjectId object, List<Prop> path, long index, Value value, boolean conflict)
      implements Patch {
    public PutSeq {
      path = List.copyOf(path);
    }
  }

  /**
   * Values were inserted before what was at an index.
   *
   * @param index 0-based; the length appends
   */
  record Insert(ObjectId object, List<Prop> path, long index, List<Inserted> values)
      implements Patch {
    public Insert {
      path = List.copyOf(path);
      values = List.copyOf(values);
    }
  }

  /**
   * A new element.
   *
   * @param conflict whether there are other visible values beside this winner
   */
  record Inserted(Value value, boolean conflict) {}

  /**
   * Text was inserted.
   *
   * @param index 0-based, in the document's text unit
   * @param marks marks on all of the inserted text, by name
   */
  record SpliceText(
      ObjectId object, List<Prop> path, long index, String text, Map<String, ScalarValue> marks)
      implements Patch {
    public SpliceText {
      path = List.copyOf(path);
      marks = Map.copyOf(marks);
    }
  }

  /** A key has no value any more. */
  record DeleteMap(ObjectId object, List<Prop> path, String key) implements Patch {
    public DeleteMap {
      path = List.copyOf(path);
    }
  }

  /**
   * Elements were removed.
   *
   * @param index 0-based, of the first removed
   * @param length how many elements (list) or text units (text), at least 1
   */
  record DeleteSeq(ObjectId object, List<Prop> path, long index, long length) implements Patch {
    public DeleteSeq {
      path = List.copyOf(path);
    }
  }

  /**
   * A counter that is the same counter as before has another sum.
   *
   * @param by the difference, negative when it went down
   */
  record Increment(ObjectId object, List<Prop> path, Prop prop, long by) implements Patch {
    public Increment {
      path = List.copyOf(path);
    }
  }

  /**
   * The winner stays, but there are other visible values beside it now, or there are none any more.
   */
  record Conflict(ObjectId object, List<Prop> path, Prop prop, boolean conflict) implements Patch {
    public Conflict {
      path = List.copyOf(path);
    }
  }

  /**
   * Ranges of text that were there before got other marks. A range with a null value lost the mark
   * of that name.
   *
   * @param marks ascending by start, in indexes of the text after all patches of this object
   */
  record MarkText(ObjectId object, List<Prop> path, List<Mark> marks) implements Patch {
    public MarkText {
      path = List.copyOf(path);
      marks = List.copyOf(marks);
    }
  }
}
