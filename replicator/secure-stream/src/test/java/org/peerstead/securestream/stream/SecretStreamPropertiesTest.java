package org.peerstead.securestream.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.Role;
import org.peerstead.securestream.stream.SecretStream.Output;
import org.peerstead.securestream.stream.SecretStream.State;
import org.peerstead.securestream.stream.StreamException.Reason;
import org.peerstead.simulation.SeededCases;

/** Two ends joined by a wire that cuts anywhere. */
class SecretStreamPropertiesTest {
  private static final SecretStreamConfig QUIET =
      new SecretStreamConfig(FrameAssembler.MAX_CONTENT_BYTES, 1 << 20, 0, 0);

  private static final class End {
    final SecretStream stream;
    final List<Slice> messages = new ArrayList<>();
    final List<Slice> wire = new ArrayList<>();
    Reason failure;
    boolean isEnded;

    End(Role role, RandomGenerator random, SecretStreamConfig config) {
      Entropy entropy = random::nextBytes;
      stream = SecretStream.overRawStream(role, KeyPair.generate(entropy), entropy, config, 0);
      drain();
    }

    void drain() {
      for (Output output = stream.poll(); output != null; output = stream.poll()) {
        switch (output) {
          case Output.Transmit(Slice bytes) -> wire.add(bytes);
          case Output.Connected connected -> assertThat(connected.session()).isNotNull();
          case Output.Message(Slice plain) -> messages.add(plain.copy());
          case Output.Ended() -> isEnded = true;
          case Output.Failed(Reason reason, String message) -> failure = reason;
        }
      }
      assertThat(stream.pendingBytes()).isZero();
    }

    byte[] takeWire() {
      byte[] all = new byte[wire.stream().mapToInt(Slice::length).sum()];
      int position = 0;
      for (Slice bytes : wire) {
        bytes.copyTo(all, position);
        position += bytes.length();
      }
      wire.clear();
      return all;
    }

    void receiveInPieces(byte[] bytes, RandomGenerator random) {
      for (int from = 0; from < bytes.length; ) {
        int length = Math.min(bytes.length - from, 1 + random.nextInt(1 << random.nextInt(15)));
        // The array is overwritten at once: the stream must have copied what it needs.
        byte[] piece = java.util.Arrays.copyOfRange(bytes, from, from + length);
        stream.receive(0, Slice.of(piece));
        java.util.Arrays.fill(piece, (byte) 0x5a);
        from += length;
      }
      drain();
    }
  }

  private static void shake(End a, End b, RandomGenerator random) {
    while (!a.wire.isEmpty() || !b.wire.isEmpty()) {
      b.receiveInPieces(a.takeWire(), random);
      a.receiveInPieces(b.takeWire(), random);
    }
  }

  @Test
  void messages_shouldArriveInOrderHoweverTheWireCuts() {
    SeededCases.of("two ends", 21, 60)
        .run(random -> {
          End a = new End(Role.INITIATOR, random, QUIET);
          End b = new End(Role.RESPONDER, random, QUIET);
          shake(a, b, random);
          assertThat(a.stream.state()).isEqualTo(State.OPEN);
          assertThat(b.stream.state()).isEqualTo(State.OPEN);
          List<Slice> sent = new ArrayList<>();
          for (int i = random.nextInt(12); i >= 0; i--) {
            byte[] message = new byte[random.nextInt(1 << random.nextInt(17))];
            random.nextBytes(message);
            sent.add(Slice.of(message.clone()));
            assertThat(a.stream.send(0, Slice.of(message))).isTrue();
            java.util.Arrays.fill(message, (byte) 0);
            a.drain();
          }
          b.receiveInPieces(a.takeWire(), random);
          assertThat(b.messages).isEqualTo(sent);
          assertThat(b.stream.heldBytes()).isZero();
          b.stream.remoteEnded();
          b.drain();
          assertThat(b.isEnded).isTrue();
          assertThat(b.failure).isNull();
        });
  }

  @Test
  void anyChangeOfTheWire_shouldEndTheStream() {
    SeededCases.of("changed wire", 22, 80)
        .run(random -> {
          End a = new End(Role.INITIATOR, random, QUIET);
          End b = new End(Role.RESPONDER, random, QUIET);
          int steps = random.nextInt(3);
          for (int i = 0; i < steps; i++) {
            b.receiveInPieces(a.takeWire(), random);
            a.receiveInPieces(b.takeWire(), random);
          }
          if (a.stream.state() == State.OPEN) {
            a.stream.send(0, Slice.of(new byte[random.nextInt(50)]));
            a.drain();
          }
          byte[] bytes = a.takeWire();
          if (bytes.length == 0) {
            return;
          }
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
          b.receiveInPieces(bytes, random);
          a.receiveInPieces(b.takeWire(), random);
          b.receiveInPieces(a.takeWire(), random);
          if (a.stream.state() == State.HEADER || a.stream.state() == State.OPEN) {
            // A changed secretstream header shows with the first message.
            a.stream.send(0, Slice.of(new byte[1]));
            a.drain();
            b.receiveInPieces(a.takeWire(), random);
          }
          b.stream.remoteEnded();
          a.stream.remoteEnded();
          a.drain();
          b.drain();
          assertThat(b.messages).isEmpty();
          assertThat(a.failure != null || b.failure != null).isTrue();
        });
  }

  @Test
  void anyBytes_shouldEndInATypedFailure() {
    SeededCases.of("random bytes", 23, 300)
        .run(random -> {
          End end = new End(random.nextBoolean() ? Role.INITIATOR : Role.RESPONDER, random, QUIET);
          byte[] bytes = new byte[random.nextInt(400)];
          random.nextBytes(bytes);
          if (bytes.length > 3 && random.nextBoolean()) {
            bytes[0] = (byte) random.nextInt(100);
            bytes[1] = 0;
            bytes[2] = 0;
          }
          end.receiveInPieces(bytes, random);
          end.stream.remoteEnded();
          end.drain();
          assertThat(end.failure).isNotNull();
          assertThat(end.stream.nextDeadlineNanos()).isEqualTo(SecretStream.NO_DEADLINE);
        });
  }

  @Test
  void announcedLengths_shouldNotBeAllocatedInAdvance() {
    RandomGenerator random = new SplittableRandom(1);
    End end = new End(Role.RESPONDER, random, QUIET);
    shake(new End(Role.INITIATOR, random, QUIET), end, random);
    end.stream.receive(0, Slice.fromHex("ffffff"));
    end.stream.receive(0, Slice.of(new byte[100]));
    assertThat(end.stream.heldBytes()).isEqualTo(100);
    End strict = new End(Role.RESPONDER, random, new SecretStreamConfig(1000, 1, 0, 0));
    strict.stream.receive(0, Slice.fromHex("e90300"));
    strict.drain();
    assertThat(strict.failure).isEqualTo(Reason.BAD_LENGTH);
  }

  @Test
  void strangers_shouldSendSmallFramesOnly() {
    RandomGenerator random = new SplittableRandom(2);
    End end = new End(Role.RESPONDER, random, QUIET);
    end.stream.receive(0, Slice.fromHex("010400"));
    end.drain();
    assertThat(end.failure).isEqualTo(Reason.BAD_LENGTH);
  }

  @Test
  void silence_shouldBeFilledAndThenEndTheStream() {
    RandomGenerator random = new SplittableRandom(2);
    SecretStreamConfig timed = new SecretStreamConfig(1000, 1000, 5, 30);
    End a = new End(Role.INITIATOR, random, timed);
    End b = new End(Role.RESPONDER, random, timed);
    shake(a, b, random);
    assertThat(a.stream.nextDeadlineNanos()).isEqualTo(5);
    a.stream.onDeadline(4);
    a.drain();
    assertThat(a.wire).isEmpty();
    a.stream.onDeadline(5);
    a.drain();
    assertThat(a.takeWire()).hasSize(3 + 17);
    assertThat(a.stream.nextDeadlineNanos()).isEqualTo(10);
    a.stream.onDeadline(30);
    a.drain();
    assertThat(a.failure).isEqualTo(Reason.TIMED_OUT);
    assertThatIllegalStateException().isThrownBy(() -> a.stream.send(31, Slice.EMPTY));
  }

  @Test
  void send_shouldRefuseWhenNobodyPolls() {
    RandomGenerator random = new SplittableRandom(3);
    End a = new End(Role.INITIATOR, random, new SecretStreamConfig(1000, 100, 0, 0));
    assertThatIllegalStateException().isThrownBy(() -> a.stream.send(0, Slice.EMPTY));
    End b = new End(Role.RESPONDER, random, QUIET);
    shake(a, b, random);
    assertThat(a.stream.send(0, Slice.of(new byte[100]))).isTrue();
    assertThat(a.stream.send(0, Slice.of(new byte[1]))).isFalse();
    a.drain();
    assertThat(a.stream.send(0, Slice.of(new byte[1]))).isTrue();
    a.drain();
    b.receiveInPieces(a.takeWire(), random);
    assertThat(b.messages).hasSize(2);
  }

  @Test
  void headersOfAnotherStream_shouldBeRefused() {
    RandomGenerator random = new SplittableRandom(4);
    End a = new End(Role.INITIATOR, random, QUIET);
    End b = new End(Role.RESPONDER, random, QUIET);
    b.receiveInPieces(a.takeWire(), random);
    a.receiveInPieces(b.takeWire(), random);
    byte[] last = a.takeWire();
    // The third handshake message has 3 + 64 bytes, then the header frame follows.
    last[3 + 64 + 3] ^= 1;
    b.receiveInPieces(last, random);
    assertThat(b.failure).isEqualTo(Reason.BAD_HEADER);
  }
}
