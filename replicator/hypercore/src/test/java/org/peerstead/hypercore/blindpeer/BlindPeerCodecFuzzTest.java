package org.peerstead.hypercore.blindpeer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.wire.MalformedMessageException;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Bytes that are no message of these channels, or no longer. */
class BlindPeerCodecFuzzTest {
  private static final List<byte[]> RECORDED = recorded();

  private static final List<Decoder> DECODERS =
      List.of(
          bytes -> {
            CoresAnnouncement message = BlindPeerCodec.decodeCores(bytes);
            assertThat(BlindPeerCodec.decodeCores(BlindPeerCodec.encode(message)))
                .isEqualTo(message);
          },
          bytes -> {
            AddCore request = BlindPeerCodec.decodeAddCore(bytes);
            assertThat(BlindPeerCodec.decodeAddCore(BlindPeerCodec.encode(request)))
                .isEqualTo(request);
          },
          bytes -> {
            KeptCore core = BlindPeerCodec.decodeKeptCore(bytes);
            assertThat(BlindPeerCodec.decodeKeptCore(BlindPeerCodec.encode(core))).isEqualTo(core);
          },
          bytes -> assertThat(BlindPeerCodec.decodeKey(bytes)).isNotNull(),
          bytes -> rpc(0, bytes),
          bytes -> rpc(1, bytes));

  /** Reads bytes, writes what they were and reads that again. */
  private interface Decoder {
    void run(Slice bytes) throws MalformedMessageException;
  }

  private static List<byte[]> recorded() {
    List<byte[]> payloads = new ArrayList<>();
    for (JsonNode message : Vectors.load("blind-peer.json").get("messages")) {
      if (message.has("hex")) {
        byte[] bytes = Vectors.bytes(message, "hex");
        payloads.add(Arrays.copyOfRange(bytes, 2, bytes.length));
      }
    }
    return payloads;
  }

  @Test
  void anyBytes_shouldDecodeOrBeRefused() {
    SeededCases.of("bytes as blind peer messages", 18, 20_000)
        .run(random -> {
          byte[] bytes = new byte[random.nextInt(160)];
          new Random(random.nextLong()).nextBytes(bytes);
          tryDecode(random.nextInt(DECODERS.size()), bytes);
        });
  }

  @Test
  void changedMessages_shouldDecodeOrBeRefused() {
    SeededCases.of("changed blind peer messages", 19, 20_000)
        .run(random -> {
          byte[] bytes = RECORDED.get(random.nextInt(RECORDED.size())).clone();
          for (int i = 0; i < 1 + random.nextInt(4) && bytes.length > 0; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
          }
          tryDecode(
              random.nextInt(DECODERS.size()),
              Arrays.copyOf(bytes, random.nextInt(bytes.length + 4)));
        });
  }

  private static void tryDecode(int decoder, byte[] bytes) {
    try {
      DECODERS.get(decoder).run(Slice.of(bytes));
    } catch (MalformedMessageException e) {
      assertThat(e.type()).isIn(0, 1);
    }
  }

  private static void rpc(int type, Slice bytes) throws MalformedMessageException {
    RpcMessage message = BlindPeerCodec.decodeRpc(type, bytes);
    assertThat(message.type()).isEqualTo(type);
    assertThat(BlindPeerCodec.decodeRpc(type, BlindPeerCodec.encode(message))).isEqualTo(message);
  }
}
