package org.peerstead.securestream.encoding;

import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/** Whatever the bytes are: a value or an {@link EncodingException}, nothing else. */
class CompactReaderFuzzTest {
  @FunctionalInterface
  private interface Decoder {
    Object decode(CompactReader reader) throws EncodingException;
  }

  private static final List<Decoder> DECODERS =
      List.of(
          CompactReader::uint,
          CompactReader::zigZag,
          reader -> reader.fixedUint(7),
          reader -> reader.fixedZigZag(3),
          CompactReader::uint64Be,
          CompactReader::bigInt64,
          reader -> reader.bigUint(Integer.MAX_VALUE),
          CompactReader::lexint,
          CompactReader::float64,
          CompactReader::bool,
          reader -> reader.buffer(Integer.MAX_VALUE),
          reader -> String.valueOf(reader.optionalBuffer(20)),
          reader -> reader.string(Integer.MAX_VALUE),
          CompactReader::fixed32,
          reader -> reader.array(Integer.MAX_VALUE, CompactReader::any),
          reader -> reader.uint32Array(Integer.MAX_VALUE),
          reader -> reader.bitArray(Integer.MAX_VALUE),
          reader -> reader.bitfield(33),
          reader -> reader.frame(Integer.MAX_VALUE).any(),
          CompactReader::ipv4Address,
          CompactReader::ipv6Address,
          CompactReader::any,
          CompactReader::raw);

  @Test
  void everyDecoder_shouldSurviveAnyBytes() {
    SeededCases.of("compact-encoding of random bytes", 20261122, 4_000)
        .run(random -> {
          byte[] bytes = hostile(random);
          int from = random.nextInt(bytes.length + 1);
          for (Decoder decoder : DECODERS) {
            CompactReader reader = new CompactReader(bytes, from, bytes.length - from);
            int before = reader.remaining();
            try {
              while (reader.hasRemaining()) {
                Object value = decoder.decode(reader);
                if (value == null || reader.remaining() > before) {
                  throw new AssertionError("went backwards");
                }
                before = reader.remaining();
              }
            } catch (EncodingException e) {
              if (e.reason() == EncodingException.Reason.LEFTOVER) {
                throw new AssertionError(e);
              }
            }
          }
        });
  }

  /** Random bytes with many small numbers and width markers, so that decoders get far. */
  private static byte[] hostile(RandomGenerator random) {
    byte[] bytes = new byte[random.nextInt(200)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) random.nextInt(10);
            case 1 -> (byte) (0xfb + random.nextInt(5));
            default -> (byte) random.nextInt();
          };
    }
    return bytes;
  }
}
