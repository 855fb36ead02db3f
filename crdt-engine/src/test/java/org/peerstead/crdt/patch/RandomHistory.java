package org.peerstead.crdt.patch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.DocumentOptions;
import org.peerstead.crdt.DocumentView;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.Conflict;
import org.peerstead.crdt.model.ExpandMark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.text.TextUnit;

/**
 * Several actors who edit everything a document can hold, and merge now and then; one of them sees
 * it all in the end.
 */
final class RandomHistory {
  private static final String[] PIECES = {
    "a",
    "bc",
    "\u00e4",
    "\u20ac",
    "\ud83d\ude00",
    " long piece of text ",
    "x\ud83d\udc69\u200d\ud83d\udcbb"
  };

  private final RandomGenerator random;
  private final List<Document> replicas = new ArrayList<>();

  /** Heads of moments that the last replica knows in the end. */
  final List<List<ChangeHash>> moments = new ArrayList<>();

  RandomHistory(RandomGenerator random, TextUnit unit) {
    this.random = random;
    DocumentOptions options = DocumentOptions.DEFAULT.withTextUnit(unit);
    int size = random.nextInt(1, 4);
    for (int i = 0; i < size; i++) {
      replicas.add(Document.create(ActorId.random(random), options));
    }
    moments.add(List.of());
    for (int step = random.nextInt(5, 40); step > 0; step--) {
      Document replica = replicas.get(random.nextInt(size));
      if (random.nextInt(4) == 0) {
        replica.merge(replicas.get(random.nextInt(size)));
      } else {
        edit(replica);
      }
      moments.add(replica.heads());
    }
    Document last = replicas.getLast();
    replicas.forEach(replica -> {
      if (replica != last) {
        last.merge(replica);
      }
    });
    moments.add(last.heads());
  }

  Document document() {
    return replicas.getLast();
  }

  private void edit(Document document) {
    try (Transaction edit = document.begin()) {
      for (int n = random.nextInt(1, 6); n > 0; n--) {
        List<ObjectValue> objects = new ArrayList<>();
        collect(edit.view(), new ObjectValue(ObjectId.ROOT, ObjectType.MAP), objects);
        ObjectValue object = objects.get(random.nextInt(objects.size()));
        switch (object.type()) {
          case MAP, TABLE -> editMap(edit, object.id());
          case LIST -> editList(edit, object.id());
          case TEXT -> editText(edit, object.id());
        }
      }
      edit.commit();
    }
  }

  private static void collect(DocumentView view, ObjectValue object, List<ObjectValue> out) {
    out.add(object);
    if (object.type() == ObjectType.MAP) {
      for (String key : view.keys(object.id())) {
        for (Conflict conflict : view.getAll(object.id(), key)) {
          if (conflict.value() instanceof ObjectValue child) {
            collect(view, child, out);
          }
        }
      }
    } else {
      view.items(object.id())
          .forEach(value -> {
            if (value instanceof ObjectValue child) {
              collect(view, child, out);
            }
          });
    }
  }

  private ScalarValue scalar() {
    return switch (random.nextInt(6)) {
      case 0 -> new ScalarValue.Counter(random.nextInt(10));
      case 1 -> new ScalarValue.Str(PIECES[random.nextInt(PIECES.length)]);
      case 2 -> new ScalarValue.Bool(random.nextBoolean());
      case 3 -> ScalarValue.Null.NULL;
      case 4 -> new ScalarValue.F64(random.nextDouble());
      default -> new ScalarValue.Int(random.nextInt(100));
    };
  }

  private ObjectType type() {
    return switch (random.nextInt(3)) {
      case 0 -> ObjectType.MAP;
      case 1 -> ObjectType.LIST;
      default -> ObjectType.TEXT;
    };
  }

  private void editMap(Transaction edit, ObjectId map) {
    String key = "k" + random.nextInt(4);
    switch (random.nextInt(6)) {
      case 0, 1 -> edit.put(map, key, scalar());
      case 2, 3 -> edit.putObject(map, key, type());
      case 4 -> edit.delete(map, key);
      default -> {
        if (edit.view().getAll(map, key).stream()
            .anyMatch(c -> c.value() instanceof ScalarValue.Counter)) {
          edit.increment(map, key, random.nextInt(-3, 4));
        }
      }
    }
  }

  private void editList(Transaction edit, ObjectId list) {
    long length = edit.view().length(list);
    if (length == 0 || random.nextInt(3) == 0) {
      long at = random.nextLong(length + 1);
      if (random.nextInt(3) == 0) {
        edit.insertObject(list, at, type());
      } else {
        edit.insert(list, at, scalar());
      }
      return;
    }
    long at = random.nextLong(length);
    switch (random.nextInt(4)) {
      case 0 -> edit.put(list, at, scalar());
      case 1 -> edit.putObject(list, at, type());
      case 2 -> edit.delete(list, at);
      default -> {
        if (edit.view().getAll(list, at).stream()
            .anyMatch(c -> c.value() instanceof ScalarValue.Counter)) {
          edit.increment(list, at, random.nextInt(-3, 4));
        }
      }
    }
  }

  private void editText(Transaction edit, ObjectId text) {
    long length = edit.view().length(text);
    long at = random.nextLong(length + 1);
    switch (random.nextInt(6)) {
      case 0, 1, 2 -> edit.splice(text, at, 0, PIECES[random.nextInt(PIECES.length)]);
      case 3 ->
          edit.splice(
              text,
              at,
              (int) random.nextLong(length - at + 1),
              PIECES[random.nextInt(PIECES.length)]);
      case 4 -> edit.splitBlock(text, at, Map.of("type", "p"));
      default -> {
        if (length > 0) {
          long start = random.nextLong(length);
          long end = random.nextLong(start, length + 1);
          ExpandMark expand = ExpandMark.values()[random.nextInt(4)];
          String name = random.nextBoolean() ? "bold" : "link";
          if (random.nextInt(4) == 0) {
            edit.unmark(text, start, end, expand, name);
          } else {
            edit.mark(text, start, end, expand, name, scalar());
          }
        }
      }
    }
  }
}
