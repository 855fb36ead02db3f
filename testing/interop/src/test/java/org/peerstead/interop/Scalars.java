package org.peerstead.interop;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ScalarValue;

/** Scalar values: a choice for random histories, and their JSON for the other engine. */
final class Scalars {
  private static final List<Long> INTEGERS =
      List.of(
          0L,
          1L,
          -1L,
          63L,
          64L,
          -64L,
          -65L,
          8191L,
          2147483648L,
          9007199254740991L,
          -9007199254740991L,
          9007199254740993L,
          Long.MAX_VALUE,
          Long.MIN_VALUE);
  private static final List<Double> DOUBLES =
      List.of(
          0.0,
          -0.0,
          0.5,
          -1.25,
          1e308,
          5e-324,
          Double.NaN,
          Double.POSITIVE_INFINITY,
          Double.NEGATIVE_INFINITY,
          3.0);
  private static final List<String> STRINGS =
      List.of(
          "",
          "a",
          "hello",
          "é",
          "👩‍👩‍👧🏽",
          "nul\u0000inside",
          "x".repeat(300),
          "\uFFFD",
          "line\nbreak");

  private Scalars() {}

  /** One of many scalars of every type, decided by {@code pick}. */
  static ScalarValue pick(int pick) {
    int which = pick / 10;
    return switch (pick % 10) {
      case 0 -> ScalarValue.Null.NULL;
      case 1 -> new ScalarValue.Bool(which % 2 == 0);
      case 2, 3 -> new ScalarValue.Int(which % 2 == 0 ? which % 7 : of(INTEGERS, which / 2));
      case 4 -> new ScalarValue.Uint(of(INTEGERS, which));
      case 5 -> new ScalarValue.F64(of(DOUBLES, which));
      case 6, 7 -> new ScalarValue.Str(which % 2 == 0 ? "s" + which % 7 : of(STRINGS, which / 2));
      case 8 ->
          which % 2 == 0
              ? new ScalarValue.Counter(which % 50 - 10)
              : new ScalarValue.Timestamp(1_700_000_000_000L - (long) which * 1_000_003);
      default -> new ScalarValue.Binary(Bytes.of(new byte[which % 9]));
    };
  }

  /** A value for a mark: types whose untyped form is unambiguous in both engines. */
  static ScalarValue pickForMark(int pick) {
    return switch (pick % 6) {
      case 0, 1 -> new ScalarValue.Bool(true);
      case 2 -> new ScalarValue.Str(of(STRINGS, pick / 6));
      case 3 -> new ScalarValue.Int(of(INTEGERS, pick / 6));
      case 4 -> new ScalarValue.F64(0.5 + pick / 6 % 4);
      default -> new ScalarValue.Timestamp(1_700_000_000_000L + pick);
    };
  }

  private static <T> T of(List<T> values, int index) {
    return values.get(index % values.size());
  }

  /** {@code {"type": ..., "value": ...}}. */
  static ObjectNode toJson(ScalarValue value) {
    ObjectNode node = JsonLines.MAPPER.createObjectNode();
    return switch (value) {
      case ScalarValue.Null() -> node.put("type", "null").putNull("value");
      case ScalarValue.Bool(boolean flag) -> node.put("type", "boolean").put("value", flag);
      case ScalarValue.Uint(long number) ->
          node.put("type", "uint").put("value", Long.toUnsignedString(number));
      case ScalarValue.Int(long number) ->
          node.put("type", "int").put("value", Long.toString(number));
      case ScalarValue.F64(double number) ->
          node.put("type", "f64")
              .put("value", "%016x".formatted(Double.doubleToRawLongBits(number)));
      case ScalarValue.Str(String text) -> node.put("type", "str").put("value", text);
      case ScalarValue.Binary binary ->
          node.put("type", "bytes").put("value", binary.value().toString());
      case ScalarValue.Counter(long number) ->
          node.put("type", "counter").put("value", Long.toString(number));
      case ScalarValue.Timestamp(long millis) ->
          node.put("type", "timestamp").put("value", Long.toString(millis));
      case ScalarValue.Unknown unknown ->
          node.put("type", "unknown" + unknown.typeCode()).put("value", unknown.value().toString());
    };
  }
}
