package org.peerstead.storagepeer.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.storagepeer.follow.FollowLimits.Policy;

/** What is given up first, what is refused, and that the sums are right. */
class FollowBookTest {
  private static final String ANN = "ann";
  private static final String BEN = "ben";

  private final InMemoryFollowStore store = new InMemoryFollowStore();

  private static Fixed32 key(int number) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) number);
    return Fixed32.of(bytes);
  }

  private static FollowedCore core(
      int number, String owner, int priority, long activeMillis, long bytes) {
    return FollowedCore.begin(
            key(number), owner, FollowedCore.Origin.FOLLOWED, priority, 0, activeMillis)
        .withStoredBytes(bytes);
  }

  private FollowBook book(long maxBytes, long maxBytesPerOwner, Policy eviction, Policy quota) {
    return new FollowBook(
        store, new FollowLimits(maxBytes, 100, maxBytesPerOwner, 3, eviction, quota, null));
  }

  private FollowBook book(long maxBytes) {
    return book(maxBytes, Long.MAX_VALUE, Policy.EVICT, Policy.REFUSE);
  }

  private static List<Fixed32> keys(List<FollowedCore> cores) {
    return cores.stream().map(FollowedCore::key).toList();
  }

  @Test
  void toEvict_shouldBeEmptyWithinTheLimits() {
    FollowBook book = book(1000);
    book.put(core(1, ANN, 1, 10, 600));
    book.put(core(2, ANN, 1, 20, 400));

    assertThat(book.toEvict()).isEmpty();
    assertThat(book.storedBytes()).isEqualTo(1000);
  }

  @Test
  void toEvict_shouldTakeTheLowestPriorityAndThenTheLeastActiveFirst() {
    FollowBook book = book(1000);
    book.put(core(1, ANN, 2, 1, 500));
    book.put(core(2, ANN, 1, 30, 500));
    book.put(core(3, BEN, 1, 20, 500));
    book.put(core(4, BEN, 0, 99, 400));

    // 900 bytes too many: priority 0 first although it was active last, then the older of two.
    assertThat(keys(book.toEvict())).containsExactly(key(4), key(3));
  }

  @Test
  void toEvict_shouldNeverTakeOwnPinnedOrAnnouncedCores() {
    FollowBook book = book(100);
    book.put(core(1, ANN, 0, 1, 500).withPin(true));
    book.put(core(2, ANN, 0, 1, 500).withAnnouncement(true));
    book.put(
        FollowedCore.begin(key(3), ANN, FollowedCore.Origin.OWN, 0, 0, 1).withStoredBytes(500));
    book.put(core(4, BEN, 2, 9, 10));

    assertThat(keys(book.toEvict())).containsExactly(key(4));
  }

  @Test
  void toEvict_shouldTakeNothingWhenEvictionIsOff() {
    FollowBook book = book(100, Long.MAX_VALUE, Policy.REFUSE, Policy.REFUSE);
    book.put(core(1, ANN, 0, 1, 500));

    assertThat(book.toEvict()).isEmpty();
    assertThat(book.refusal(BEN)).contains(Refusal.STORE_FULL);
    assertThat(book.refusalToGrow(core(1, ANN, 0, 1, 500))).contains(Refusal.STORE_FULL);
  }

  @Test
  void toEvict_shouldStayAmongTheOwnersCoresWhenAQuotaIsExceeded() {
    FollowBook book = book(10_000, 1000, Policy.EVICT, Policy.EVICT);
    book.put(core(1, ANN, 1, 1, 900));
    book.put(core(2, BEN, 1, 20, 700));
    book.put(core(3, BEN, 1, 10, 700));

    assertThat(keys(book.toEvict())).containsExactly(key(3));
    assertThat(book.storedBytes(BEN)).isEqualTo(1400);
  }

  @Test
  void toEvict_shouldCountWhatAQuotaFreesForTheWhole() {
    FollowBook book = book(2000, 1000, Policy.EVICT, Policy.EVICT);
    book.put(core(1, ANN, 0, 1, 800));
    book.put(core(2, BEN, 1, 20, 700));
    book.put(core(3, BEN, 1, 10, 700));

    assertThat(keys(book.toEvict())).containsExactly(key(3));
  }

  @Test
  void refusal_shouldProtectTheQuotaOfAnOwnerOnly() {
    FollowBook book = book(10_000, 1000, Policy.EVICT, Policy.REFUSE);
    book.put(core(1, ANN, 1, 1, 1000));

    assertThat(book.refusal(ANN)).contains(Refusal.OWNER_QUOTA);
    assertThat(book.refusalToGrow(core(1, ANN, 1, 1, 1000))).contains(Refusal.OWNER_QUOTA);
    assertThat(book.refusal(BEN)).isEmpty();
    assertThat(book.toEvict()).isEmpty();
  }

  @Test
  void refusal_shouldNotMeetTheOperator() {
    FollowBook book = book(10_000, 1000, Policy.EVICT, Policy.REFUSE);
    for (int i = 1; i <= 5; i++) {
      book.put(core(i, FollowedCore.ADMIN, 1, 1, 1000));
    }

    assertThat(book.refusal(FollowedCore.ADMIN)).isEmpty();
  }

  @Test
  void refusal_shouldBoundTheNumberOfCores() {
    FollowBook book = book(10_000);
    for (int i = 1; i <= 3; i++) {
      book.put(core(i, ANN, 1, 1, 0));
    }
    assertThat(book.refusal(ANN)).contains(Refusal.TOO_MANY_CORES_OF_OWNER);
    assertThat(book.refusal(BEN)).isEmpty();
    for (int i = 4; i <= 100; i++) {
      book.put(core(i, FollowedCore.ADMIN, 1, 1, 0));
    }
    assertThat(book.refusal(BEN)).contains(Refusal.TOO_MANY_CORES);
  }

  @Test
  void refusal_shouldComeWhenOnlyPinnedCoresFillTheStore() {
    FollowBook book = book(1000);
    book.put(core(1, ANN, 1, 1, 1000).withPin(true));

    assertThat(book.refusal(BEN)).contains(Refusal.STORE_FULL);
    book.put(core(2, ANN, 1, 1, 10));
    assertThat(book.refusal(BEN)).isEmpty();
  }

  @Test
  void refusalToGrow_shouldNotComeWhileSomethingMayBeGivenUp() {
    FollowBook book = book(1000, 1000, Policy.EVICT, Policy.EVICT);
    FollowedCore growing = core(2, ANN, 1, 2, 200);
    book.put(core(1, ANN, 1, 1, 800));
    book.put(growing);

    // Exactly at both limits: the next block makes the other core go.
    assertThat(book.toEvict()).isEmpty();
    assertThat(book.refusalToGrow(growing)).isEmpty();
    book.put(growing.withStoredBytes(201));
    assertThat(keys(book.toEvict())).containsExactly(key(1));

    book.update(key(1), core -> core.withPin(true));
    book.update(key(2), core -> core.withPin(true));
    assertThat(book.refusalToGrow(growing)).contains(Refusal.OWNER_QUOTA);
  }

  @Test
  void refusalToGrow_shouldKeepACoresOwnLimit() {
    FollowBook book = book(10_000);
    FollowedCore core = core(1, ANN, 1, 1, 500).withTerms(1, 500);
    book.put(core);

    assertThat(book.refusalToGrow(core)).contains(Refusal.CORE_LIMIT);
    assertThat(book.refusalToGrow(core.withStoredBytes(499))).isEmpty();
  }

  @Test
  void sums_shouldBeExactAfterEvictionAndDownloadingAgain() {
    FollowBook book = book(1000);
    book.put(core(1, ANN, 1, 1, 700));
    book.update(key(1), core -> core.withEviction(40, 40, 700));
    assertThat(book.storedBytes()).isZero();
    assertThat(book.find(key(1)).orElseThrow().wantedFrom()).isEqualTo(40);

    book.update(key(1), core -> core.withAllWanted().withStoredBytes(700));
    assertThat(book.storedBytes()).isEqualTo(700);
    assertThat(book.storedBytes(ANN)).isEqualTo(700);
    assertThat(book.find(key(1)).orElseThrow().clearedBytes()).isEqualTo(700);

    book.update(key(1), core -> core.withEviction(41, 41, 710));
    assertThat(book.find(key(1)).orElseThrow().clearedBytes()).isEqualTo(1410);
    book.remove(key(1));
    assertThat(book.storedBytes(ANN)).isZero();
    assertThat(book.storedBytes()).isZero();
  }

  @Test
  void expired_shouldBeThoseWithoutActivityThatMayGo() {
    var book =
        new FollowBook(
            store,
            new FollowLimits(1, 100, 1, 100, Policy.EVICT, Policy.EVICT, Duration.ofMillis(100)));
    book.put(core(1, ANN, 1, 50, 0));
    book.put(core(2, ANN, 1, 150, 0));
    book.put(core(3, ANN, 1, 50, 0).withPin(true));

    assertThat(keys(book.expired(151))).containsExactly(key(1));
    assertThat(book(1).expired(Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void save_shouldBringEverythingBackAfterARestart() {
    FollowBook book = book(1000);
    book.put(core(1, ANN, 1, 1, 700));
    book.put(core(2, BEN, 2, 2, 30).withReferrer(key(9)).withSource("peer:1"));
    book.save();
    book.remove(key(1));
    book.update(key(2), core -> core.withPin(true));
    book.save();

    FollowBook again = book(1000);
    assertThat(again.all()).isEqualTo(book.all());
    assertThat(again.storedBytes()).isEqualTo(30);
    assertThat(again.storedBytes(BEN)).isEqualTo(30);
  }

  @Test
  void save_shouldTryAgainWhatCouldNotBeWritten() {
    var failing =
        new FollowStore() {
          boolean isBroken = true;
          @Nullable Collection<FollowedCore> written;

          @Override
          public void visit(java.util.function.Consumer<FollowedCore> visitor) {}

          @Override
          public void write(Collection<FollowedCore> records, Collection<Fixed32> removed) {
            if (isBroken) {
              throw new StorageException("the disk is full");
            }
            written = records;
          }

          @Override
          public void checkpoint(Path directory) {}

          @Override
          public void close() {}
        };
    var book = new FollowBook(failing, FollowLimits.NONE);
    book.put(core(1, ANN, 1, 1, 1));
    assertThatThrownBy(book::save).isInstanceOf(StorageException.class);

    failing.isBroken = false;
    book.save();
    assertThat(failing.written).hasSize(1);
  }
}
