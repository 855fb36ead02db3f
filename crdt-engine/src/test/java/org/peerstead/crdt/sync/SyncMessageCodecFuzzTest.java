package org.peerstead.crdt.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.simulation.SeededCases;

/** Real messages with random damage: decoded or refused, never anything else. */
class SyncMessageCodecFuzzTest {

  @Test
  void decode_shouldGiveAMessageOrATypedRefusal() {
    List<byte[]> seeds = Vectors.messages().stream().map(HexFormat.of()::parseHex).toList();
    Assertions.assertTimeout(
        Duration.ofSeconds(60),
        () ->
            SeededCases.of("sync message decoder", 20261122, 20_000)
                .run(random -> decode(mutate(seeds.get(random.nextInt(seeds.size())), random))));
  }

  private static void decode(byte[] bytes) {
    SyncMessage message;
    try {
      message = SyncMessageCodec.decode(bytes);
    } catch (AutomergeFormatException e) {
      assertThat(e.reason()).isNotNull();
      return;
    }
    byte[] again = SyncMessageCodec.encode(message);
    try {
      assertThat(SyncMessageCodec.decode(again)).isEqualTo(message);
    } catch (AutomergeFormatException e) {
      throw new AssertionError("refuses its own encoding", e);
    }
    try {
      SyncState.decode(bytes);
    } catch (AutomergeFormatException e) {
      assertThat(e.reason()).isNotNull();
    }
  }

  private static byte[] mutate(byte[] seed, RandomGenerator random) {
    byte[] bytes = seed.clone();
    for (int n = random.nextInt(1, 5); n > 0 && bytes.length > 0; n--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        case 3 -> bytes[at] = (byte) 0xFF;
        default -> {
          byte[] longer = Arrays.copyOf(bytes, bytes.length + 10);
          System.arraycopy(bytes, at, longer, at + 10, bytes.length - at);
          for (int i = at; i < at + 10; i++) {
            longer[i] = (byte) (random.nextBoolean() ? 0xFF : random.nextInt(256));
          }
          bytes = longer;
        }
      }
    }
    return bytes;
  }
}
