package org.peerstead.securestream.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.peerstead.securestream.Vectors;

/** Every vector of compact-encoding 3.5.2, written and read. */
class CompactEncodingVectorTest {
  private static final int MAX = 1 << 20;

  @TestFactory
  Stream<DynamicTest> vectors() {
    JsonNode all = Vectors.load("compact-encoding.json").get("vectors");
    assertThat(all.size()).isGreaterThan(90);
    return StreamSupport.stream(all.spliterator(), false)
        .map(vector ->
            dynamicTest(
                vector.get("encoding").asText() + " " + vector.get("hex").asText(),
                () -> check(vector)));
  }

  private static void check(JsonNode vector) throws Exception {
    String encoding = vector.get("encoding").asText();
    JsonNode value = vector.get("value");
    Slice bytes = Vectors.slice(vector, "hex");
    CompactReader r = bytes.reader();
    CompactWriter w = new CompactWriter(1);
    switch (encoding) {
      case "uint" -> w.uint(same(r.uint(), value));
      case "int" -> w.zigZag(same(r.zigZag(), value));
      case "uint8" -> w.uint8((int) same(r.uint8(), value));
      case "uint16" -> w.uint16((int) same(r.uint16(), value));
      case "uint24" -> w.uint24((int) same(r.uint24(), value));
      case "uint32" -> w.uint32(same(r.uint32(), value));
      case "uint64" -> w.uint64(same(r.uint64(), value));
      case "int64" -> w.fixedZigZag(same(r.fixedZigZag(8), value), 8);
      case "biguint64" -> {
        long bits = r.bigUint64();
        assertThat(Long.toUnsignedString(bits)).isEqualTo(value.get("bigint").asText());
        w.bigUint64(bits);
      }
      case "biguint" -> {
        BigInteger number = r.bigUint(16);
        assertThat(number).hasToString(value.get("bigint").asText());
        w.bigUint(number);
      }
      case "lexint" -> w.lexint(same(r.lexint(), value));
      case "float32" -> {
        float number = r.float32();
        assertThat((double) number).isEqualTo(value.asDouble());
        w.float32(number);
      }
      case "float64" -> {
        double number = r.float64();
        assertThat(number).isEqualTo(value.asDouble());
        w.float64(number);
      }
      case "bool" -> {
        boolean flag = r.bool();
        assertThat(flag).isEqualTo(value.asBoolean());
        w.bool(flag);
      }
      case "buffer" -> w.buffer(same(r.buffer(MAX), value));
      case "optionalBuffer" -> {
        Slice read = r.optionalBuffer(MAX);
        if (read == null) {
          assertThat(value.isNull() || value.get("buffer").asText().isEmpty()).isTrue();
        } else {
          same(read, value);
        }
        w.optionalBuffer(read);
      }
      case "string(utf8)" -> w.string(same(r.string(MAX), value));
      case "fixed32" -> {
        Fixed32 read = r.fixed32();
        same(read.toSlice(), value);
        w.fixed32(read);
      }
      case "fixed64" -> w.raw(same(r.fixed(64), value));
      case "raw" -> w.raw(same(r.raw(), value));
      case "array(uint)" -> {
        List<Long> items = r.array(MAX, CompactReader::uint);
        assertThat(items).hasSize(value.size());
        for (int i = 0; i < items.size(); i++) {
          same(items.get(i), value.get(i));
        }
        w.array(items, CompactWriter::uint);
      }
      case "uint32array" -> {
        int[] words = r.uint32Array(MAX);
        for (int i = 0; i < words.length; i++) {
          same(Integer.toUnsignedLong(words[i]), value.get("uint32array").get(i));
        }
        w.uint32Array(words);
      }
      case "bitarray" -> {
        boolean[] bits = r.bitArray(MAX);
        assertThat(bits).hasSize(value.size());
        for (int i = 0; i < bits.length; i++) {
          assertThat(bits[i]).isEqualTo(value.get(i).asBoolean());
        }
        w.bitArray(bits);
      }
      case "frame(string)" -> {
        CompactReader inner = r.frame(MAX);
        String text = same(inner.string(MAX), value);
        inner.expectEnd();
        w.frame(new CompactWriter().string(text));
      }
      case "date" -> w.dateMillis(same(r.dateMillis(), value.get("date")));
      case "json" -> {
        String json = r.string(MAX);
        assertThat(new ObjectMapper().readTree(json)).isEqualTo(value);
        w.string(json);
      }
      case "ipv4Address" -> {
        Endpoint read = r.ipv4Address();
        assertThat(read.isIpv4()).isTrue();
        assertThat(read).isEqualTo(new Endpoint(Slice.fromHex("7f000001"), 49737));
        w.address(read);
      }
      case "ipv6Address" -> {
        Endpoint read = r.ipv6Address();
        assertThat(read)
            .isEqualTo(new Endpoint(Slice.fromHex("20010db8000000000000000000000001"), 80));
        w.address(read);
      }
      case "any" -> {
        AnyValue read = r.any();
        assertThat(read).isEqualTo(anyOf(value));
        w.any(read);
      }
      default -> {
        assertThat(encoding).startsWith("bitfield(");
        int bits = Integer.parseInt(encoding.substring(9, encoding.length() - 1));
        w.bitfield(same(r.bitfield(bits), value), bits);
      }
    }
    r.expectEnd();
    assertThat(w.toSlice()).isEqualTo(bytes);
    assertTruncatedAtEveryByte(encoding, bytes);
  }

  private static void assertTruncatedAtEveryByte(String encoding, Slice bytes) {
    if (!encoding.equals("uint") && !encoding.equals("any")) {
      return;
    }
    for (int length = 0; length < bytes.length(); length++) {
      CompactReader cut = bytes.range(0, length).reader();
      try {
        Object read = encoding.equals("uint") ? cut.uint() : cut.any();
        throw new AssertionError("read " + read + " from " + length + " bytes");
      } catch (EncodingException e) {
        assertThat(e.reason()).isEqualTo(EncodingException.Reason.TRUNCATED);
      }
    }
  }

  private static long same(long read, JsonNode value) {
    assertThat(read).isEqualTo(value.asLong());
    return read;
  }

  private static String same(String read, JsonNode value) {
    assertThat(read).isEqualTo(value.asText());
    return read;
  }

  private static Slice same(Slice read, JsonNode value) {
    assertThat(read).isEqualTo(Vectors.slice(value, "buffer"));
    return read;
  }

  private static AnyValue anyOf(JsonNode value) {
    if (value.isNull()) {
      return new AnyValue.NullValue();
    } else if (value.isBoolean()) {
      return new AnyValue.BoolValue(value.asBoolean());
    } else if (value.isTextual()) {
      return new AnyValue.StringValue(value.asText());
    } else if (value.isIntegralNumber()) {
      return new AnyValue.IntegerValue(value.asLong());
    } else if (value.isNumber()) {
      return new AnyValue.FloatValue(value.asDouble());
    } else if (value.isArray()) {
      List<AnyValue> items = new ArrayList<>();
      value.forEach(item -> items.add(anyOf(item)));
      return new AnyValue.ArrayValue(items);
    } else if (value.has("buffer")) {
      return new AnyValue.BufferValue(
          Slice.of(HexFormat.of().parseHex(value.get("buffer").asText())));
    } else if (value.has("date")) {
      return new AnyValue.DateValue(value.get("date").asLong());
    }
    Map<String, AnyValue> fields = new LinkedHashMap<>();
    value.properties().forEach(field -> fields.put(field.getKey(), anyOf(field.getValue())));
    return new AnyValue.ObjectValue(fields);
  }
}
