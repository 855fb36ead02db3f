package org.peerstead.discovery.mdns.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

class TopicDigestPropertiesTest {
  private static Fixed32 topic(RandomGenerator random) {
    var bytes = new byte[32];
    random.nextBytes(bytes);
    return Fixed32.of(bytes);
  }

  private static Slice salt(RandomGenerator random) {
    var bytes = new byte[TopicDigest.SALT_BYTES];
    random.nextBytes(bytes);
    return Slice.of(bytes);
  }

  private static Set<Fixed32> topics(int count, RandomGenerator random) {
    var topics = new HashSet<Fixed32>();
    while (topics.size() < count) {
      topics.add(topic(random));
    }
    return topics;
  }

  @Test
  void mayContain_shouldNeverMissATopic() {
    SeededCases.of("no false negatives", 7, 300)
        .run(random -> {
          Set<Fixed32> topics = topics(random.nextInt(TopicDigest.MAX_TOPICS + 1), random);
          TopicDigest digest = TopicDigest.of(salt(random), topics).orElseThrow();
          assertThat(topics).allMatch(digest::mayContain);
        });
  }

  @Test
  void mayContain_shouldBeWrongAboutOnceIn270Times_whenFull() {
    var random = new SplittableRandom(11);
    int wrong = 0;
    for (int round = 0; round < 20; round++) {
      TopicDigest digest =
          TopicDigest.of(salt(random), topics(TopicDigest.MAX_TOPICS, random)).orElseThrow();
      for (int i = 0; i < 5_000; i++) {
        wrong += digest.mayContain(topic(random)) ? 1 : 0;
      }
    }

    assertThat(wrong).isBetween(250, 500);
  }

  @Test
  void of_shouldGrowWithTheTopics_upToItsLimit() {
    var random = new SplittableRandom(13);
    Slice salt = salt(random);
    int[][] sizes = {
      {0, 24}, {16, 24}, {17, 48}, {32, 48}, {33, 96}, {64, 96}, {65, 192}, {128, 192}
    };
    for (int[] size : sizes) {
      assertThat(TopicDigest.of(salt, topics(size[0], random)).orElseThrow().bits().length())
          .as("%d topics", size[0])
          .isEqualTo(size[1]);
    }
    assertThat(TopicDigest.of(salt, topics(129, random))).isEmpty();
  }

  @Test
  void of_shouldShareNothingBetweenSalts() {
    var random = new SplittableRandom(17);
    Set<Fixed32> topics = topics(16, random);

    TopicDigest one = TopicDigest.of(salt(random), topics).orElseThrow();
    TopicDigest other = TopicDigest.of(salt(random), topics).orElseThrow();

    int common = 0;
    for (int i = 0; i < one.bits().length(); i++) {
      common += Integer.bitCount(one.bits().at(i) & other.bits().at(i) & 0xff);
    }
    // About 75 of 192 bits are set in each: by chance 29 in both.
    assertThat(common).isBetween(10, 50);
  }

  /** Another implementation must come to these bytes. */
  @Test
  void of_shouldGiveThePublishedBytes() {
    Slice salt = Slice.fromHex("000102030405060708090a0b0c0d0e0f");
    Fixed32 zero = Fixed32.of(new byte[32]);

    assertThat(TopicDigest.of(salt, List.of(zero)).orElseThrow().bits().toHex())
        .isEqualTo("800000000000000400000000000000000840000000001100");
  }
}
