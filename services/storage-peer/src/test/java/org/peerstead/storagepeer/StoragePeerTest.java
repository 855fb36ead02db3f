package org.peerstead.storagepeer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.events.CoreAppended;
import org.peerstead.events.CoreKey;
import org.peerstead.events.FollowStatus;
import org.peerstead.events.PeerSeen;
import org.peerstead.hypercore.CoreException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.storagepeer.follow.FollowLimits;
import org.peerstead.storagepeer.follow.FollowLimits.Policy;
import org.peerstead.storagepeer.follow.FollowedCore;
import org.peerstead.storagepeer.follow.InMemoryFollowStore;
import org.peerstead.storagepeer.follow.Refusal;

/** Two devices on loopback: what is followed arrives, stays within its space, and is told. */
class StoragePeerTest {
  private static final String BEN = "ben";

  @TempDir Path folder;
  private Device author = null;
  private Device keeper = null;

  @BeforeEach
  void startAuthor() {
    author = new Device(folder, FollowLimits.NONE, Set.of());
  }

  @AfterEach
  void stop() {
    author.close();
    if (keeper != null) {
      keeper.close();
    }
  }

  private void startKeeper(FollowLimits limits) {
    keeper = new Device(folder, limits, Set.of());
  }

  private static FollowLimits limits(long maxBytes, long perOwner, Policy eviction, Policy quota) {
    return new FollowLimits(maxBytes, 100, perOwner, 100, eviction, quota, null);
  }

  private void follow(Fixed32 key) throws RefusedException {
    keeper.peer.follow(FollowRequest.of(key, BEN).from(author.address()));
  }

  /**
   * Until the activity of a core is booked and lies in the past, so that others are more recent.
   */
  private void awaitOlder(Fixed32 key) {
    keeper.peer.sweepNow();
    long active = keeper.peer.book().find(key).orElseThrow().activeMillis();
    await().until(() -> System.currentTimeMillis() > active);
  }

  private void awaitBytes(Fixed32 key, long bytes) {
    await().atMost(Duration.ofSeconds(20)).until(() -> keeper.stored(key) == bytes);
  }

  @Test
  void create_shouldGiveTheSameCoreForTheSameName() throws RefusedException {
    CoreView core = author.peer.create("log", "ann");
    assertThat(core.isWritable()).isTrue();
    assertThat(core.name()).isEqualTo("log");
    assertThat(author.peer.create("log", "ann").key()).isEqualTo(core.key());
    assertThat(author.peer.keyOf("log")).contains(core.key());
    assertThat(author.peer.keyOf("other")).isEmpty();
  }

  @Test
  void append_shouldBeReadableAndToldOnce() throws RefusedException {
    Fixed32 key = author.core("log", 3, 10);

    var range = author.peer.read(CoreKey.of(key.toBytes()), 1, 100, 1 << 20).orElseThrow();
    assertThat(range.blocks()).hasSize(2);
    assertThat(range.length()).isEqualTo(3);
    await().until(() -> !author.events(CoreAppended.class).isEmpty());
    CoreAppended told = author.events(CoreAppended.class).getFirst();
    assertThat(told.from()).isZero();
    assertThat(told.to()).isEqualTo(3);
    assertThat(told.blocks()).hasSize(3);
    assertThat(author.stored(key)).isEqualTo(30);
  }

  @Test
  void append_shouldBeRefusedForACoreOfSomebodyElse() throws RefusedException {
    startKeeper(FollowLimits.NONE);
    Fixed32 key = author.core("log", 1, 10);
    follow(key);

    assertThatThrownBy(() -> keeper.peer.append(key, List.of(Slice.of(new byte[1]))))
        .isInstanceOfSatisfying(
            CoreException.class,
            e -> assertThat(e.reason()).isEqualTo(CoreException.Reason.NOT_WRITABLE));
  }

  @Test
  void follow_shouldFetchEverythingAndStayLive() throws RefusedException {
    startKeeper(FollowLimits.NONE);
    Fixed32 key = author.core("log", 50, 100);
    follow(key);
    awaitBytes(key, 5000);

    author.append(key, 10, 100);
    awaitBytes(key, 6000);
    assertThat(keeper.info(key).contiguousLength()).isEqualTo(60);
    assertThat(keeper.peer.verify(key).isSound()).isTrue();
    assertThat(keeper.peer.status().missingBlocks()).isZero();

    await()
        .until(
            () -> keeper.events(CoreAppended.class).stream().anyMatch(event -> event.to() == 60));
    assertThat(keeper.events(PeerSeen.class).getFirst().isConnected()).isTrue();
    assertThat(keeper.events(FollowStatus.class).getLast().state())
        .isEqualTo(FollowStatus.State.COMPLETE);
  }

  @Test
  void unfollow_shouldDeleteTheBlocks() throws RefusedException {
    startKeeper(FollowLimits.NONE);
    Fixed32 key = author.core("log", 5, 100);
    follow(key);
    awaitBytes(key, 500);

    assertThatThrownBy(() -> keeper.peer.unfollow(key, "somebody else"))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Refusal.NOT_THE_OWNER));
    assertThat(keeper.peer.unfollow(key, BEN)).isTrue();
    assertThat(keeper.peer.unfollow(key, BEN)).isFalse();
    assertThat(keeper.peer.info(key)).isEmpty();
    assertThat(keeper.peer.status().storedBytes()).isZero();
  }

  @Test
  void evict_shouldEmptyTheLeastActiveCoreAndKeepItsTree() throws RefusedException {
    startKeeper(limits(1000, Long.MAX_VALUE, Policy.EVICT, Policy.REFUSE));
    Fixed32 old = author.core("old", 8, 100);
    Fixed32 recent = author.core("recent", 8, 100);
    follow(old);
    awaitBytes(old, 800);
    awaitOlder(old);
    follow(recent);
    await()
        .until(() -> {
          keeper.peer.sweepNow();
          return keeper.peer.book().find(old).orElseThrow().wantedFrom() == 8;
        });
    awaitBytes(recent, 800);

    CoreView emptied = keeper.info(old);
    assertThat(emptied.storedBytes()).isZero();
    assertThat(emptied.length()).isEqualTo(8);
    assertThat(keeper.counter("peerstead_core_evicted_bytes")).isEqualTo(800);
    assertThat(keeper.peer.book().storedBytes()).isEqualTo(800);

    // What comes later is fetched; what was given up is not.
    author.append(old, 1, 50);
    awaitBytes(old, 50);
    assertThat(keeper.peer.status().missingBlocks()).isZero();
  }

  @Test
  void pin_shouldFetchAgainWhatWasGivenUpAndCountItExactly() throws RefusedException {
    startKeeper(limits(1000, Long.MAX_VALUE, Policy.EVICT, Policy.REFUSE));
    Fixed32 first = author.core("first", 8, 100);
    Fixed32 second = author.core("second", 8, 100);
    follow(first);
    awaitBytes(first, 800);
    awaitOlder(first);
    follow(second);
    await()
        .until(() -> {
          keeper.peer.sweepNow();
          return keeper.peer.book().find(first).orElseThrow().wantedFrom() == 8;
        });
    awaitBytes(second, 800);

    assertThat(keeper.peer.pin(first, true)).isPresent();
    awaitBytes(first, 800);
    await().until(() -> keeper.stored(second) == 0);
    assertThat(keeper.peer.book().storedBytes()).isEqualTo(800);
    assertThat(keeper.info(first).storedBytes()).isEqualTo(800);
    assertThat(keeper.peer.verify(first).isSound()).isTrue();
  }

  @Test
  void limits_shouldPauseDownloadsWhenNothingMayGo() throws RefusedException {
    startKeeper(limits(500, Long.MAX_VALUE, Policy.REFUSE, Policy.REFUSE));
    Fixed32 key = author.core("log", 8, 100);
    follow(key);
    await().until(() -> keeper.stored(key) >= 500);
    keeper.peer.sweepNow();
    assertThat(keeper.info(key).refusal()).contains(Refusal.STORE_FULL);
    assertThat(keeper.peer.status().pausedCores()).isEqualTo(1);

    long before = keeper.stored(key);
    author.append(key, 8, 100);
    await().during(Duration.ofMillis(300)).until(() -> keeper.stored(key) == before);
    assertThatThrownBy(() -> follow(author.core("other", 1, 1)))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Refusal.STORE_FULL));
  }

  @Test
  void quota_shouldEvictAmongTheOwnersCores() throws RefusedException {
    startKeeper(limits(100_000, 1000, Policy.EVICT, Policy.EVICT));
    Fixed32 others = author.core("others", 8, 100);
    keeper.peer.follow(FollowRequest.of(others, "carl").from(author.address()));
    awaitBytes(others, 800);
    Fixed32 first = author.core("first", 8, 100);
    follow(first);
    awaitBytes(first, 800);
    awaitOlder(first);
    Fixed32 second = author.core("second", 8, 100);
    follow(second);
    await()
        .until(() -> {
          keeper.peer.sweepNow();
          return keeper.peer.book().find(first).orElseThrow().wantedFrom() == 8;
        });
    awaitBytes(second, 800);

    assertThat(keeper.stored(others)).isEqualTo(800);
    assertThat(keeper.peer.book().storedBytes(BEN)).isEqualTo(800);
  }

  @Test
  void retention_shouldForgetWhatNobodyTouches() throws RefusedException {
    startKeeper(
        new FollowLimits(
            Long.MAX_VALUE,
            100,
            Long.MAX_VALUE,
            100,
            Policy.EVICT,
            Policy.REFUSE,
            Duration.ofHours(1)));
    Fixed32 key = author.core("log", 2, 10);
    Fixed32 pinned = author.core("pinned", 2, 10);
    follow(key);
    keeper.peer.follow(FollowRequest.of(pinned, BEN).from(author.address()).pinned(true));
    awaitBytes(key, 20);
    awaitBytes(pinned, 20);
    keeper.peer.sweepNow();

    keeper.clockMillis.addAndGet(Duration.ofHours(2).toMillis());
    keeper.peer.sweepNow();
    assertThat(keeper.peer.info(key)).isEmpty();
    assertThat(keeper.peer.info(pinned)).isPresent();
    assertThat(keeper.counter("peerstead_core_expired")).isEqualTo(1);
  }

  @Test
  void restart_shouldGoOnWithWhatIsFollowed() throws RefusedException {
    var follows = new InMemoryFollowStore();
    Fixed32 key = author.core("log", 5, 100);
    try (var first = new Device(folder, FollowLimits.NONE, Set.of(), follows)) {
      first.peer.follow(FollowRequest.of(key, BEN).from(author.address()).pinned(true));
    }
    keeper = new Device(folder, FollowLimits.NONE, Set.of(), follows);
    awaitBytes(key, 500);
    FollowedCore kept = keeper.peer.book().find(key).orElseThrow();
    assertThat(kept.isPinned()).isTrue();
    assertThat(kept.source()).isEqualTo(author.address().toString());
  }

  @Test
  void allowedPeers_shouldBeTheOnlyOnesServed() throws RefusedException {
    try (var closed = new Device(folder, FollowLimits.NONE, Set.of(author.peer.deviceKey()))) {
      Fixed32 key = closed.core("log", 3, 10);
      startKeeper(FollowLimits.NONE);
      keeper.peer.follow(FollowRequest.of(key, BEN).from(closed.address()));
      author.peer.follow(FollowRequest.of(key, BEN).from(closed.address()));

      await().until(() -> author.stored(key) == 30);
      assertThat(keeper.stored(key)).isZero();
    }
  }

  @Test
  void delete_shouldForgetAnOwnCore() throws RefusedException {
    Fixed32 key = author.core("log", 3, 10);
    assertThat(author.peer.delete(key)).isTrue();
    assertThat(author.peer.delete(key)).isFalse();
    assertThat(author.peer.info(key)).isEmpty();
    assertThat(author.peer.status().storedBytes()).isZero();
  }

  @Test
  void list_shouldGivePagesInTheOrderOfDiscoveryKeys() throws RefusedException {
    for (int i = 0; i < 5; i++) {
      author.core("log " + i, 1, 10);
    }
    List<CoreView> first = author.peer.list(null, 3);
    List<CoreView> second = author.peer.list(first.getLast().discoveryKey(), 3);
    assertThat(first).hasSize(3);
    assertThat(second).hasSize(2);
    assertThat(first.getLast().discoveryKey()).isLessThan(second.getFirst().discoveryKey());
  }
}
