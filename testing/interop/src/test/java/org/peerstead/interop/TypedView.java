package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.peerstead.crdt.DocumentView;
import org.peerstead.crdt.model.Conflict;
import org.peerstead.crdt.model.Mark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.model.Span;

/**
 * Everything that can be seen in a document, as the same JSON that {@code engine-peer.mjs} makes of
 * it: all values of every conflict with their types and operation ids, texts with marks and spans.
 */
final class TypedView {
  private final DocumentView view;

  private TypedView(DocumentView view) {
    this.view = view;
  }

  static ObjectNode of(DocumentView view) {
    return new TypedView(view).object(ObjectId.ROOT, ObjectType.MAP);
  }

  private ObjectNode object(ObjectId id, ObjectType type) {
    ObjectNode out = JsonLines.MAPPER.createObjectNode();
    switch (type) {
      case MAP, TABLE -> {
        ArrayNode entries = out.putArray("entries");
        for (String key : view.keys(id)) {
          ArrayNode entry = entries.addArray();
          entry.add(key);
          entry.add(values(view.getAll(id, key)));
        }
      }
      case LIST -> {
        ArrayNode items = out.putArray("items");
        long length = view.length(id);
        for (long i = 0; i < length; i++) {
          items.add(values(view.getAll(id, i)));
        }
      }
      case TEXT -> {
        out.put("text", view.text(id));
        out.put("length", view.length(id));
        ArrayNode spans = out.putArray("spans");
        for (Span span : view.spans(id)) {
          spans.add(span(span));
        }
        ArrayNode marks = out.putArray("marks");
        for (Mark mark : view.marks(id)) {
          ObjectNode node = marks.addObject();
          node.put("name", mark.name());
          node.put("start", mark.start());
          node.put("end", mark.end());
          node.set("value", plain(mark.value()));
        }
      }
    }
    return out;
  }

  private ArrayNode values(List<Conflict> conflicts) {
    ArrayNode out = JsonLines.MAPPER.createArrayNode();
    for (Conflict conflict : conflicts) {
      ObjectNode node = out.addObject();
      switch (conflict.value()) {
        case ObjectValue(ObjectId id, ObjectType type) -> {
          node.put("type", type.name().toLowerCase(java.util.Locale.ROOT));
          node.put("id", id.toString());
          node.setAll(object(id, type));
        }
        case ScalarValue scalar -> {
          node.setAll(Scalars.toJson(scalar));
          node.put("id", conflict.id().toString());
        }
      }
    }
    return out;
  }

  private static ObjectNode span(Span span) {
    ObjectNode out = JsonLines.MAPPER.createObjectNode();
    switch (span) {
      case Span.Text(String text, Map<String, ScalarValue> marks) -> {
        out.put("text", text);
        ObjectNode node = out.putObject("marks");
        marks.forEach((name, value) -> node.set(name, plain(value)));
      }
      case Span.Block block -> out.set("block", tree(block.fields()));
    }
    return out;
  }

  private static JsonNode tree(Object value) {
    return switch (value) {
      case null -> JsonLines.MAPPER.nullNode();
      case Map<?, ?> map -> {
        ObjectNode node = JsonLines.MAPPER.createObjectNode();
        map.forEach((key, item) -> node.set((String) key, tree(item)));
        yield node;
      }
      case List<?> list -> {
        ArrayNode node = JsonLines.MAPPER.createArrayNode();
        list.forEach(item -> node.add(tree(item)));
        yield node;
      }
      case ScalarValue scalar -> plain(scalar);
      case Double number -> number(number);
      case Number number -> number(number.doubleValue());
      default -> JsonLines.MAPPER.valueToTree(value);
    };
  }

  private static JsonNode number(double number) {
    return JsonLines.MAPPER
        .createObjectNode()
        .put("number", "%016x".formatted(Double.doubleToLongBits(number)));
  }

  /** Without its type, as the npm package shows mark values and the content of blocks. */
  private static JsonNode plain(ScalarValue value) {
    ObjectNode node = JsonLines.MAPPER.createObjectNode();
    return switch (value) {
      case ScalarValue.Null() -> JsonLines.MAPPER.nullNode();
      case ScalarValue.Bool(boolean flag) -> JsonLines.MAPPER.getNodeFactory().booleanNode(flag);
      case ScalarValue.Str(String text) -> JsonLines.MAPPER.getNodeFactory().textNode(text);
      case ScalarValue.Uint(long number) ->
          number(new java.math.BigInteger(Long.toUnsignedString(number)).doubleValue());
      case ScalarValue.Int(long number) -> number(number);
      case ScalarValue.Counter(long number) -> number(number);
      case ScalarValue.F64(double number) -> number(number);
      case ScalarValue.Timestamp(long millis) -> node.put("timestamp", Long.toString(millis));
      case ScalarValue.Binary binary ->
          node.put("bytes", HexFormat.of().formatHex(binary.value().toBytes()));
      case ScalarValue.Unknown unknown -> node.put("unknown", unknown.typeCode());
    };
  }
}
