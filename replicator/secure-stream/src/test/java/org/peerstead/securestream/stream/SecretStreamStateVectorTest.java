package org.peerstead.securestream.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.securestream.Vectors.bytes;
import static org.peerstead.securestream.Vectors.fixed32;
import static org.peerstead.securestream.Vectors.slice;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.Vectors;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.Role;

/** Vectors of sodium-secretstream 1.2.0: messages of many lengths, a counter wrap, a datagram. */
class SecretStreamStateVectorTest {
  private static final JsonNode VECTORS = Vectors.load("secretstream.json");

  @Test
  void messages_shouldBeTheSameInBothDirections() throws Exception {
    byte[] key = bytes(VECTORS, "key");
    Slice header = slice(VECTORS, "header");
    SecretStreamPush push = new SecretStreamPush(key, target -> header.copyTo(target, 0));
    SecretStreamPull pull = new SecretStreamPull(key, header);
    assertThat(push.header()).isEqualTo(header);
    assertThat(push.state().snapshot()).isEqualTo(bytes(VECTORS, "stateAfterInit"));
    assertThat(VECTORS.get("messages").size()).isGreaterThan(5);
    for (JsonNode message : VECTORS.get("messages")) {
      check(push, pull, message);
    }
  }

  @Test
  void counterWrap_shouldMakeANewKey() throws Exception {
    JsonNode wrap = VECTORS.get("counterWrap");
    byte[] key = bytes(VECTORS, "key");
    Slice header = slice(wrap, "header");
    SecretStreamPush push = new SecretStreamPush(key, target -> header.copyTo(target, 0));
    SecretStreamPull pull = new SecretStreamPull(key, header);
    push.state().setCounter(0xfffffffe);
    pull.state().setCounter(0xfffffffe);
    assertThat(push.state().snapshot()).isEqualTo(bytes(wrap, "stateBefore"));
    for (JsonNode message : wrap.get("messages")) {
      check(push, pull, message);
    }
  }

  private static void check(SecretStreamPush push, SecretStreamPull pull, JsonNode message)
      throws StreamException {
    Slice plain = slice(message, "plain");
    byte[] cipher = new byte[plain.length() + SecretStreamPush.OVERHEAD_BYTES];
    push.push(plain, cipher, 0);
    assertThat(cipher).isEqualTo(bytes(message, "cipher"));
    assertThat(push.state().snapshot()).isEqualTo(bytes(message, "stateAfter"));
    assertThat(pull.pullInPlace(Slice.of(cipher))).isEqualTo(plain);
    assertThat(pull.state().snapshot()).isEqualTo(bytes(message, "stateAfter"));
  }

  @Test
  void tagRekey_shouldMakeANewKeyOnBothSides() {
    byte[] key = bytes(VECTORS, "key");
    byte[] header = bytes(VECTORS, "header");
    SecretStreamState push = new SecretStreamState(key, header, 0);
    SecretStreamState pull = new SecretStreamState(key, header, 0);
    byte[] before = push.snapshot();
    for (int tag : new int[] {SecretStreamState.TAG_REKEY, 0}) {
      byte[] message = new byte[17 + 5];
      push.push("hello".getBytes(java.nio.charset.StandardCharsets.UTF_8), 0, 5, tag, message, 0);
      assertThat(pull.pull(message, 0, message.length)).isEqualTo(tag);
      assertThat(Slice.of(message, 1, 5).toHex()).isEqualTo("68656c6c6f");
      assertThat(pull.snapshot()).isEqualTo(push.snapshot());
    }
    assertThat(Slice.of(push.snapshot(), 0, 32)).isNotEqualTo(Slice.of(before, 0, 32));
  }

  @Test
  void datagrams_shouldBeTheSame() throws Exception {
    JsonNode vector = VECTORS.get("unordered");
    byte[] before = bytes(vector, "counter");
    before[0]--;
    UnorderedMessages sender =
        new UnorderedMessages(bytes(vector, "key"), bytes(vector, "key"), before);
    byte[] envelope = sender.seal(slice(vector, "plain"));
    assertThat(envelope).isEqualTo(bytes(vector, "envelope"));
    assertThat(sender.open(Slice.of(envelope))).isEqualTo(bytes(vector, "plain"));
  }

  @Test
  void idsAndDatagramKeys_shouldBeTheSame() {
    for (JsonNode handshake : Vectors.load("noise.json").get("handshakes")) {
      Slice hash = slice(handshake, "handshakeHash");
      assertThat(SecretStream.streamId(hash, Role.INITIATOR))
          .isEqualTo(fixed32(handshake, "streamIdInitiator"));
      assertThat(SecretStream.streamId(hash, Role.RESPONDER))
          .isEqualTo(fixed32(handshake, "streamIdResponder"));
      assertThat(UnorderedMessages.key(hash, Role.INITIATOR))
          .isEqualTo(bytes(handshake, "unorderedKeyInitiator"));
      assertThat(UnorderedMessages.key(hash, Role.RESPONDER))
          .isEqualTo(bytes(handshake, "unorderedKeyResponder"));
    }
  }
}
