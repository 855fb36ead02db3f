package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

class Blake2bPropertiesTest {
  @Test
  void digest_shouldBeBouncyCastlesWhateverThePieces() {
    SeededCases.of("BLAKE2b of pieces", 7693, 2_000)
        .run(random -> {
          byte[] input = new byte[random.nextInt(random.nextBoolean() ? 300 : 3_000)];
          byte[] key = new byte[random.nextBoolean() ? 0 : 1 + random.nextInt(64)];
          new Random(random.nextLong()).nextBytes(input);
          new Random(random.nextLong()).nextBytes(key);
          int digestBytes = 1 + random.nextInt(64);
          byte[] expected = new byte[digestBytes];
          Blake2bDigest reference =
              new Blake2bDigest(key.length == 0 ? null : key, digestBytes, null, null);
          reference.update(input, 0, input.length);
          reference.doFinal(expected, 0);
          Blake2b ours =
              key.length == 0 ? Blake2b.unkeyed(digestBytes) : Blake2b.keyed(key, digestBytes);

          for (int use = 0; use < 2; use++) {
            for (int at = 0; at < input.length; ) {
              int piece = Math.min(input.length - at, random.nextInt(400));
              ours.update(input, at, piece);
              at += piece;
            }
            byte[] digest = new byte[digestBytes + 2];
            ours.finish(digest, 1);
            assertThat(Arrays.copyOfRange(digest, 1, digestBytes + 1)).isEqualTo(expected);
          }
        });
  }

  @Test
  void sizesOutsideTheSpecification_shouldBeRefused() {
    assertThatThrownBy(() -> Blake2b.unkeyed(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Blake2b.unkeyed(65)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Blake2b.keyed(new byte[65], 32))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Blake2b.keyed(new byte[0], 32))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
