package org.peerstead.hypercore.store.rocksdb;

/**
 * Memory and files that RocksDB may use, however many cores there are. Block cache and write
 * buffers together are the bound of its memory, index blocks included.
 *
 * @param blockCacheBytes cache of what was read, and the budget that write buffers are charged to
 * @param writeBufferBytes sum of the write buffers before they are flushed to files, and the most
 *     that the write-ahead log grows to
 * @param maxOpenFiles files held open at a time
 */
public record RocksCoreStoreConfig(long blockCacheBytes, long writeBufferBytes, int maxOpenFiles) {
  /** 64 MiB of cache, 32 MiB of write buffers, 512 files. */
  public static final RocksCoreStoreConfig DEFAULT =
      new RocksCoreStoreConfig(64L << 20, 32L << 20, 512);

  private static final int MIN_OPEN_FILES = 32;

  public RocksCoreStoreConfig {
    if (writeBufferBytes < 1 << 20 || blockCacheBytes < writeBufferBytes) {
      throw new IllegalArgumentException(
          "RocksDB needs at least 1 MiB of write buffers and a block cache no smaller than them,"
              + " not "
              + writeBufferBytes
              + " and "
              + blockCacheBytes
              + " bytes");
    }
    if (maxOpenFiles < MIN_OPEN_FILES) {
      throw new IllegalArgumentException(
          "RocksDB needs at least " + MIN_OPEN_FILES + " open files, not " + maxOpenFiles);
    }
  }
}
