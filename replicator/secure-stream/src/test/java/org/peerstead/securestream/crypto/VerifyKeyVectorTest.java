package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.securestream.Vectors.fixed32;
import static org.peerstead.securestream.Vectors.slice;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peerstead.securestream.Vectors;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

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

  /** The first three of RFC 8032, section 7.1. */
  @ParameterizedTest
  @CsvSource({
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a,'',"
        + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c,72,"
        + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
        + "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025,af82,"
        + "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
        + "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
  })
  void verify_shouldAcceptTheSignaturesOfTheStandard(
      String publicKey, String message, String signature) throws CryptoException {
    VerifyKey key = VerifyKey.of(Fixed32.fromHex(publicKey));

    assertThat(key.verify(Slice.fromHex(message), Slice.fromHex(signature))).isTrue();
    assertThat(key.verify(Slice.fromHex(message + "00"), Slice.fromHex(signature))).isFalse();
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
