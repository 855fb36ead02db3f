package org.peerstead.hypercore.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

class LargeBlockTest {
  private static final RocksCoreStoreConfig CONFIG = new RocksCoreStoreConfig(4 << 20, 1 << 20, 64);

  @TempDir private Path folder;

  @Test
  void decode_shouldRefuseAnotherKeyOrAnotherByte() {
    byte[] row = new byte[LargeBlock.MIN_BYTES + LargeBlock.CHECKSUM_BYTES];
    RowKey key = RowKey.of(1, 2);
    int sum = LargeBlock.checksum(key, row, 0, LargeBlock.MIN_BYTES);
    for (int i = 0; i < LargeBlock.CHECKSUM_BYTES; i++) {
      row[LargeBlock.MIN_BYTES + i] = (byte) (sum >>> (8 * i));
    }
    assertThat(LargeBlock.decode(key, row)).isEqualTo(Slice.of(row, 0, LargeBlock.MIN_BYTES));
    assertThat(LargeBlock.decode(RowKey.of(1, 3), row)).isNull();
    assertThat(LargeBlock.decode(key, new byte[LargeBlock.MIN_BYTES])).isNull();
    row[17]++;
    assertThat(LargeBlock.decode(key, row)).isNull();
  }

  @Test
  void block_shouldNotBeReturnedWhenTheDiskHasChangedIt() throws Exception {
    byte[] bytes = new byte[65_536];
    new SplittableRandom(1).nextBytes(bytes);
    Fixed32 key = Fixed32.of(new byte[Fixed32.SIZE]);
    try (RocksCoreStore store = RocksCoreStore.open(folder, CONFIG)) {
      CoreStorage core = store.storage(store.create(key, null, null));
      core.batch().block(0, Slice.of(bytes)).block(1, Slice.of(bytes)).commit();
    }
    flipAByteOfTheSecondBlock();
    try (RocksCoreStore store = RocksCoreStore.open(folder, CONFIG)) {
      CoreStorage core = store.storage(store.create(key, null, null));
      assertThat(core.block(0)).isEqualTo(Slice.of(bytes));
      assertThatThrownBy(() -> core.block(1)).isInstanceOf(StorageException.class);
      CoreStorage fresh = store.storage(store.create(key, null, null));
      assertThatThrownBy(() -> fresh.block(1)).isInstanceOf(StorageException.class);
    }
  }

  private void flipAByteOfTheSecondBlock() throws Exception {
    List<Path> blobs;
    try (Stream<Path> files = Files.list(folder)) {
      blobs = files.filter(file -> file.toString().endsWith(".blob")).toList();
    }
    assertThat(blobs).hasSize(1);
    try (var file = new RandomAccessFile(blobs.getFirst().toFile(), "rw")) {
      long at = 65_536 + 30_000;
      file.seek(at);
      int octet = file.read();
      file.seek(at);
      file.write(octet ^ 1);
    }
  }
}
