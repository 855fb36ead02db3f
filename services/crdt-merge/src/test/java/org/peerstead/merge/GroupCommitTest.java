package org.peerstead.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.peerstead.events.DocumentId;
import org.peerstead.merge.store.StorageException;
import org.peerstead.merge.store.StoreOperation;

class GroupCommitTest {
  private static final DocumentId DOCUMENT = DocumentId.of(new byte[] {1});

  private static List<StoreOperation> entry(long sequence) {
    return List.of(new StoreOperation.AppendLog(DOCUMENT, sequence, new byte[] {1}));
  }

  @Test
  void commit_shouldPutWhatGathersIntoOneWrite() throws InterruptedException {
    var gate = new CountDownLatch(1);
    var started = new CountDownLatch(1);
    var sizes = new ArrayList<Integer>();
    var store =
        new FaultyDocumentStore() {
          @Override
          public void write(List<StoreOperation> operations) {
            started.countDown();
            awaitUninterruptibly(gate);
            sizes.add(operations.size());
            super.write(operations);
          }
        };
    var commits = new ArrayList<CompletableFuture<Void>>();
    try (var group = new GroupCommit(store, nanos -> {})) {
      commits.add(group.commit(entry(0)));
      started.await();
      for (int i = 1; i <= 100; i++) {
        commits.add(group.commit(entry(i)));
      }
      assertThat(commits).noneMatch(CompletableFuture::isDone);
      gate.countDown();
    }
    assertThat(commits).allMatch(CompletableFuture::isDone);
    assertThat(sizes).containsExactly(1, 100);
  }

  @Test
  void commit_shouldFailAloneWithItsBatchAndGoOn() {
    var store = new FaultyDocumentStore();
    try (var group = new GroupCommit(store, nanos -> {})) {
      group.commit(entry(0)).join();
      store.failWritesFrom(1);
      assertThatThrownBy(() -> group.commit(entry(1)).join())
          .hasCauseInstanceOf(StorageException.class);
      store.heal();
      group.commit(entry(2)).join();
    }
  }

  @Test
  void close_shouldWriteWhatWasAcceptedAndRefuseMore() {
    var written = new AtomicInteger();
    var store =
        new FaultyDocumentStore() {
          @Override
          public void write(List<StoreOperation> operations) {
            written.addAndGet(operations.size());
          }
        };
    var group = new GroupCommit(store, nanos -> {});
    for (int i = 0; i < 1000; i++) {
      var unused = group.commit(entry(i));
    }
    group.close();
    assertThat(written).hasValue(1000);
    assertThat(group.commit(entry(1))).isCompletedExceptionally();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
