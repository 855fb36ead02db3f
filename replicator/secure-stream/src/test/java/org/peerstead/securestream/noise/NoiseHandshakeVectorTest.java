package org.peerstead.securestream.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.securestream.Vectors.bytes;
import static org.peerstead.securestream.Vectors.fixed32;
import static org.peerstead.securestream.Vectors.keyPair;
import static org.peerstead.securestream.Vectors.slice;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.Vectors;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Slice;

/** Complete handshakes of npm noise-handshake 4.2.0, written and read byte for byte. */
class NoiseHandshakeVectorTest {
  @Test
  void handshakes_shouldBeTheSame() throws Exception {
    JsonNode all = Vectors.load("noise.json").get("handshakes");
    assertThat(all).hasSize(3);
    for (JsonNode vector : all) {
      Slice prologue = slice(vector, "prologue");
      KeyPair is = keyPair(vector, "initiatorStaticSeed");
      KeyPair rs = keyPair(vector, "responderStaticSeed");
      KeyPair ie = keyPair(vector, "initiatorEphemeralSeed");
      KeyPair re = keyPair(vector, "responderEphemeralSeed");
      boolean isXx = vector.get("pattern").asText().equals("XX");
      NoiseHandshake initiator =
          isXx
              ? NoiseHandshake.xx(Role.INITIATOR, is, ie, prologue)
              : NoiseHandshake.ikInitiator(is, ie, rs.publicKey(), prologue);
      NoiseHandshake responder =
          isXx
              ? NoiseHandshake.xx(Role.RESPONDER, rs, re, prologue)
              : NoiseHandshake.ikResponder(rs, re, prologue);
      for (JsonNode step : vector.get("steps")) {
        boolean isForward = step.get("from").asText().equals("initiator");
        NoiseHandshake from = isForward ? initiator : responder;
        NoiseHandshake to = isForward ? responder : initiator;
        assertThat(from.write(slice(step, "payload"))).isEqualTo(bytes(step, "message"));
        assertThat(to.read(slice(step, "message"))).isEqualTo(bytes(step, "received"));
      }
      assertThat(initiator.session().handshakeHash()).isEqualTo(slice(vector, "handshakeHash"));
      assertThat(responder.session().handshakeHash()).isEqualTo(slice(vector, "handshakeHash"));
      assertThat(initiator.session().transmitKey()).isEqualTo(bytes(vector, "initiatorTx"));
      assertThat(initiator.session().receiveKey()).isEqualTo(bytes(vector, "initiatorRx"));
      assertThat(responder.session().transmitKey()).isEqualTo(bytes(vector, "responderTx"));
      assertThat(responder.session().receiveKey()).isEqualTo(bytes(vector, "initiatorTx"));
      assertThat(initiator.session().remotePublicKey())
          .isEqualTo(fixed32(vector, "responderStaticPublicKey"));
      assertThat(responder.session().remotePublicKey())
          .isEqualTo(fixed32(vector, "initiatorStaticPublicKey"));
    }
  }
}
