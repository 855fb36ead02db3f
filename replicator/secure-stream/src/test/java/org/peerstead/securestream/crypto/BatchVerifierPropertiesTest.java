package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.peerstead.securestream.Vectors.fixed32;
import static org.peerstead.securestream.Vectors.slice;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.Vectors;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Batches beside the judgement of each signature alone. */
class BatchVerifierPropertiesTest {
  private record Signed(Fixed32 publicKey, Slice message, Slice signature) {
    boolean holds() {
      try {
        return VerifyKey.of(publicKey).verify(message, signature);
      } catch (CryptoException e) {
        return false;
      }
    }

    boolean addTo(BatchVerifier batch) {
      return batch.add(publicKey, message, signature);
    }
  }

  private static byte[] bytes(RandomGenerator random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static Signed signed(RandomGenerator random) {
    KeyPair pair = KeyPair.fromSeed(bytes(random, 32));
    Slice message = Slice.of(bytes(random, random.nextInt(100)));
    // Not at the start of its array.
    byte[] room = new byte[70];
    System.arraycopy(pair.sign(message), 0, room, 5, 64);
    return new Signed(pair.publicKey(), message, Slice.of(room, 5, 64));
  }

  private static Signed changed(Signed signed, RandomGenerator random) {
    byte[] publicKey = signed.publicKey().toBytes();
    byte[] message = signed.message().toByteArray();
    byte[] signature = signed.signature().toByteArray();
    switch (random.nextInt(3)) {
      case 0 -> publicKey[random.nextInt(32)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> signature[random.nextInt(64)] ^= (byte) (1 << random.nextInt(8));
      default -> message = Arrays.copyOf(message, message.length + 1);
    }
    return new Signed(Fixed32.of(publicKey), Slice.of(message), Slice.of(signature));
  }

  @Test
  void verifyAll_shouldHoldExactlyWhenEachHolds() {
    SeededCases.of("batches", 64, 300)
        .run(random -> {
          BatchVerifier batch = new BatchVerifier(20, random::nextBytes);
          // A batch leaves nothing behind for the next one.
          for (int round = 0; round < 3; round++) {
            boolean allHold = true;
            int count = random.nextInt(21);
            int wrong = random.nextBoolean() ? -1 : random.nextInt(21);
            for (int i = 0; i < count; i++) {
              Signed each = i == wrong ? changed(signed(random), random) : signed(random);
              if (each.addTo(batch)) {
                allHold &= each.holds();
              } else {
                assertThat(each.holds()).isFalse();
              }
            }
            assertThat(batch.verifyAll()).isEqualTo(allHold);
            assertThat(batch.size()).isZero();
          }
        });
  }

  /** Wrong signatures whose errors are opposite must not cancel out. */
  @Test
  void verifyAll_shouldNotLetErrorsCancelOut() {
    SeededCases.of("opposite errors", 65, 100)
        .run(random -> {
          BatchVerifier batch = new BatchVerifier(2, random::nextBytes);
          for (int sign = 1; sign >= -1; sign -= 2) {
            Signed each = signed(random);
            byte[] signature = each.signature().toByteArray();
            // S is below 2^253, so one more or less in the second byte has no carry in most cases.
            signature[33] += (byte) sign;
            assertThat(
                    new Signed(each.publicKey(), each.message(), Slice.of(signature)).addTo(batch))
                .isTrue();
          }
          assertThat(batch.verifyAll()).isFalse();
        });
  }

  /** Crafted signatures: what libsodium takes is taken; of the rest only torsion passes. */
  @Test
  void verifyAll_shouldDifferFromLibsodiumInTorsionOnly() {
    SeededCases.of("crafted signatures", 66, 3)
        .run(random -> {
          BatchVerifier batch = new BatchVerifier(1, random::nextBytes);
          int passed = 0;
          for (JsonNode each : Vectors.load("ed25519-verify.json")) {
            Signed signed =
                new Signed(
                    fixed32(each, "publicKey"), slice(each, "message"), slice(each, "signature"));
            boolean holds = signed.addTo(batch);
            holds &= batch.verifyAll();
            String name = each.get("name").asText();
            if (each.get("valid").asBoolean()) {
              assertThat(holds).as(name).isTrue();
            } else if (holds) {
              passed++;
              assertThat(name).matches("A\\+[0-7] R\\+[0-7] #\\d+");
            }
          }
          assertThat(passed).isPositive();
        });
  }

  @Test
  void add_shouldRefuseWhatIsWrongByItself() {
    RandomGenerator random = new java.util.SplittableRandom(1);
    BatchVerifier batch = new BatchVerifier(1, random::nextBytes);
    assertThat(batch.capacity()).isOne();
    assertThat(batch.verifyAll()).isTrue();
    Signed signed = signed(random);
    assertThat(batch.add(signed.publicKey(), signed.message(), signed.signature().range(0, 63)))
        .isFalse();
    assertThat(batch.add(Fixed32.of(new byte[32]), signed.message(), signed.signature())).isFalse();
    assertThat(batch.size()).isZero();
    assertThat(signed.addTo(batch)).isTrue();
    assertThatIllegalStateException().isThrownBy(() -> signed.addTo(batch));
    assertThat(batch.verifyAll()).isTrue();
    assertThatIllegalArgumentException().isThrownBy(() -> new BatchVerifier(0, random::nextBytes));
  }
}
