package org.peerstead.hypercore.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.manifest.HeadException.Reason;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Manifests, keys and signatures of {@code vectors/crypto.json}. */
class ManifestVectorTest {
  private static final JsonNode CRYPTO = Vectors.load("crypto.json");

  static List<JsonNode> manifests() {
    return list(CRYPTO.get("manifests"));
  }

  static List<JsonNode> signatures() {
    return list(CRYPTO.get("signatures")).stream()
        .filter(each -> !each.get("scheme").asText().contains("legacy"))
        .toList();
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> list = new ArrayList<>();
    array.forEach(list::add);
    return list;
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void manifest_shouldBeReadWrittenAndHashedAsNpmDoes(JsonNode vector) throws Exception {
    Manifest manifest = Manifest.decode(Vectors.slice(vector, "encoded"));

    assertThat(manifest.encode()).isEqualTo(Vectors.slice(vector, "encoded"));
    assertThat(manifest.coreKey()).isEqualTo(Vectors.fixed32(vector, "key"));
    assertThat(manifest.version()).isEqualTo(vector.get("version").asInt());
    assertThat(manifest.quorum()).isEqualTo(vector.get("quorum").asInt());
    assertThat(manifest.allowPatch()).isEqualTo(vector.get("allowPatch").asBoolean());
    assertThat(manifest.signers()).hasSize(vector.get("signers").size());
  }

  @Test
  void defaultManifests_shouldBeNpms() {
    JsonNode alice = list(CRYPTO.get("keyPairs")).getFirst();
    Fixed32 publicKey = Vectors.fixed32(alice, "publicKey");
    List<Fixed32> three =
        list(CRYPTO.get("keyPairs")).stream()
            .map(each -> Vectors.fixed32(each, "publicKey"))
            .toList();

    assertThat(Manifest.ofKeyPair(publicKey).encode())
        .isEqualTo(Vectors.slice(manifests().getFirst(), "encoded"));
    assertThat(Manifest.ofSigners(three).encode())
        .isEqualTo(Vectors.slice(manifests().get(6), "encoded"));
  }

  @ParameterizedTest
  @MethodSource("signatures")
  void signature_shouldBeAcceptedAndAnyOtherRefused(JsonNode vector) throws Exception {
    Fixed32 key = Vectors.fixed32(vector, "key");
    HeadVerifier verifier = new HeadVerifier(manifestOf(key), key);
    TreeHead head = head(vector);
    Slice signature = Vectors.slice(vector, "signature");

    verifier.verify(head, signature);

    // Behind the first signature there may be numbers and nodes that nobody looks at.
    int start = signature.length() > KeyPair.SIGNATURE_BYTES ? 2 : 0;
    int end = (start + KeyPair.SIGNATURE_BYTES) * 8;
    for (int bit = start * 8; bit < end; bit += 5) {
      byte[] changed = signature.toByteArray();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      int at = bit;
      assertThatThrownBy(() -> verifier.verify(head, Slice.of(changed)))
          .as("bit %s", at)
          .isInstanceOf(HeadException.class);
    }
    assertThatThrownBy(() -> verifier.verify(head.withFork(head.fork() + 1), signature))
        .isInstanceOf(HeadException.class);
  }

  @ParameterizedTest
  @MethodSource("signatures")
  void signature_shouldBeMadeAsNpmDoes(JsonNode vector) throws Exception {
    Fixed32 key = Vectors.fixed32(vector, "key");
    Manifest manifest = manifestOf(key);
    if (!vector.has("signer")) {
      return;
    }
    KeyPair alice = Vectors.keyPair(list(CRYPTO.get("keyPairs")).getFirst(), "seed");

    assertThat(HeadSigner.sign(manifest, key, alice, head(vector)))
        .isEqualTo(Vectors.slice(vector, "signature"));
  }

  @Test
  void twoOfThree_shouldBePutTogetherAsNpmDoes() throws Exception {
    JsonNode vector =
        signatures().stream()
            .filter(each -> each.get("scheme").asText().startsWith("v1 two of three (signers 0"))
            .findFirst()
            .orElseThrow();
    Fixed32 key = Vectors.fixed32(vector, "key");
    Manifest manifest = manifestOf(key);
    List<HeadSigner.Part> parts = new ArrayList<>();
    for (JsonNode pair : CRYPTO.get("keyPairs")) {
      parts.add(HeadSigner.part(manifest, key, Vectors.keyPair(pair, "seed"), head(vector)));
    }
    parts.sort((a, b) -> Integer.compare(a.signer(), b.signer()));
    parts.remove(1);

    Slice signature = HeadSigner.assemble(manifest, parts);
    assertThat(signature).isEqualTo(Vectors.slice(vector, "signature"));

    HeadVerifier verifier = new HeadVerifier(manifest, key);
    assertReason(
        () -> verifier.verify(head(vector), HeadSigner.assemble(manifest, parts.subList(0, 1))),
        Reason.QUORUM);
    assertReason(
        () ->
            verifier.verify(
                head(vector),
                HeadSigner.assemble(manifest, List.of(parts.getFirst(), parts.getFirst()))),
        Reason.BAD_SIGNATURE);
  }

  @Test
  void prologue_shouldStandWithoutASignature() throws Exception {
    TreeHead five = TreeHead.of(0, roots(3, 8));
    Manifest manifest =
        new Manifest(
            1, false, 0, List.of(), new Manifest.Prologue(five.treeHash(), 5), List.of(), null);
    HeadVerifier verifier = new HeadVerifier(manifest, manifest.coreKey());

    verifier.verify(five, Slice.EMPTY);
    assertReason(() -> verifier.verify(TreeHead.of(0, roots(3)), Slice.EMPTY), Reason.PROLOGUE);
  }

  @Test
  void manifestOfAnotherCore_shouldBeRefused() {
    Fixed32 key = Vectors.fixed32(manifests().get(1), "key");

    assertReason(
        () ->
            new HeadVerifier(
                Manifest.decode(Vectors.slice(manifests().getFirst(), "encoded")), key),
        Reason.WRONG_MANIFEST);
  }

  @Test
  void malformedManifest_shouldBeRefusedWithItsReason() {
    String valid = manifests().get(5).get("encoded").asText();
    for (String hex :
        List.of(
            "",
            "04" + valid.substring(2),
            "010001" + valid.substring(6),
            valid.substring(0, valid.length() - 2),
            "000003",
            "0100000101" + "01" + "00".repeat(64),
            "01000002feffffffff")) {
      assertReason(
          () -> Manifest.decode(Slice.of(HexFormat.of().parseHex(hex))), Reason.MALFORMED_MANIFEST);
    }
  }

  private static void assertReason(ThrowingCallable call, Reason reason) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(HeadException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  private static Manifest manifestOf(Fixed32 key) throws HeadException {
    for (JsonNode each : manifests()) {
      if (Vectors.fixed32(each, "key").equals(key)) {
        return Manifest.decode(Vectors.slice(each, "encoded"));
      }
    }
    return Manifest.compat(key);
  }

  private static TreeHead head(JsonNode vector) {
    long fork = vector.get("fork").asLong();
    return vector.get("length").asInt() == 4
        ? TreeHead.of(fork, roots(3))
        : TreeHead.of(fork, roots(3, 8));
  }

  private static List<TreeNode> roots(long... indexes) {
    List<TreeNode> roots = new ArrayList<>();
    for (long index : indexes) {
      for (JsonNode node : CRYPTO.get("tree").get("nodes")) {
        if (node.get("index").asLong() == index) {
          roots.add(new TreeNode(index, node.get("size").asLong(), Vectors.fixed32(node, "hash")));
        }
      }
    }
    return roots;
  }
}
