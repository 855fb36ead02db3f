package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.securestream.Vectors.bytes;
import static org.peerstead.securestream.Vectors.fixed32;
import static org.peerstead.securestream.Vectors.keyPair;
import static org.peerstead.securestream.Vectors.slice;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.Vectors;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Vectors of hypercore-crypto 3.7.0, hypercore-id-encoding 1.3.0 and noise-curve-ed 2.1.0. */
class CryptoVectorTest {
  private static final JsonNode CRYPTO = Vectors.load("crypto.json");

  @Test
  void namespaces_shouldBeTheSame() {
    for (JsonNode each : CRYPTO.get("namespaces")) {
      List<String> expected = new ArrayList<>();
      each.get("list").forEach(value -> expected.add(value.asText()));
      assertThat(Namespaces.of(each.get("name").asText(), expected.size()))
          .extracting(Fixed32::toString)
          .isEqualTo(expected);
    }
  }

  @Test
  void keyPairs_shouldBeTheSame() throws Exception {
    for (JsonNode each : CRYPTO.get("keyPairs")) {
      KeyPair pair = keyPair(each, "seed");
      assertThat(pair.publicKey()).isEqualTo(fixed32(each, "publicKey"));
      assertThat(HexFormat.of().formatHex(pair.seed()) + pair.publicKey())
          .isEqualTo(each.get("secretKey").asText());
      assertThat(Namespaces.discoveryKey(pair.publicKey()))
          .isEqualTo(fixed32(each, "discoveryKeyOfPublicKey"));
      String text = each.get("z32").asText();
      assertThat(KeyText.encode(pair.publicKey())).isEqualTo(text);
      assertThat(KeyText.parse(text)).isEqualTo(pair.publicKey());
      assertThat(KeyText.parse("pear://" + text + "/a/b")).isEqualTo(pair.publicKey());
      assertThat(KeyText.parse(pair.publicKey().toString())).isEqualTo(pair.publicKey());
    }
  }

  @Test
  void leafHashes_shouldBeTheSame() {
    for (JsonNode each : CRYPTO.get("leaves")) {
      byte[] data = bytes(each, "dataHex");
      byte[] head = new byte[9];
      for (int i = 0; i < 8; i++) {
        head[1 + i] = (byte) ((long) data.length >>> 8 * i);
      }
      assertThat(Blake2b.hash(Slice.of(head), Slice.of(data))).isEqualTo(fixed32(each, "hash"));
    }
  }

  @Test
  void signatures_shouldBeTheSameAndVerify() throws Exception {
    int seen = 0;
    for (JsonNode each : CRYPTO.get("signatures")) {
      if (!each.has("signer")) {
        // Signatures of several signers are a list; they belong to hypercore.
        continue;
      }
      JsonNode signer = null;
      for (JsonNode pair : CRYPTO.get("keyPairs")) {
        if (pair.get("label").asText().equals(each.get("signer").asText())) {
          signer = pair;
        }
      }
      assertThat(signer).isNotNull();
      Slice message = slice(each, "signable");
      Slice signature = slice(each, "ed25519");
      KeyPair pair = keyPair(signer, "seed");
      assertThat(Slice.of(pair.sign(message))).isEqualTo(signature);
      assertThat(VerifyKey.of(pair.publicKey()).verify(message, signature)).isTrue();
      seen++;
    }
    assertThat(seen).isGreaterThanOrEqualTo(3);
  }

  @Test
  void corestoreKeys_shouldBeTheSame() {
    JsonNode store = CRYPTO.get("corestore");
    for (JsonNode each : store.get("cores")) {
      KeyPair pair =
          Namespaces.keyPair(
              bytes(store, "primaryKey"), fixed32(each, "namespace"), each.get("name").asText());
      assertThat(pair.seed()).isEqualTo(bytes(each, "seed"));
      assertThat(pair.publicKey()).isEqualTo(fixed32(each, "publicKey"));
    }
    assertThat(Namespaces.child(Fixed32.of(new byte[32]), "app"))
        .isEqualTo(fixed32(store.get("cores").get(1), "namespace"));
  }

  @Test
  void capabilities_shouldBeKeyedHashesOfTheHandshake() {
    JsonNode capability = CRYPTO.get("capability");
    List<Fixed32> namespaces = Namespaces.of("hypercore", 3);
    Slice key = slice(capability, "key");
    Slice hash = slice(capability, "handshakeHash");
    // The layout belongs to hypercore; here it shows that 64 byte keys work.
    assertThat(Blake2b.keyedHash(hash, namespaces.get(1).toSlice(), key))
        .isEqualTo(fixed32(capability, "initiator"));
    assertThat(Blake2b.keyedHash(hash, namespaces.get(2).toSlice(), key))
        .isEqualTo(fixed32(capability, "responder"));
  }

  @Test
  void agreement_shouldBeTheSameOnBothSides() throws Exception {
    for (JsonNode each : Vectors.load("noise.json").get("dh")) {
      KeyPair a = keyPair(each, "seedA");
      KeyPair b = keyPair(each, "seedB");
      assertThat(a.publicKey()).isEqualTo(fixed32(each, "publicA"));
      assertThat(PointAgreement.clampedScalar(a)).isEqualTo(bytes(each, "clampedScalarA"));
      assertThat(PointAgreement.agree(a, b.publicKey())).isEqualTo(bytes(each, "shared"));
      assertThat(PointAgreement.agree(b, a.publicKey())).isEqualTo(bytes(each, "shared"));
    }
  }

  @Test
  void secretBox_shouldOpenWhatLibsodiumSealed() throws Exception {
    JsonNode vector = Vectors.load("secretstream.json").get("unordered");
    byte[] nonce = java.util.Arrays.copyOf(bytes(vector, "counter"), SecretBox.NONCE_BYTES);
    Slice box = slice(vector, "envelope").range(8, 8 + 16 + 5);
    assertThat(SecretBox.open(bytes(vector, "key"), nonce, box)).isEqualTo(bytes(vector, "plain"));
    assertThat(SecretBox.seal(bytes(vector, "key"), nonce, slice(vector, "plain")))
        .isEqualTo(box.toByteArray());
  }
}
