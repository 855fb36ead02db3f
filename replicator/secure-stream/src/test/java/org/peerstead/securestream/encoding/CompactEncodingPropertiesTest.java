package org.peerstead.securestream.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/** What is written is read back. */
class CompactEncodingPropertiesTest {
  @Test
  void numbers_shouldSurviveARoundTrip() {
    SeededCases.of("numbers", 1, 2_000)
        .run(random -> {
          long uint = random.nextLong() & CompactReader.MAX_UINT >>> random.nextInt(53);
          long zigZag = (random.nextBoolean() ? 1 : -1) * (uint >>> 1);
          BigInteger big = new BigInteger(random.nextInt(300), new java.util.Random(uint));
          long lexint = random.nextLong(1L << 32) >>> random.nextInt(32);
          CompactWriter writer =
              new CompactWriter(1)
                  .uint(uint)
                  .zigZag(zigZag)
                  .bigUint(big)
                  .lexint(lexint)
                  .uint64(uint)
                  .uint64Be(uint)
                  .bigInt64(uint * zigZag);
          assertThat(CompactWriter.sizeOfUint(uint))
              .isEqualTo(new CompactWriter().uint(uint).length());
          CompactReader reader = writer.toSlice().reader();
          assertThat(reader.uint()).isEqualTo(uint);
          assertThat(reader.zigZag()).isEqualTo(zigZag);
          assertThat(reader.bigUint(10)).isEqualTo(big);
          assertThat(reader.lexint()).isEqualTo(lexint);
          assertThat(reader.uint64()).isEqualTo(uint);
          assertThat(reader.uint64Be()).isEqualTo(uint);
          assertThat(reader.bigInt64()).isEqualTo(uint * zigZag);
          reader.expectEnd();
        });
  }

  @Test
  void any_shouldSurviveARoundTrip() {
    SeededCases.of("any", 2, 1_000)
        .run(random -> {
          AnyValue value = value(random, 5);
          CompactReader reader = new CompactWriter().any(value).toSlice().reader();
          assertThat(reader.any()).isEqualTo(value);
          reader.expectEnd();
        });
  }

  private static AnyValue value(RandomGenerator random, int depth) {
    return switch (random.nextInt(depth == 0 ? 6 : 8)) {
      case 0 -> new AnyValue.NullValue();
      case 1 -> new AnyValue.BoolValue(random.nextBoolean());
      case 2 -> new AnyValue.StringValue("å" + random.nextInt());
      case 3 -> new AnyValue.BufferValue(Slice.of(new byte[random.nextInt(300)]));
      case 4 -> new AnyValue.IntegerValue(random.nextLong() >> 12);
      case 5 -> new AnyValue.FloatValue(random.nextDouble());
      case 6 -> {
        List<AnyValue> items = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          items.add(value(random, depth - 1));
        }
        yield new AnyValue.ArrayValue(items);
      }
      default -> {
        Map<String, AnyValue> fields = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          fields.put("f" + i, value(random, depth - 1));
        }
        yield new AnyValue.ObjectValue(fields);
      }
    };
  }
}
