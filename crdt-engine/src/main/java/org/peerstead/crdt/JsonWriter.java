package org.peerstead.crdt;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ScalarValue;

/** Writes the tree of a document as compact JSON. */
final class JsonWriter {
  private final StringBuilder out;

  JsonWriter(StringBuilder out) {
    this.out = out;
  }

  void write(@Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case String text -> string(text);
      case Map<?, ?> map -> {
        char separator = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator);
          string(String.valueOf(entry.getKey()));
          out.append(':');
          write(entry.getValue());
          separator = ',';
        }
        out.append(separator == '{' ? "{}" : "}");
      }
      case List<?> list -> {
        char separator = '[';
        for (Object item : list) {
          out.append(separator);
          write(item);
          separator = ',';
        }
        out.append(separator == '[' ? "[]" : "]");
      }
      case Double number -> number(number);
      case ScalarValue.Counter(long number) -> out.append(number);
      case ScalarValue.Timestamp(long millis) -> timestamp(millis);
      case ScalarValue.Binary(var bytes) ->
          string(Base64.getEncoder().encodeToString(bytes.toBytes()));
      case ScalarValue.Unknown(int code, var bytes) ->
          string(Base64.getEncoder().encodeToString(bytes.toBytes()));
      default -> out.append(value);
    }
  }

  private void number(double number) {
    if (!Double.isFinite(number)) {
      out.append("null");
    } else if (number == Math.rint(number) && Math.abs(number) < 1e15) {
      out.append((long) number);
    } else {
      out.append(number);
    }
  }

  private void timestamp(long millis) {
    try {
      string(Instant.ofEpochMilli(millis).toString());
    } catch (DateTimeException e) {
      out.append(millis);
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
