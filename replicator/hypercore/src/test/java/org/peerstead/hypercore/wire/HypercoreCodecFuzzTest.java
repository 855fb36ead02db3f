package org.peerstead.hypercore.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.Transcript;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Bytes that are no message, or no longer. */
class HypercoreCodecFuzzTest {
  private static final List<Transcript.ChannelMessage> RECORDED = recorded();

  private static List<Transcript.ChannelMessage> recorded() {
    try {
      List<Transcript.ChannelMessage> messages = new ArrayList<>();
      for (String name : List.of("full-5.txt", "handmade.txt", "reorg.txt", "extension.txt")) {
        messages.addAll(Transcript.load(name).channelMessages());
      }
      return messages;
    } catch (EncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anyBytes_shouldDecodeOrBeRefused() {
    SeededCases.of("bytes as messages", 8, 20_000)
        .run(random -> {
          byte[] bytes = new byte[random.nextInt(120)];
          new Random(random.nextLong()).nextBytes(bytes);
          decode(random.nextInt(12), bytes);
        });
  }

  @Test
  void changedMessages_shouldDecodeOrBeRefused() {
    SeededCases.of("changed messages", 9, 20_000)
        .run(random -> {
          Transcript.ChannelMessage original = RECORDED.get(random.nextInt(RECORDED.size()));
          byte[] bytes = original.payload().toByteArray();
          for (int i = 0; i < 1 + random.nextInt(4) && bytes.length > 0; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
          }
          decode(original.type(), Arrays.copyOf(bytes, random.nextInt(bytes.length + 4)));
        });
  }

  /** What decodes must survive being written and read again. */
  private static void decode(int type, byte[] bytes) throws MalformedMessageException {
    HypercoreMessage message = tryDecode(type, bytes);
    if (message != null) {
      Slice again = HypercoreCodec.encode(message);
      assertThat(HypercoreCodec.decode(type, again)).isEqualTo(message);
    }
  }

  private static @Nullable HypercoreMessage tryDecode(int type, byte[] bytes) {
    try {
      return HypercoreCodec.decode(type, Slice.of(bytes));
    } catch (MalformedMessageException e) {
      assertThat(e.type()).isEqualTo(type);
      return null;
    }
  }
}
