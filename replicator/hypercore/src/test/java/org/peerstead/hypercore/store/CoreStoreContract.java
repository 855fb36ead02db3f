package org.peerstead.hypercore.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** What every store has to do. */
abstract class CoreStoreContract {
  private static final Fixed32 ROOT = filled(0);
  private static final long MAX_INDEX = (1L << 53) - 1;

  abstract CoreStore store();

  static Fixed32 filled(int octet) {
    byte[] bytes = new byte[Fixed32.SIZE];
    Arrays.fill(bytes, (byte) octet);
    return Fixed32.of(bytes);
  }

  static Slice text(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static long[] page(long first, long last) {
    long[] words = new long[CoreStorage.PAGE_BITS / Long.SIZE];
    words[0] = first;
    words[words.length - 1] = last;
    return words;
  }

  final CoreStorage newCore(int octet) {
    return store().storage(store().create(filled(octet), null, null));
  }

  private static TreeMap<Long, List<Long>> pages(CoreStorage core) {
    var pages = new TreeMap<Long, List<Long>>();
    var order = new ArrayList<Long>();
    core.visitPages((page, words) -> {
      order.add(page);
      pages.put(page, Arrays.stream(words).boxed().toList());
      Arrays.fill(words, -1);
    });
    assertThat(order).isSorted();
    return pages;
  }

  @Test
  void create_shouldMakeACoreThatIsFoundAndReturnItAgain() {
    assertThat(store().coreCount()).isZero();
    CoreRecord made = store().create(filled(1), null, null);
    assertThat(made.key()).isEqualTo(filled(1));
    assertThat(made.discoveryKey()).isEqualTo(Namespaces.discoveryKey(filled(1)));
    assertThat(made.manifest()).isNull();
    assertThat(made.alias()).isNull();
    assertThat(store().find(made.discoveryKey())).isEqualTo(made);
    assertThat(store().create(filled(1), null, null)).isEqualTo(made);
    assertThat(store().coreCount()).isEqualTo(1);
    assertThat(store().find(Namespaces.discoveryKey(filled(2)))).isNull();
    assertThat(store().create(filled(2), null, null).id()).isNotEqualTo(made.id());
    assertThat(store().coreCount()).isEqualTo(2);
  }

  @Test
  void create_shouldAddWhatTheRecordLacksAndKeepWhatItHas() {
    var alias = new CoreAlias(ROOT, "näme");
    CoreRecord made = store().create(filled(1), null, null);
    CoreRecord named = store().create(filled(1), null, alias);
    CoreRecord known = store().create(filled(1), text("manifest"), null);
    CoreRecord kept =
        store().create(filled(1), text("other"), new CoreAlias(filled(9), "other name"));

    assertThat(named.id()).isEqualTo(made.id());
    assertThat(named.alias()).isEqualTo(alias);
    assertThat(known.alias()).isEqualTo(alias);
    assertThat(known.manifest()).isEqualTo(text("manifest"));
    assertThat(kept).isEqualTo(known);
    assertThat(store().find(alias)).isEqualTo(known);
    assertThat(store().find(new CoreAlias(filled(9), "näme"))).isNull();
    assertThat(store().find(new CoreAlias(ROOT, "nä"))).isNull();
    assertThat(store().coreCount()).isEqualTo(1);
  }

  @Test
  void create_shouldRefuseANameThatIsTakenOrTooLong() {
    var alias = new CoreAlias(ROOT, "name");
    store().create(filled(1), null, alias);
    assertThatThrownBy(() -> store().create(filled(2), null, alias))
        .isInstanceOf(StorageException.class);
    assertThatThrownBy(() -> store().create(filled(3), null, new CoreAlias(ROOT, "é".repeat(513))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(store().coreCount()).isEqualTo(1);
  }

  @Test
  void visit_shouldGoInOrderUntilTold() {
    for (int i = 0; i < 20; i++) {
      store().create(filled(i), text("m" + i), i % 2 == 0 ? new CoreAlias(ROOT, "n" + i) : null);
    }
    var seen = new ArrayList<CoreRecord>();
    store().visit(seen::add);
    assertThat(seen).hasSize(20).extracting(CoreRecord::discoveryKey).isSorted();
    for (CoreRecord record : seen) {
      assertThat(store().find(record.discoveryKey())).isEqualTo(record);
    }
    var some = new ArrayList<CoreRecord>();
    store().visit(record -> some.add(record) && some.size() < 3);
    assertThat(some).isEqualTo(seen.subList(0, 3));
  }

  @Test
  void newCore_shouldBeEmpty() {
    CoreStorage core = newCore(1);
    assertThat(core.head()).isNull();
    assertThat(core.contiguousLength()).isZero();
    assertThat(core.node(0)).isNull();
    assertThat(core.block(0)).isNull();
    assertThat(core.userData("x")).isNull();
    assertThat(pages(core)).isEmpty();
    assertThat(core.batch().isEmpty()).isTrue();
    core.batch().commit();
  }

  @Test
  void commit_shouldStoreEveryKindOfRow() {
    CoreStorage core = newCore(1);
    CoreStorage neighbour = newCore(2);
    var head = new StoredHead(3, MAX_INDEX, MAX_INDEX - 1, filled(7), text("signature"));
    var node = new TreeNode(MAX_INDEX, 123_456_789_012L, filled(8));
    CoreBatch batch = core.batch();
    batch
        .head(head)
        .contiguousLength(5)
        .node(node)
        .node(new TreeNode(0, 0, filled(9)))
        .block(0, Slice.EMPTY)
        .block(300, text("block"))
        .page(0, page(1, Long.MIN_VALUE))
        .page(70_000, page(-1, 2))
        .userData("a", text("1"))
        .userData("ab", text("2"));
    assertThat(batch.isEmpty()).isFalse();
    assertThat(core.head()).isNull();
    assertThat(core.block(300)).isNull();
    batch.commit();

    assertThat(core.head()).isEqualTo(head);
    assertThat(core.contiguousLength()).isEqualTo(5);
    assertThat(core.node(MAX_INDEX)).isEqualTo(node);
    assertThat(core.node(0)).isEqualTo(new TreeNode(0, 0, filled(9)));
    assertThat(core.node(1)).isNull();
    assertThat(core.block(0)).isEqualTo(Slice.EMPTY);
    assertThat(core.block(300)).isEqualTo(text("block"));
    assertThat(core.block(1)).isNull();
    assertThat(pages(core).keySet()).containsExactly(0L, 70_000L);
    assertThat(pages(core).get(0L)).startsWith(1L, 0L).endsWith(0L, Long.MIN_VALUE);
    assertThat(core.userData("a")).isEqualTo(text("1"));
    assertThat(core.userData("ab")).isEqualTo(text("2"));

    assertThat(neighbour.head()).isNull();
    assertThat(neighbour.contiguousLength()).isZero();
    assertThat(neighbour.node(0)).isNull();
    assertThat(neighbour.block(300)).isNull();
    assertThat(pages(neighbour)).isEmpty();
    assertThat(neighbour.userData("a")).isNull();
    assertThatThrownBy(batch::commit).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void commit_shouldReplaceRowsInTheOrderOfTheCalls() {
    CoreStorage core = newCore(1);
    core.batch()
        .block(1, text("old"))
        .deleteBlocks(0, 10)
        .block(1, text("new"))
        .node(new TreeNode(2, 1, filled(1)))
        .deleteNodes(0, 10)
        .node(new TreeNode(2, 2, filled(2)))
        .node(new TreeNode(2, 3, filled(3)))
        .userData("k", text("1"))
        .userData("k", Slice.EMPTY)
        .page(0, page(1, 1))
        .page(0, page(0, 0))
        .commit();
    assertThat(core.block(1)).isEqualTo(text("new"));
    assertThat(core.node(2)).isEqualTo(new TreeNode(2, 3, filled(3)));
    assertThat(core.userData("k")).isNull();
    assertThat(pages(core)).isEmpty();

    core.batch().block(1, text("newer")).deleteBlocks(1, 2).deleteNodes(2, 3).commit();
    assertThat(core.block(1)).isNull();
    assertThat(core.node(2)).isNull();
  }

  @Test
  void batch_shouldCopyWhatItIsGiven() {
    CoreStorage core = newCore(1);
    byte[] bytes = {1, 2, 3, 4};
    long[] words = page(1, 2);
    CoreBatch batch = core.batch().block(0, Slice.of(bytes, 1, 2)).page(0, words);
    batch.head(new StoredHead(0, 1, 2, filled(1), Slice.of(bytes)));
    Arrays.fill(bytes, (byte) 9);
    Arrays.fill(words, 9);
    batch.commit();
    assertThat(core.block(0)).isEqualTo(Slice.of(new byte[] {2, 3}));
    assertThat(pages(core).get(0L)).startsWith(1L, 0L);
    StoredHead head = core.head();
    assertThat(head).isNotNull();
    assertThat(head == null ? null : head.signature()).isEqualTo(Slice.of(new byte[] {1, 2, 3, 4}));
  }

  @Test
  void delete_shouldRemoveRangesOnly() {
    CoreStorage core = newCore(1);
    CoreStorage neighbour = newCore(2);
    CoreBatch batch = core.batch();
    for (int i = 0; i < 600; i++) {
      batch.block(i, text("b" + i)).node(new TreeNode(i, i, filled(i)));
    }
    batch.block(MAX_INDEX, text("last")).commit();
    neighbour.batch().block(5, text("n")).node(new TreeNode(5, 5, filled(5))).commit();

    core.batch().deleteBlocks(10, 500).deleteNodes(100, 400).commit();
    core.batch().deleteBlocks(7, 7).deleteNodes(9, 3).commit();

    for (int i = 0; i < 600; i++) {
      @Nullable Slice block = i >= 10 && i < 500 ? null : text("b" + i);
      assertThat(core.block(i)).isEqualTo(block);
      @Nullable TreeNode node = i >= 100 && i < 400 ? null : new TreeNode(i, i, filled(i));
      assertThat(core.node(i)).isEqualTo(node);
    }
    assertThat(core.block(MAX_INDEX)).isEqualTo(text("last"));
    core.batch().deleteBlocks(0, MAX_INDEX + 1).deleteNodes(0, MAX_INDEX + 1).commit();
    assertThat(core.block(MAX_INDEX)).isNull();
    assertThat(core.block(599)).isNull();
    assertThat(neighbour.block(5)).isEqualTo(text("n"));
    assertThat(neighbour.node(5)).isNotNull();
  }

  @Test
  void largeBlocks_shouldComeBackWhole() {
    CoreStorage core = newCore(1);
    CoreBatch batch = core.batch();
    int[] sizes = {4_091, 4_092, 4_095, 4_096, 4_100, 65_536, 1 << 20, 3 << 20, 65_536};
    for (int i = 0; i < sizes.length; i++) {
      byte[] bytes = new byte[sizes[i]];
      Arrays.fill(bytes, (byte) (i + 1));
      batch.block(i, Slice.of(bytes));
    }
    batch.commit();
    for (int i = 0; i < sizes.length; i++) {
      Slice block = core.block(i);
      assertThat(block).isNotNull();
      byte[] bytes = new byte[sizes[i]];
      Arrays.fill(bytes, (byte) (i + 1));
      assertThat(block).isEqualTo(Slice.of(bytes));
    }
  }

  @Test
  void commit_shouldKeepTheOrderOfLargeAndSmallBlocks() {
    CoreStorage core = newCore(1);
    Slice large = Slice.of(new byte[5_000]);
    Slice other = Slice.of(new byte[6_000]);
    core.batch().block(1, large).block(1, text("small")).commit();
    assertThat(core.block(1)).isEqualTo(text("small"));
    core.batch().block(1, text("small")).block(1, large).block(2, text("x")).commit();
    assertThat(core.block(1)).isEqualTo(large);
    assertThat(core.block(2)).isEqualTo(text("x"));
    core.batch().block(3, large).block(1, other).deleteBlocks(2, 9).block(4, other).commit();
    assertThat(core.block(1)).isEqualTo(other);
    assertThat(core.block(2)).isNull();
    assertThat(core.block(3)).isNull();
    assertThat(core.block(4)).isEqualTo(other);
    CoreBatch batch = core.batch().block(5, large);
    assertThat(batch.isEmpty()).isFalse();
    batch.manifest(text("m")).commit();
    assertThat(core.block(5)).isEqualTo(large);
    assertThat(core.block(2)).isNull();
    assertThat(core.block(1)).isEqualTo(other);
  }

  @Test
  void manifest_shouldBeInTheRecordAndLeaveTheAlias() {
    var alias = new CoreAlias(ROOT, "name");
    CoreRecord record = store().create(filled(1), null, alias);
    CoreBatch batch = store().storage(record).batch().manifest(text("manifest"));
    assertThat(batch.isEmpty()).isFalse();
    batch.commit();
    CoreRecord found = store().find(record.discoveryKey());
    assertThat(found)
        .isEqualTo(
            new CoreRecord(
                record.id(), record.key(), record.discoveryKey(), text("manifest"), alias));
    assertThat(store().find(alias)).isEqualTo(found);
  }

  @Test
  void delete_shouldForgetTheCoreAndItsRowsOnly() {
    var alias = new CoreAlias(ROOT, "name");
    CoreRecord record = store().create(filled(1), text("m"), alias);
    CoreStorage core = store().storage(record);
    CoreStorage neighbour = newCore(2);
    for (CoreStorage each : List.of(core, neighbour)) {
      each.batch()
          .head(new StoredHead(0, 1, 1, filled(1), text("s")))
          .contiguousLength(1)
          .block(0, text("b"))
          .block(MAX_INDEX, text("c"))
          .node(new TreeNode(0, 1, filled(1)))
          .page(0, page(1, 0))
          .userData("k", text("v"))
          .commit();
    }
    store().delete(record);
    assertThat(store().find(record.discoveryKey())).isNull();
    assertThat(store().find(alias)).isNull();
    assertThat(store().coreCount()).isEqualTo(1);
    store().delete(record);

    CoreRecord again = store().create(filled(1), null, null);
    assertThat(again.id()).isNotEqualTo(record.id());
    assertThat(again.manifest()).isNull();
    CoreStorage fresh = store().storage(again);
    assertThat(fresh.head()).isNull();
    assertThat(fresh.block(0)).isNull();
    store().delete(record);
    assertThat(store().find(again.discoveryKey())).isEqualTo(again);
    assertThat(neighbour.head()).isNotNull();
    assertThat(neighbour.block(MAX_INDEX)).isEqualTo(text("c"));
    assertThat(neighbour.userData("k")).isEqualTo(text("v"));
    assertThat(pages(neighbour)).hasSize(1);
  }

  @Test
  void sync_shouldComplete() {
    newCore(1).batch().block(0, text("b")).commit();
    assertThat(store().sync()).succeedsWithin(java.time.Duration.ofSeconds(20));
    assertThat(store().sync()).succeedsWithin(java.time.Duration.ofSeconds(20));
  }
}
