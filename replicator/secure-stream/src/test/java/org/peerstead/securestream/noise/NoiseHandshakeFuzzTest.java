package org.peerstead.securestream.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseException.Reason;
import org.peerstead.securestream.noise.NoiseHandshake.State;
import org.peerstead.simulation.SeededCases;

/** A handshake with any change on its way fails, and what failed stays failed. */
class NoiseHandshakeFuzzTest {
  private static KeyPair pair(RandomGenerator random) {
    byte[] seed = new byte[32];
    random.nextBytes(seed);
    return KeyPair.fromSeed(seed);
  }

  private static NoiseHandshake[] pair(RandomGenerator random, boolean isXx) {
    KeyPair responder = pair(random);
    Slice prologue = Slice.of(new byte[] {(byte) random.nextInt()});
    return isXx
        ? new NoiseHandshake[] {
          NoiseHandshake.xx(Role.INITIATOR, pair(random), pair(random), prologue),
          NoiseHandshake.xx(Role.RESPONDER, responder, pair(random), prologue)
        }
        : new NoiseHandshake[] {
          NoiseHandshake.ikInitiator(pair(random), pair(random), responder.publicKey(), prologue),
          NoiseHandshake.ikResponder(responder, pair(random), prologue)
        };
  }

  @Test
  void anyChange_shouldEndTheHandshake() {
    SeededCases.of("changed handshakes", 11, 60)
        .run(random -> {
          boolean isXx = random.nextBoolean();
          NoiseHandshake[] sides = pair(random, isXx);
          int messages = isXx ? 3 : 2;
          int changed = random.nextInt(messages);
          NoiseException failure = null;
          for (int i = 0; i < messages && failure == null; i++) {
            byte[] message;
            try {
              message = sides[i % 2].write(Slice.of(new byte[random.nextInt(20)]));
            } catch (NoiseException e) {
              // A changed ephemeral key shows when a secret is to be agreed with it.
              assertThat(e.reason()).isEqualTo(Reason.INVALID_POINT);
              assertThat(sides[i % 2].state()).isEqualTo(State.FAILED);
              failure = e;
              continue;
            }
            NoiseHandshake reader = sides[1 - i % 2];
            if (i < changed) {
              reader.read(Slice.of(message));
              continue;
            }
            byte[] bytes = message.clone();
            if (random.nextInt(4) == 0) {
              bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            } else {
              bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Slice hostile = Slice.of(bytes);
            failure = catchThrowableOfType(NoiseException.class, () -> reader.read(hostile));
            if (failure != null) {
              assertThat(reader.state()).isEqualTo(State.FAILED);
              assertThatIllegalStateException().isThrownBy(reader::session);
              assertThatIllegalStateException().isThrownBy(() -> reader.read(Slice.EMPTY));
              assertThatIllegalStateException().isThrownBy(() -> reader.write(Slice.EMPTY));
            } else {
              // The first message of XX authenticates nothing; the second one notices.
              assertThat(isXx && i == 0).isTrue();
            }
          }
          if (failure == null) {
            throw new AssertionError("nobody noticed");
          }
        });
  }

  @Test
  void longMessages_shouldBeRefusedBeforeTheyAreRead() {
    NoiseHandshake reader = pair(new java.util.SplittableRandom(1), true)[1];
    Slice message = Slice.of(new byte[NoiseHandshake.MAX_MESSAGE_BYTES + 1]);
    assertThat(catchThrowableOfType(NoiseException.class, () -> reader.read(message)).reason())
        .isEqualTo(Reason.BAD_LENGTH);
  }

  @Test
  void ephemeralKeysOfSmallOrder_shouldBeRefused() {
    NoiseHandshake reader = pair(new java.util.SplittableRandom(1), false)[1];
    byte[] message = new byte[96];
    assertThat(
            catchThrowableOfType(NoiseException.class, () -> reader.read(Slice.of(message)))
                .reason())
        .isEqualTo(Reason.INVALID_POINT);
  }

  @Test
  void write_shouldRefuseAResponderThatIsNoKey() {
    KeyPair own = KeyPair.fromSeed(new byte[32]);
    NoiseHandshake initiator =
        NoiseHandshake.ikInitiator(own, own, Fixed32.of(new byte[32]), Slice.EMPTY);
    assertThat(
            catchThrowableOfType(NoiseException.class, () -> initiator.write(Slice.EMPTY)).reason())
        .isEqualTo(Reason.INVALID_POINT);
    assertThat(initiator.state()).isEqualTo(State.FAILED);
  }

  @Test
  void turns_shouldBeKept() throws Exception {
    NoiseHandshake[] sides = pair(new java.util.SplittableRandom(2), true);
    assertThatIllegalStateException().isThrownBy(() -> sides[0].read(Slice.EMPTY));
    assertThatIllegalStateException().isThrownBy(() -> sides[1].write(Slice.EMPTY));
    sides[0].write(Slice.EMPTY);
    sides[0].close();
    assertThat(sides[0].state()).isEqualTo(State.FAILED);
  }
}
