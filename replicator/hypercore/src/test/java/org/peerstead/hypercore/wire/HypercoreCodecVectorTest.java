package org.peerstead.hypercore.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.hypercore.Transcript;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.wire.HypercoreMessage.NoData;
import org.peerstead.hypercore.wire.HypercoreMessage.Range;
import org.peerstead.hypercore.wire.HypercoreMessage.Sync;
import org.peerstead.hypercore.wire.HypercoreMessage.Want;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.noise.Role;

/** Every message that npm peers were recorded to send. */
class HypercoreCodecVectorTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bad-block.txt",
        "bad-capability.txt",
        "cancel.txt",
        "clear.txt",
        "compat-3.txt",
        "encrypted-3.txt",
        "extension.txt",
        "full-100.txt",
        "full-10000.txt.gz",
        "full-5.txt",
        "handmade.txt",
        "initiator-uploads.txt",
        "live.txt",
        "multi.txt",
        "partial-source-small-wants.txt",
        "partial-source.txt",
        "push.txt",
        "reorg.txt",
        "sparse-100.txt"
      })
  void message_shouldBeWrittenAsItWasRead(String name) throws Exception {
    List<Transcript.ChannelMessage> messages = Transcript.load(name).channelMessages();
    for (Transcript.ChannelMessage recorded : messages) {
      HypercoreMessage message = HypercoreCodec.decode(recorded.type(), recorded.payload());
      if (message == null) {
        // One recording has a message of a type that does not exist, to see it ignored.
        assertThat(recorded.type()).isGreaterThan(9);
        continue;
      }
      assertThat(message.type()).isEqualTo(recorded.type());
      assertThat(HypercoreCodec.encode(message)).as("%s", message).isEqualTo(recorded.payload());
      assertThat(HypercoreCodec.decode(recorded.type(), recorded.payload())).isEqualTo(message);
    }
    assertThat(messages.isEmpty()).isEqualTo(name.equals("bad-capability.txt"));
  }

  @Test
  void fieldsOfLaterVersions_mayBeMissing() throws Exception {
    assertThat(HypercoreCodec.decode(NoData.TYPE, Slice.fromHex("05")))
        .isEqualTo(new NoData(5, NoData.NO_REASON));
    assertThat(HypercoreCodec.decode(Want.TYPE, Slice.fromHex("0020")))
        .isEqualTo(new Want(0, 32, false));
  }

  @Test
  void unknownFlagsAndWhatFollows_shouldBeIgnored() throws Exception {
    assertThat(HypercoreCodec.decode(Sync.TYPE, Slice.fromHex("ee010203abcd")))
        .isEqualTo(new Sync(1, 2, 3, false, true, true, true, false));
    assertThat(HypercoreCodec.decode(Range.TYPE, Slice.fromHex("f60799")))
        .isEqualTo(new Range(false, 7, 1));
  }

  @Test
  void capability_shouldBeNpms() throws Exception {
    JsonNode vector = Vectors.load("crypto.json").get("capability");
    Fixed32 key = Vectors.fixed32(vector, "key");
    NoiseSession initiator =
        new NoiseSession(
            Role.INITIATOR,
            new byte[32],
            new byte[32],
            Vectors.slice(vector, "handshakeHash"),
            key);

    Capability ours = Capability.ours(initiator, key);

    assertThat(ours.value()).isEqualTo(Vectors.fixed32(vector, "initiator"));
    assertThat(Capability.expected(initiator, key)).isEqualTo(Vectors.fixed32(vector, "responder"));
    assertThat(Capability.decode(ours.encode())).isEqualTo(ours);
  }
}
