package org.peerstead.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/** Damaged frames of real peers: each decodes, or fails with a reason; nothing else happens. */
class RepoFrameFuzzTest {
  @Test
  void decode_shouldFailOnlyWithAReason() throws Exception {
    List<RepoFrameVectorTest.Frame> frames = RepoFrameVectorTest.vectors();
    SeededCases.of("damaged frames", 1, 20_000)
        .run(random -> {
          byte[] frame = damage(frames.get(random.nextInt(frames.size())).bytes().clone(), random);
          try {
            RepoMessage message = RepoFrameCodec.decode(frame);
            assertThat(RepoFrameCodec.decode(RepoFrameCodec.encode(message))).isEqualTo(message);
          } catch (MalformedFrameException e) {
            assertThat(e.reason()).isNotNull();
          }
        });
  }

  @Test
  void decode_shouldSurviveNoise() throws Exception {
    SeededCases.of("noise", 1, 20_000)
        .run(random -> {
          byte[] frame = new byte[random.nextInt(64)];
          random.nextBytes(frame);
          try {
            RepoFrameCodec.decode(frame);
          } catch (MalformedFrameException e) {
            assertThat(e.reason()).isNotNull();
          }
        });
  }

  private static byte[] damage(byte[] frame, RandomGenerator random) {
    byte[] damaged = frame;
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(Math.max(1, damaged.length));
      switch (random.nextInt(4)) {
        case 0 -> damaged = Arrays.copyOf(damaged, at);
        case 1 -> damaged = Arrays.copyOf(damaged, damaged.length + 1 + random.nextInt(8));
        default -> {
          if (damaged.length > 0) {
            damaged[at] = (byte) random.nextInt();
          }
        }
      }
    }
    return damaged;
  }
}
