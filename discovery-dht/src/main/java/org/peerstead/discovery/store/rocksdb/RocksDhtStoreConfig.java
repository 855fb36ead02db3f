package org.peerstead.discovery.store.rocksdb;

/**
 * Memory that RocksDB may use.
 *
 * @param writeBufferBytes size of a write buffer, of which there are at most two; 1 MiB to 1 GiB.
 *     The write-ahead log grows to about as much
 * @param blockCacheBytes cache of what is read; 1 MiB or more. Rows are read once, at the start
 */
public record RocksDhtStoreConfig(long writeBufferBytes, long blockCacheBytes) {
  /** Two write buffers of 16 MiB, 8 MiB of cache. */
  public static final RocksDhtStoreConfig DEFAULT = new RocksDhtStoreConfig(16L << 20, 8L << 20);

  /** Checks the bounds. */
  public RocksDhtStoreConfig {
    if (writeBufferBytes < 1 << 20 || writeBufferBytes > 1 << 30 || blockCacheBytes < 1 << 20) {
      throw new IllegalArgumentException(
          "RocksDB needs 1 MiB to 1 GiB of write buffer and at least 1 MiB of block cache, not "
              + writeBufferBytes
              + " and "
              + blockCacheBytes
              + " bytes");
    }
  }
}
