package org.peerstead.crdt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.Conflict;
import org.peerstead.crdt.model.ExpandMark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.model.Span;
import org.peerstead.crdt.model.Value;

/**
 * Replays the scripts of the vectors, which were made with npm {@code @automerge/automerge} 3.5.0,
 * on this engine.
 *
 * <p>A script is a list of steps on named documents; see the {@code steps} of any file in {@code
 * src/test/resources/automerge}.
 */
final class VectorScript {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Document> documents = new LinkedHashMap<>();
  private final Map<String, List<ChangeHash>> marks = new HashMap<>();
  private final Map<String, byte[]> snapshots = new HashMap<>();

  static JsonNode read(String name) {
    try (InputStream in = VectorScript.class.getResourceAsStream("/automerge/" + name + ".json")) {
      if (in == null) {
        throw new IllegalArgumentException("no vector " + name);
      }
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] hex(JsonNode node) {
    return HexFormat.of().parseHex(node.asText());
  }

  Document document(String name) {
    Document document = documents.get(name);
    if (document == null) {
      throw new IllegalArgumentException("no document " + name);
    }
    return document;
  }

  Map<String, byte[]> snapshots() {
    return snapshots;
  }

  /**
   * Runs every step; {@code onChange} gets each recorded step with the bytes of the change that it
   * produced here.
   */
  void run(JsonNode steps, BiConsumer<JsonNode, Optional<byte[]>> onChange) {
    for (JsonNode step : steps) {
      String kind = step.get("do").asText();
      switch (kind) {
        case "new" ->
            documents.put(
                step.get("doc").asText(),
                Document.create(ActorId.fromHex(step.get("actor").asText())));
        case "fork" ->
            documents.put(
                step.get("to").asText(),
                document(step.get("from").asText())
                    .fork(ActorId.fromHex(step.get("actor").asText())));
        case "merge" ->
            document(step.get("into").asText()).merge(document(step.get("from").asText()));
        case "heads" ->
            marks.put(step.get("as").asText(), document(step.get("doc").asText()).heads());
        case "snapshot" ->
            snapshots.put(
                step.get("as").asText(), document(step.get("doc").asText()).saveUncompressed());
        case "empty" -> {
          Document document = document(step.get("doc").asText());
          ChangeHash hash = document.emptyChange(options(step));
          onChange.accept(step, Optional.of(document.changeBytes(hash)));
        }
        case "change" -> change(step, options(step), onChange);
        case "changeAt" -> {
          List<ChangeHash> at = marks.getOrDefault(step.get("at").asText(), List.of());
          change(step, options(step).at(Set.copyOf(at)), onChange);
        }
        default -> throw new IllegalArgumentException("no step " + kind);
      }
    }
  }

  private void change(
      JsonNode step, ChangeOptions options, BiConsumer<JsonNode, Optional<byte[]>> onChange) {
    Document document = document(step.get("doc").asText());
    Optional<ChangeHash> hash =
        document.change(
            options,
            tx -> {
              for (JsonNode op : step.get("ops")) {
                apply(tx, op);
              }
            });
    onChange.accept(step, hash.map(document::changeBytes));
  }

  private static ChangeOptions options(JsonNode step) {
    ChangeOptions options = ChangeOptions.NONE.withTime(step.path("time").asLong(0));
    return step.hasNonNull("message") ? options.withMessage(step.get("message").asText()) : options;
  }

  private static void apply(Transaction tx, JsonNode op) {
    ObjectId object = resolve(tx.view(), op.get("obj").asText());
    JsonNode key = op.get("key");
    boolean isSequence = tx.view().type(object).isSequence();
    switch (op.get("op").asText()) {
      case "put" -> {
        ScalarValue value = scalar(op.get("type").asText(), op.get("value"));
        if (isSequence) {
          tx.put(object, key.asLong(), value);
        } else {
          tx.put(object, key.asText(), value);
        }
      }
      case "insert" ->
          tx.insert(
              object, op.get("index").asLong(), scalar(op.get("type").asText(), op.get("value")));
      case "make" -> {
        if (isSequence) {
          tx.putObject(object, key.asLong(), type(op.get("kind").asText()));
        } else {
          tx.putObject(object, key.asText(), type(op.get("kind").asText()));
        }
      }
      case "makeInsert" ->
          tx.insertObject(object, op.get("index").asLong(), type(op.get("kind").asText()));
      case "delete" -> {
        if (isSequence) {
          tx.delete(object, key.asLong());
        } else {
          tx.delete(object, key.asText());
        }
      }
      case "increment" -> {
        if (isSequence) {
          tx.increment(object, key.asLong(), op.get("by").asLong());
        } else {
          tx.increment(object, key.asText(), op.get("by").asLong());
        }
      }
      case "splice" ->
          tx.splice(
              object, op.get("index").asLong(), op.get("del").asInt(), op.get("text").asText());
      case "mark" ->
          tx.mark(
              object,
              op.get("start").asLong(),
              op.get("end").asLong(),
              ExpandMark.valueOf(op.get("expand").asText().toUpperCase(java.util.Locale.ROOT)),
              op.get("name").asText(),
              scalar(op.get("type").asText(), op.get("value")));
      case "unmark" ->
          tx.unmark(
              object,
              op.get("start").asLong(),
              op.get("end").asLong(),
              ExpandMark.valueOf(op.get("expand").asText().toUpperCase(java.util.Locale.ROOT)),
              op.get("name").asText());
      case "splitBlock" -> tx.splitBlock(object, op.get("index").asLong(), fields(op.get("block")));
      case "updateBlock" ->
          tx.updateBlock(object, op.get("index").asLong(), fields(op.get("block")));
      case "joinBlock" -> tx.joinBlock(object, op.get("index").asLong());
      default -> throw new IllegalArgumentException("no operation " + op);
    }
  }

  private static Map<String, ?> fields(JsonNode block) {
    return JSON.convertValue(
        block, new com.fasterxml.jackson.core.type.TypeReference<Map<String, Object>>() {});
  }

  private static ObjectType type(String kind) {
    return ObjectType.valueOf(kind.toUpperCase(java.util.Locale.ROOT));
  }

  private static ObjectId resolve(DocumentView view, String path) {
    ObjectId at = ObjectId.ROOT;
    for (String part : path.split("/")) {
      if (!part.isEmpty()) {
        Optional<Value> value =
            view.type(at).isSequence() ? view.get(at, Long.parseLong(part)) : view.get(at, part);
        at = ((ObjectValue) value.orElseThrow()).id();
      }
    }
    return at;
  }

  private static ScalarValue scalar(String type, JsonNode value) {
    return switch (type) {
      case "null" -> ScalarValue.Null.NULL;
      case "boolean" -> new ScalarValue.Bool(value.asBoolean());
      case "int" -> new ScalarValue.Int(integer(value).longValue());
      case "uint" -> new ScalarValue.Uint(integer(value).longValue());
      case "f64" ->
          new ScalarValue.F64(value.isNumber() ? value.asDouble() : number(value.asText()));
      case "str" -> new ScalarValue.Str(value.asText());
      case "bytes" -> new ScalarValue.Binary(Bytes.fromHex(value.asText()));
      case "counter" -> new ScalarValue.Counter(integer(value).longValue());
      case "timestamp" -> new ScalarValue.Timestamp(integer(value).longValue());
      default -> throw new IllegalArgumentException("no type " + type);
    };
  }

  private static double number(String text) {
    // JavaScript has one NaN; the engine writes the bits it is given.
    return text.equals("NaN") ? Double.NaN : Double.parseDouble(text);
  }

  private static BigInteger integer(JsonNode value) {
    String text = value.asText();
    return new BigInteger(text.endsWith("n") ? text.substring(0, text.length() - 1) : text);
  }

  // The typed view of the vectors.

  /**
   * What {@code view} in the vectors shows of a document: every visible value with its id, marks
   * and spans of texts.
   */
  static JsonNode view(DocumentView view) {
    return JSON.valueToTree(describe(view, ObjectId.ROOT, ObjectType.MAP));
  }

  private static Map<String, Object> describe(DocumentView view, ObjectId object, ObjectType type) {
    Map<String, Object> out = new LinkedHashMap<>();
    switch (type) {
      case MAP -> {
        Map<String, Object> entries = new LinkedHashMap<>();
        for (String key : view.keys(object)) {
          entries.put(key, all(view, view.getAll(object, key)));
        }
        out.put("entries", entries);
      }
      case TABLE ->
          out.put(
              "objInfoError",
              "invalid object ID: unable to import object id: invalid obj id `" + object + "`");
      case LIST -> {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < view.length(object); i++) {
          items.add(all(view, view.getAll(object, i)));
        }
        out.put("items", items);
      }
      case TEXT -> {
        out.put("text", view.text(object));
        out.put("length", view.length(object));
        out.put(
            "marks",
            view.marks(object).stream()
                .map(mark -> {
                  Map<String, @Nullable Object> shown = new LinkedHashMap<>();
                  shown.put("name", mark.name());
                  shown.put("value", show(mark.value()));
                  shown.put("start", mark.start());
                  shown.put("end", mark.end());
                  return shown;
                })
                .toList());
        out.put("spans", view.spans(object).stream().map(VectorScript::span).toList());
      }
    }
    return out;
  }

  private static Map<String, Object> span(Span span) {
    Map<String, Object> out = new LinkedHashMap<>();
    switch (span) {
      case Span.Text(String text, Map<String, ScalarValue> marks) -> {
        out.put("type", "text");
        out.put("value", text);
        if (!marks.isEmpty()) {
          Map<String, @Nullable Object> shown = new LinkedHashMap<>();
          marks.forEach((name, value) -> shown.put(name, show(value)));
          out.put("marks", shown);
        }
      }
      case Span.Block(ObjectId id, Map<String, Object> fields) -> {
        out.put("type", "block");
        out.put("value", fields);
      }
    }
    return out;
  }

  private static List<Object> all(DocumentView view, List<Conflict> conflicts) {
    List<Object> out = new ArrayList<>();
    for (Conflict conflict : conflicts) {
      Map<String, @Nullable Object> shown = new LinkedHashMap<>();
      switch (conflict.value()) {
        case ObjectValue(ObjectId id, ObjectType type) -> {
          shown.put("type", type.name().toLowerCase(java.util.Locale.ROOT));
          shown.put("id", id.toString());
          shown.putAll(describe(view, id, type));
        }
        case ScalarValue scalar -> {
          shown.put("type", typeName(scalar));
          shown.put("value", show(scalar));
          shown.put("id", conflict.id().toString());
        }
      }
      out.add(shown);
    }
    return out;
  }

  private static String typeName(ScalarValue value) {
    return switch (value) {
      case ScalarValue.Null() -> "null";
      case ScalarValue.Bool bool -> "boolean";
      case ScalarValue.Int number -> "int";
      case ScalarValue.Uint number -> "uint";
      case ScalarValue.F64 number -> "f64";
      case ScalarValue.Str text -> "str";
      case ScalarValue.Binary bytes -> "bytes";
      case ScalarValue.Counter counter -> "counter";
      case ScalarValue.Timestamp timestamp -> "timestamp";
      case ScalarValue.Unknown unknown -> "unknown" + unknown.typeCode();
    };
  }

  private static @Nullable Object show(ScalarValue value) {
    return switch (value) {
      case ScalarValue.Null() -> null;
      case ScalarValue.Bool(boolean flag) -> flag;
      case ScalarValue.Int(long number) -> integral(BigInteger.valueOf(number));
      case ScalarValue.Uint(long number) -> integral(new BigInteger(Long.toUnsignedString(number)));
      case ScalarValue.F64(double number) -> real(number);
      case ScalarValue.Str(String text) -> text;
      case ScalarValue.Binary(Bytes bytes) -> bytes.toString();
      case ScalarValue.Counter(long number) -> integral(BigInteger.valueOf(number));
      case ScalarValue.Timestamp(long millis) -> integral(BigInteger.valueOf(millis));
      case ScalarValue.Unknown(int code, Bytes bytes) -> bytes.toString();
    };
  }

  private static Object integral(BigInteger number) {
    return number.bitLength() <= 52 ? (Object) number.longValue() : number + "n";
  }

  private static Object real(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.toString(number);
    }
    if (number == 0 && 1 / number < 0) {
      return "-0";
    }
    return number;
  }

  /**
   * The vectors write integers that JavaScript numbers may not hold exactly as text: {@code
   * "123n"}.
   */
  private static boolean isBigInteger(JsonNode node) {
    return node.isTextual() && node.asText().matches("-?\\d+n");
  }

  /** Structural equality of views: numbers by value, objects by their fields in any order. */
  static boolean same(JsonNode a, JsonNode b) {
    if (isBigInteger(a) || isBigInteger(b)) {
      return integer(a).equals(integer(b));
    }
    if (a.isNumber() && b.isNumber()) {
      return a.asDouble() == b.asDouble();
    }
    if (a.isArray() && b.isArray()) {
      boolean same = a.size() == b.size();
      for (int i = 0; same && i < a.size(); i++) {
        same = same(a.get(i), b.get(i));
      }
      return same;
    }
    if (a.isObject() && b.isObject()) {
      Set<String> names = new LinkedHashSet<>();
      a.fieldNames().forEachRemaining(names::add);
      b.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        if (!a.has(name) || !b.has(name) || !same(a.get(name), b.get(name))) {
          return false;
        }
      }
      return true;
    }
    return a.equals(b);
  }
}
