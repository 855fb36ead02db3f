package org.peerstead.dhtseed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.Fixed32;

class AnnouncementsTest {
  private static final Fixed32 A = TopicHash.ofName("a");
  private static final Fixed32 B = TopicHash.ofName("b");
  private static final Fixed32 C = TopicHash.ofName("c");

  private final Announcements announcements = new Announcements(2);

  @Test
  void ofName_shouldHashAsNpmHyperdhtDoes() {
    // DHT.hash(Buffer.from('a')) of npm hyperdht 6.34.0: BLAKE2b-256, unkeyed.
    assertThat(A).hasToString("8928aae63c84d87ea098564d1e03ad813f107add474e56aedd286349c0c03ea4");
  }

  @Test
  void add_shouldRefuseMoreThanAllowed() {
    assertThat(announcements.add(A, 0)).isTrue();
    assertThat(announcements.add(B, 0)).isTrue();
    assertThat(announcements.add(A, 0)).isTrue();
    assertThat(announcements.add(C, 0)).isFalse();
    assertThat(announcements.remove(A)).isTrue();
    assertThat(announcements.remove(A)).isFalse();
    assertThat(announcements.add(C, 0)).isTrue();
  }

  @Test
  void due_shouldComeEveryFiveMinutesAndSoonerAfterAFailure() {
    announcements.add(A, 0);
    announcements.announced(A, 20, 1_000);
    assertThat(announcements.due(1_000 + Announcements.INTERVAL_MILLIS - 1)).isEmpty();
    long second = 1_000 + Announcements.INTERVAL_MILLIS;
    assertThat(announcements.due(second)).containsExactly(A);
    assertThat(announcements.due(second)).isEmpty();

    announcements.failed(A, "no node answered", second);
    assertThat(announcements.due(second + Announcements.RETRY_MILLIS)).containsExactly(A);
    assertThat(announcements.all())
        .singleElement()
        .satisfies(kept -> {
          assertThat(kept.announcedMillis()).isEqualTo(1_000);
          assertThat(kept.storedAt()).isEqualTo(20);
          assertThat(kept.problem()).contains("no node answered");
        });
  }

  @Test
  void reports_shouldNotBringBackWhatWasTakenBack() {
    announcements.add(A, 0);
    announcements.remove(A);
    announcements.announced(A, 1, 1);
    announcements.failed(A, "late", 1);
    assertThat(announcements.size()).isZero();
  }
}
