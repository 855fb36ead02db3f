package org.peerstead.merge.store.rocksdb;

/**
 * Memory that RocksDB may use. Both together are the bound, index blocks included, small enough for
 * a single-board computer by default.
 *
 * @param blockCacheBytes cache of what was read, and the budget that write buffers are charged to
 * @param writeBufferBytes sum of the write buffers before they are flushed to files
 */
public record RocksStoreConfig(long blockCacheBytes, long writeBufferBytes) {
  /** 32 MiB of cache, 16 MiB of write buffers. */
  public static final RocksStoreConfig DEFAULT = new RocksStoreConfig(32L << 20, 16L << 20);

  public RocksStoreConfig {
    if (writeBufferBytes < 1 << 20 || blockCacheBytes < writeBufferBytes) {
      throw new IllegalArgumentException(
          "RocksDB needs at least 1 MiB of write buffers and a block cache no smaller than them,"
              + " not "
              + writeBufferBytes
              + " and "
              + blockCacheBytes
              + " bytes");
    }
  }
}
