package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.securestream.Vectors.fixed32;
import static org.peerstead.securestream.Vectors.slice;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.Vectors;

/**
 * Signatures on which implementations disagree, and what libsodium 1.0.18 and 1.0.21 (sodium-native
 * 5.1.0) say of them. {@code A+i R+j}: key and commitment with torsion parts of i and j eighths.
 */
class VerifyKeyVectorTest {
  @Test
  void verify_shouldDecideAsLibsodiumDoes() {
    int accepted = 0;
    JsonNode cases = Vectors.load("ed25519-verify.json");
    for (JsonNode each : cases) {
      boolean isValid = verify(each);
      assertThat(isValid)
          .as("%s", each.get("name").asText())
          .isEqualTo(each.get("valid").asBoolean());
      accepted += isValid ? 1 : 0;
    }
    assertThat(cases).hasSize(154);
    assertThat(accepted).isEqualTo(20);
  }

  private static boolean verify(JsonNode each) {
    try {
      return VerifyKey.of(fixed32(each, "publicKey"))
          .verify(slice(each, "message"), slice(each, "signature"));
    } catch (CryptoException e) {
      return false;
    }
  }
}
