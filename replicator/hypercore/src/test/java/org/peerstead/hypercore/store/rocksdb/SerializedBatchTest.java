package org.peerstead.hypercore.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Slice;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBatch;

class SerializedBatchTest {
  @TempDir private Path folder;

  @Test
  void finish_shouldGiveTheBytesThatRocksDbMakes() throws Exception {
    RocksDB.loadLibrary();
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    List<ColumnFamilyDescriptor> families = new ArrayList<>();
    for (Family family : Family.values()) {
      families.add(new ColumnFamilyDescriptor(family.encoded()));
    }
    byte[] large = new byte[70_000];
    Arrays.fill(large, (byte) 7);
    try (var options = new DBOptions()) {
      options.setCreateIfMissing(true).setCreateMissingColumnFamilies(true);
      try (var db = RocksDB.open(options, folder.toString(), families, handles);
          var expected = new WriteBatch()) {
        ColumnFamilyHandle blocks = handles.get(Family.BLOCKS.ordinal());
        ColumnFamilyHandle nodes = handles.get(Family.NODES.ordinal());
        expected.put(blocks, RowKey.of(1, 2).toByteArray(), new byte[] {1, 2, 3});
        expected.put(blocks, RowKey.of(1, 3).toByteArray(), new byte[0]);
        expected.put(nodes, RowKey.of(1, 1 << 20).toByteArray(), large);
        expected.delete(nodes, RowKey.of(1, 4).toByteArray());
        expected.deleteRange(
            blocks, RowKey.of(1, 0).toByteArray(), RowKey.of(1, 1L << 53).toByteArray());

        var batch = new SerializedBatch(new byte[16]);
        assertThat(batch.isEmpty()).isTrue();
        batch
            .put(blocks.getID(), RowKey.of(1, 2), Slice.of(new byte[] {1, 2, 3}))
            .put(blocks.getID(), RowKey.of(1, 3), Slice.EMPTY)
            .put(nodes.getID(), RowKey.of(1, 1 << 20), Slice.of(large))
            .delete(nodes.getID(), RowKey.of(1, 4))
            .deleteRange(blocks.getID(), RowKey.of(1, 0), RowKey.of(1, 1L << 53));

        assertThat(batch.isEmpty()).isFalse();
        assertThat(batch.finish()).isEqualTo(expected.data());
        handles.forEach(ColumnFamilyHandle::close);
      }
    }
  }

  @Test
  void finish_shouldNotShowWhatTheBufferHeldBefore() {
    byte[] used = new byte[100];
    Arrays.fill(used, (byte) 0xff);
    byte[] whole = new SerializedBatch(used).delete(0, RowKey.of(0, 0)).finish();
    assertThat(whole).startsWith(0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
    assertThat(whole).hasSize(12 + 1 + 1 + 1 + 2);
  }

  @Test
  void uint_shouldBeThatOfCompactEncoding() {
    for (long value :
        new long[] {0, 0xfc, 0xfd, 0xffff, 0x10000, 0xffffffffL, 1L << 32, 1L << 52}) {
      byte[] expected = new CompactWriter().uint(value).toByteArray();
      assertThat(SerializedBatch.uintBytes(value)).isEqualTo(expected.length);
      byte[] whole =
          new SerializedBatch(new byte[12])
              .beginPut(0, new RowKey(), expected.length)
              .uint(value)
              .finish();
      assertThat(Arrays.copyOfRange(whole, whole.length - expected.length, whole.length))
          .isEqualTo(expected);
    }
  }
}
