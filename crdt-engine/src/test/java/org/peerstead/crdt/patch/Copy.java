package org.peerstead.crdt.patch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.peerstead.crdt.DocumentView;
import org.peerstead.crdt.model.Conflict;
import org.peerstead.crdt.model.Mark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.model.Value;
import org.peerstead.crdt.text.TextUnit;

/**
 * A plain copy of a document's content that is kept up to date by patches alone. Not a CRDT, and
 * knows none.
 */
final class Copy {
  /** What a place shows. */
  private record Slot(Value value, boolean conflict) {}

  /** One text unit: which part of which string it is, and its marks. */
  private record Unit(Object content, Map<String, ScalarValue> marks) {}

  private final TextUnit unit;
  private final Map<ObjectId, TreeMap<String, Slot>> maps = new HashMap<>();
  private final Map<ObjectId, List<Slot>> lists = new HashMap<>();
  private final Map<ObjectId, List<Unit>> texts = new HashMap<>();

  private Copy(TextUnit unit) {
    this.unit = unit;
  }

  static Copy of(DocumentView view, TextUnit unit) {
    Copy copy = new Copy(unit);
    copy.read(view, new ObjectValue(ObjectId.ROOT, ObjectType.MAP));
    return copy;
  }

  private void read(DocumentView view, ObjectValue object) {
    make(object);
    switch (object.type()) {
      case MAP, TABLE -> {
        for (String key : view.keys(object.id())) {
          map(object.id()).put(key, slot(view, view.getAll(object.id(), key)));
        }
      }
      case LIST -> {
        for (long i = 0; i < view.length(object.id()); i++) {
          lists.get(object.id()).add(slot(view, view.getAll(object.id(), i)));
        }
      }
      case TEXT -> readText(view, object.id());
    }
  }

  private void readText(DocumentView view, ObjectId id) {
    List<Unit> units = texts.get(id);
    for (Value value : view.items(id)) {
      if (value instanceof ScalarValue.Str(String text)) {
        append(units, text, Map.of());
      } else {
        units.add(new Unit(new Slot(value, false), Map.of()));
        if (value instanceof ObjectValue child) {
          read(view, child);
        }
      }
    }
    for (Mark mark : view.marks(id)) {
      setMark(units, mark);
    }
  }

  private Slot slot(DocumentView view, List<Conflict> values) {
    Value winner = values.getLast().value();
    if (winner instanceof ObjectValue child) {
      read(view, child);
    }
    return new Slot(winner, values.size() > 1);
  }

  private void make(ObjectValue object) {
    switch (object.type()) {
      case MAP, TABLE -> maps.put(object.id(), new TreeMap<>());
      case LIST -> lists.put(object.id(), new ArrayList<>());
      case TEXT -> texts.put(object.id(), new ArrayList<>());
    }
  }

  private TreeMap<String, Slot> map(ObjectId id) {
    TreeMap<String, Slot> map = maps.get(id);
    if (map == null) {
      throw new AssertionError("a patch for a map that was never made: " + id);
    }
    return map;
  }

  private void append(List<Unit> units, String text, Map<String, ScalarValue> marks) {
    insertText(units, units.size(), text, marks);
  }

  private void insertText(
      List<Unit> units, int index, String text, Map<String, ScalarValue> marks) {
    int at = index;
    if (unit == TextUnit.UTF16) {
      for (char c : text.toCharArray()) {
        units.add(at++, new Unit(c, marks));
      }
    } else {
      for (int codePoint : text.codePoints().toArray()) {
        units.add(at++, new Unit(codePoint, marks));
      }
    }
  }

  private static void setMark(List<Unit> units, Mark mark) {
    for (int i = (int) mark.start(); i < mark.end(); i++) {
      Map<String, ScalarValue> marks = new HashMap<>(units.get(i).marks());
      if (mark.value() instanceof ScalarValue.Null) {
        marks.remove(mark.name());
      } else {
        marks.put(mark.name(), mark.value());
      }
      units.set(i, new Unit(units.get(i).content(), Map.copyOf(marks)));
    }
  }

  void apply(Patch patch) {
    switch (patch) {
      case Patch.PutMap put -> map(put.object()).put(put.key(), made(put.value(), put.conflict()));
      case Patch.DeleteMap delete -> {
        if (map(delete.object()).remove(delete.key()) == null) {
          throw new AssertionError("deletes a key that is not there: " + delete);
        }
      }
      case Patch.PutSeq put ->
          lists.get(put.object()).set((int) put.index(), made(put.value(), put.conflict()));
      case Patch.Insert insert -> insert(insert);
      case Patch.SpliceText splice ->
          insertText(
              texts.get(splice.object()), (int) splice.index(), splice.text(), splice.marks());
      case Patch.DeleteSeq delete -> {
        List<?> items =
            lists.containsKey(delete.object())
                ? lists.get(delete.object())
                : texts.get(delete.object());
        items.subList((int) delete.index(), (int) (delete.index() + delete.length())).clear();
      }
      case Patch.Increment increment ->
          replace(
              increment.object(),
              increment.prop(),
              slot ->
                  new Slot(
                      new ScalarValue.Counter(
                          ((ScalarValue.Counter) slot.value()).value() + increment.by()),
                      slot.conflict()));
      case Patch.Conflict conflict ->
          replace(
              conflict.object(),
              conflict.prop(),
              slot -> new Slot(slot.value(), conflict.conflict()));
      case Patch.MarkText marks ->
          marks.marks().forEach(mark -> setMark(texts.get(marks.object()), mark));
    }
  }

  private Slot made(Value value, boolean conflict) {
    if (value instanceof ObjectValue object) {
      make(object);
    }
    return new Slot(value, conflict);
  }

  private void insert(Patch.Insert insert) {
    int at = (int) insert.index();
    for (Patch.Inserted inserted : insert.values()) {
      Slot slot = made(inserted.value(), inserted.conflict());
      if (lists.containsKey(insert.object())) {
        lists.get(insert.object()).add(at++, slot);
      } else {
        texts.get(insert.object()).add(at++, new Unit(new Slot(slot.value(), false), Map.of()));
      }
    }
  }

  private void replace(ObjectId object, Prop prop, UnaryOperator<Slot> change) {
    switch (prop) {
      case Prop.Key(String key) -> map(object).compute(key, (name, slot) -> change.apply(slot));
      case Prop.Index(long index) -> {
        if (lists.containsKey(object)) {
          lists.get(object).set((int) index, change.apply(lists.get(object).get((int) index)));
        }
      }
    }
  }

  /** The content as seen from the root, with everything that a patch can tell. */
  Object visible() {
    return visible(new ObjectValue(ObjectId.ROOT, ObjectType.MAP));
  }

  private Object visible(Value value) {
    if (!(value instanceof ObjectValue object)) {
      return value;
    }
    return switch (object.type()) {
      case MAP, TABLE -> {
        Map<String, Object> out = new TreeMap<>();
        map(object.id()).forEach((key, slot) -> out.put(key, visibleSlot(slot)));
        yield out;
      }
      case LIST -> lists.get(object.id()).stream().map(this::visibleSlot).toList();
      case TEXT ->
          texts.get(object.id()).stream()
              .map(item ->
                  item.content() instanceof Slot slot
                      ? List.of(object.id(), visible(slot.value()))
                      : List.of(object.id(), item.content(), item.marks()))
              .toList();
    };
  }

  private Object visibleSlot(Slot slot) {
    return slot.conflict() ? List.of("conflict", visible(slot.value())) : visible(slot.value());
  }

  /** The object that a path leads to. */
  ObjectId resolve(List<Prop> path) {
    Value at = new ObjectValue(ObjectId.ROOT, ObjectType.MAP);
    for (Prop prop : path) {
      ObjectId id = ((ObjectValue) at).id();
      at =
          switch (prop) {
            case Prop.Key(String key) -> map(id).get(key).value();
            case Prop.Index(long index) ->
                lists.containsKey(id)
                    ? lists.get(id).get((int) index).value()
                    : ((Slot) texts.get(id).get((int) index).content()).value();
          };
    }
    return ((ObjectValue) at).id();
  }
}
