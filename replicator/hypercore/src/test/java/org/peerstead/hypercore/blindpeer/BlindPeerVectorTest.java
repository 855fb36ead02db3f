package org.peerstead.hypercore.blindpeer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.wire.MalformedMessageException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Bytes of blind-peer.json: plaintext protomux messages between a client of npm blind-peering 2.0.1
 * and an answering side made with blind-peer-encodings 3.3.0 and protomux-rpc 1.10.0.
 */
class BlindPeerVectorTest {
  private static final JsonNode VECTORS = Vectors.load("blind-peer.json");
  private static final Fixed32 KEY = Vectors.fixed32(VECTORS, "key");
  private static final Fixed32 REFERRER = Vectors.fixed32(VECTORS, "referrer");

  /** The n-th message on a local channel, without the two bytes of channel and number. */
  private static Slice payload(String channelAndType, String from, int number) {
    List<Slice> found = new ArrayList<>();
    for (JsonNode message : VECTORS.get("messages")) {
      if (message.path("from").asText().equals(from)
          && message.path("hex").asText().startsWith(channelAndType)) {
        byte[] bytes = Vectors.bytes(message, "hex");
        found.add(Slice.of(Arrays.copyOfRange(bytes, 2, bytes.length)));
      }
    }
    return found.get(number);
  }

  @Test
  void cores_shouldBeAsTheClientSendsThem() throws MalformedMessageException {
    Slice full = payload("0100", "client", 0);
    CoresAnnouncement cores = BlindPeerCodec.decodeCores(full);
    assertThat(cores.referrer()).isEqualTo(REFERRER);
    assertThat(cores.priority()).isEqualTo(1);
    assertThat(cores.isAnnounced()).isTrue();
    assertThat(cores.cores())
        .extracting(CoresAnnouncement.ClientCore::length)
        .containsExactly(5L, 300L);
    assertThat(cores.cores().getFirst().key()).isEqualTo(KEY);
    assertThat(BlindPeerCodec.encode(cores)).isEqualTo(full);

    Slice plain = payload("0100", "client", 1);
    CoresAnnouncement one = BlindPeerCodec.decodeCores(plain);
    assertThat(one)
        .isEqualTo(
            new CoresAnnouncement(
                null, 0, false, List.of(new CoresAnnouncement.ClientCore(KEY, 0))));
    assertThat(BlindPeerCodec.encode(one)).isEqualTo(plain);
  }

  @Test
  void addCore_shouldBeAskedAndAnsweredAsByNpm() throws MalformedMessageException {
    Slice asked = payload("0200", "client", 0);
    RpcMessage request = BlindPeerCodec.decodeRpc(0, asked);
    assertThat(request)
        .isInstanceOfSatisfying(
            RpcMessage.Request.class,
            message -> {
              assertThat(message.id()).isEqualTo(1);
              assertThat(message.method()).isEqualTo(BlindPeerCodec.ADD_CORE);
            });
    Slice value = ((RpcMessage.Request) request).value();
    AddCore wish = BlindPeerCodec.decodeAddCore(value);
    assertThat(wish).isEqualTo(new AddCore(KEY, REFERRER, 1, true));
    assertThat(BlindPeerCodec.encode(wish)).isEqualTo(value);
    assertThat(BlindPeerCodec.encode(request)).isEqualTo(asked);

    Slice answered = payload("0201", "server", 0);
    RpcMessage answer = BlindPeerCodec.decodeRpc(1, answered);
    assertThat(answer.id()).isEqualTo(1);
    Slice record = ((RpcMessage.Success) answer).value();
    KeptCore kept = BlindPeerCodec.decodeKeptCore(record);
    assertThat(kept.key()).isEqualTo(KEY);
    assertThat(kept.length()).isEqualTo(7);
    assertThat(kept.storedBytes()).isEqualTo(1000);
    assertThat(kept.referrer()).isEqualTo(REFERRER);
    assertThat(BlindPeerCodec.encode(kept)).isEqualTo(record);
    assertThat(BlindPeerCodec.encode(answer)).isEqualTo(answered);
  }

  @Test
  void failures_shouldBeSaidAsByNpm() throws MalformedMessageException {
    RpcMessage.Request delete =
        (RpcMessage.Request) BlindPeerCodec.decodeRpc(0, payload("0200", "client", 1));
    assertThat(delete.method()).isEqualTo(BlindPeerCodec.DELETE_CORE);
    assertThat(BlindPeerCodec.decodeKey(delete.value())).isEqualTo(KEY);
    assertThat(
            BlindPeerCodec.encode(
                new RpcMessage.Failure(
                    delete.id(),
                    "Request failed",
                    RpcMessage.Failure.REQUEST_ERROR,
                    "Only trusted peers can delete cores")))
        .isEqualTo(payload("0201", "server", 1));
    assertThat(
            BlindPeerCodec.encode(
                new RpcMessage.Failure(
                    3, "Unknown method 'nothing'", RpcMessage.Failure.UNKNOWN_METHOD, "")))
        .isEqualTo(payload("0201", "server", 2));
    assertThat(BlindPeerCodec.decodeRpc(1, payload("0201", "server", 1)))
        .isInstanceOf(RpcMessage.Failure.class);
  }

  @Test
  void damagedBytes_shouldGiveTheTypedError() {
    List<Slice> whole =
        List.of(
            payload("0100", "client", 0),
            payload("0200", "client", 0),
            payload("0201", "server", 1));
    var random = new Random(5);
    for (Slice message : whole) {
      for (int round = 0; round < 3000; round++) {
        byte[] bytes = Arrays.copyOf(message.toByteArray(), random.nextInt(message.length() + 1));
        for (int hit = random.nextInt(3); hit > 0 && bytes.length > 0; hit--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        Slice damaged = Slice.of(bytes);
        try {
          BlindPeerCodec.decodeCores(damaged);
          BlindPeerCodec.decodeAddCore(damaged);
          BlindPeerCodec.decodeKeptCore(damaged);
          BlindPeerCodec.decodeRpc(random.nextInt(2), damaged);
        } catch (MalformedMessageException expected) {
          assertThat(expected.getMessage()).isNotEmpty();
        }
      }
    }
    assertThatThrownBy(
            () -> BlindPeerCodec.decodeCores(Slice.of(new byte[] {0, (byte) 0xfd, 1, 4})))
        .isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(() -> BlindPeerCodec.decodeRpc(2, Slice.EMPTY))
        .isInstanceOf(MalformedMessageException.class);
  }
}
