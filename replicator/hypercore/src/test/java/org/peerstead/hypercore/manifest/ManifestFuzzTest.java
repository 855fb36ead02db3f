package org.peerstead.hypercore.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.manifest.HeadException.Reason;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Bytes that are no manifest or no signature, or no longer. */
class ManifestFuzzTest {
  private static final JsonNode CRYPTO = Vectors.load("crypto.json");
  private static final List<byte[]> MANIFESTS = recorded("manifests", "encoded");
  private static final List<byte[]> SIGNATURES = recorded("signatures", "signature");

  /** Two leaves, so that patches of any length have something to begin with. */
  private static final TreeHead HEAD =
      TreeHead.of(0, List.of(new TreeNode(1, 8, Fixed32.of(new byte[32]))));

  private static List<byte[]> recorded(String list, String field) {
    List<byte[]> bytes = new ArrayList<>();
    CRYPTO.get(list).forEach(each -> bytes.add(Vectors.bytes(each, field)));
    return bytes;
  }

  @Test
  void anyBytes_shouldBeAManifestOrBeRefused() {
    SeededCases.of("bytes as manifests", 28, 20_000)
        .run(random -> {
          byte[] bytes = new byte[random.nextInt(200)];
          new Random(random.nextLong()).nextBytes(bytes);
          // Half of them get over the first fields.
          if (bytes.length > 2 && random.nextBoolean()) {
            bytes[0] = (byte) random.nextInt(4);
            bytes[1] = (byte) random.nextInt(16);
            bytes[2] = 0;
          }
          decode(bytes);
        });
  }

  @Test
  void changedManifests_shouldBeAnotherCoresOrBeRefused() {
    SeededCases.of("changed manifests", 29, 20_000)
        .run(random -> {
          byte[] original = MANIFESTS.get(random.nextInt(MANIFESTS.size()));
          Manifest manifest = decode(changed(original, random));
          if (manifest != null && !manifest.encode().equals(Slice.of(original))) {
            assertThat(manifest.coreKey())
                .isNotEqualTo(Manifest.decode(Slice.of(original)).coreKey());
          }
        });
  }

  @Test
  void changedSignatures_shouldBeRefusedWithAReason() {
    SeededCases.of("changed signatures", 30, 4_000)
        .run(random -> {
          Manifest manifest =
              Manifest.decode(Slice.of(MANIFESTS.get(random.nextInt(MANIFESTS.size()))));
          byte[] signature = changed(SIGNATURES.get(random.nextInt(SIGNATURES.size())), random);
          try {
            // A head that nobody signed: whatever comes along, it must not be taken.
            new HeadVerifier(manifest, manifest.coreKey()).verify(HEAD, Slice.of(signature));
            throw new AssertionError("taken: " + Slice.of(signature).toHex());
          } catch (HeadException e) {
            assertThat(e.reason())
                .isIn(
                    Reason.MALFORMED_SIGNATURE,
                    Reason.QUORUM,
                    Reason.BAD_SIGNATURE,
                    Reason.PROLOGUE);
          }
        });
  }

  private static byte[] changed(byte[] original, RandomGenerator random) {
    byte[] bytes = original.clone();
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length + 4));
  }

  /** What decodes must survive being written and read again. */
  private static @Nullable Manifest decode(byte[] bytes) throws HeadException {
    Manifest manifest;
    try {
      manifest = Manifest.decode(Slice.of(bytes));
    } catch (HeadException e) {
      assertThat(e.reason()).isEqualTo(Reason.MALFORMED_MANIFEST);
      return null;
    }
    assertThat(Manifest.decode(manifest.encode())).isEqualTo(manifest);
    return manifest;
  }
}
