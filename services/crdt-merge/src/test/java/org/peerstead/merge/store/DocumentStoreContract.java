package org.peerstead.merge.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peerstead.events.DocumentId;
import org.peerstead.events.Hash32;
import org.peerstead.merge.store.DocumentStore.StoredDocument;

/** What every store has to do. */
abstract class DocumentStoreContract {
  static final DocumentId A = id(16, 0x0a);
  static final DocumentId B = id(16, 0x0b);
  static final DocumentId LONG_A = id(32, 0x0a);
  static final DocumentId MAXIMAL = id(64, 0xff);

  abstract DocumentStore store();

  static DocumentId id(int length, int fill) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) fill);
    return DocumentId.of(bytes);
  }

  static DocumentRecord record(long logFrom, long logTo) {
    return new DocumentRecord(
        1, 2, 3, 4, 5, logFrom, logTo, List.of(Hash32.fromHex("ab".repeat(32))));
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  @Test
  void write_shouldStoreRecordSnapshotAndLog() {
    DocumentRecord record = record(0, 2);
    store()
        .write(
            List.of(
                new StoreOperation.PutSnapshot(A, bytes(1)),
                new StoreOperation.AppendLog(A, 0, bytes(2)),
                new StoreOperation.AppendLog(A, 1, bytes(3)),
                new StoreOperation.PutRecord(A, record)));

    assertThat(store().record(A)).contains(record);
    assertThat(store().chunks(A, record)).containsExactly(bytes(1), bytes(2), bytes(3));
    assertThat(store().record(B)).isEmpty();
    assertThat(store().chunks(LONG_A, record)).isEmpty();
  }

  @Test
  void removeLog_shouldLeaveLaterEntries() {
    store()
        .write(
            List.of(
                new StoreOperation.AppendLog(A, 0, bytes(2)),
                new StoreOperation.AppendLog(A, 1, bytes(3)),
                new StoreOperation.AppendLog(LONG_A, 0, bytes(9)),
                new StoreOperation.AppendLog(A, 2, bytes(4)),
                new StoreOperation.RemoveLog(A, 0, 2)));
    assertThat(store().chunks(A, record(0, 3))).containsExactly(bytes(4));
    assertThat(store().chunks(LONG_A, record(0, 3))).containsExactly(bytes(9));
  }

  @Test
  void bury_shouldRemoveEverythingOfTheDocumentOnly() {
    for (DocumentId id : List.of(A, LONG_A, MAXIMAL)) {
      store()
          .write(
              List.of(
                  new StoreOperation.PutSnapshot(id, bytes(1)),
                  new StoreOperation.AppendLog(id, 0, bytes(2)),
                  new StoreOperation.PutSyncState(id, "peer", bytes(3)),
                  new StoreOperation.PutRecord(id, record(0, 1))));
    }
    store().write(List.of(new StoreOperation.Bury(A, 77), new StoreOperation.Bury(MAXIMAL, 78)));

    for (DocumentId id : List.of(A, MAXIMAL)) {
      assertThat(store().record(id)).isEmpty();
      assertThat(store().chunks(id, record(0, 1))).isEmpty();
      assertThat(store().syncState(id, "peer")).isEmpty();
    }
    assertThat(store().tombstone(A)).hasValue(77);
    assertThat(store().countTombstones()).isEqualTo(2);
    assertThat(store().record(LONG_A)).isPresent();
    assertThat(store().syncState(LONG_A, "peer")).contains(bytes(3));

    store().write(List.of(new StoreOperation.Exhume(A)));
    assertThat(store().tombstone(A)).isEmpty();
    assertThat(store().countTombstones()).isEqualTo(1);
  }

  @Test
  void syncStates_shouldBeKeptPerStorage() {
    store()
        .write(
            List.of(
                new StoreOperation.PutSyncState(A, "one", bytes(1)),
                new StoreOperation.PutSyncState(A, "two", bytes(2)),
                new StoreOperation.PutSyncState(A, "one", bytes(3))));
    assertThat(store().syncState(A, "one")).contains(bytes(3));
    assertThat(store().syncState(A, "two")).contains(bytes(2));
    assertThat(store().syncState(A, "three")).isEmpty();
  }

  @Test
  void list_shouldPageInOrderOfBytesWhateverTheLength() {
    var all = new ArrayList<DocumentId>();
    for (int fill : new int[] {0, 1, 0x0a, 0x7f, 0x80, 0xff}) {
      for (int length : new int[] {1, 16, 32, 64}) {
        all.add(id(length, fill));
      }
    }
    all.forEach(id -> store().write(List.of(new StoreOperation.PutRecord(id, record(0, 0)))));
    all.sort(null);

    for (int limit : new int[] {1, 3, 100}) {
      var listed = new ArrayList<DocumentId>();
      Optional<DocumentId> after = Optional.empty();
      List<StoredDocument> page = store().list(after, limit);
      while (!page.isEmpty()) {
        assertThat(page.size()).isLessThanOrEqualTo(limit);
        page.forEach(one -> listed.add(one.document()));
        after = Optional.of(page.getLast().document());
        page = store().list(after, limit);
      }
      assertThat(listed).isEqualTo(all);
    }
    var walked = new ArrayList<DocumentId>();
    store().forEach((id, record) -> walked.add(id));
    assertThat(walked).containsExactlyInAnyOrderElementsOf(all);
  }
}
