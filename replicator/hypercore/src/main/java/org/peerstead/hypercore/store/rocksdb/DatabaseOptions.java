package org.peerstead.hypercore.store.rocksdb;

import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksObject;
import org.rocksdb.WriteBufferManager;

/**
 * How RocksDB is set up. Owns the native objects, which must outlive the database.
 *
 * <p>Hashes, signatures and bit patterns do not compress; small blocks often do. Blocks from {@link
 * LargeBlock#MIN_BYTES} up go to blob files, so that compactions do not copy them; their space
 * comes back when blob files are collected. Indexes and filters are cut into pieces that live in
 * the block cache like everything else, so that memory does not grow with the store.
 */
final class DatabaseOptions implements AutoCloseable {
  /**
   * Oldest blob files, as a share of all, whose living blobs an ordinary compaction moves. None: in
   * a log they are all alive, and moving them doubles what receiving large blocks costs. {@link
   * SpaceReclaimer} has them moved when enough of them is garbage.
   */
  static final double BLOB_AGE_CUTOFF = 0;

  private static final double BLOB_FORCE_THRESHOLD = 0.5;
  private static final double FILTER_BITS_PER_KEY = 10;
  private static final int MAX_RANGE_DELETIONS = 512;

  private final List<RocksObject> resources = new ArrayList<>();
  private final RocksCoreStoreConfig config;
  private final LRUCache cache;
  private final BloomFilter filter;
  private final DBOptions database;

  DatabaseOptions(RocksCoreStoreConfig config) {
    this.config = config;
    this.cache = keep(new LRUCache(config.blockCacheBytes()));
    this.filter = keep(new BloomFilter(FILTER_BITS_PER_KEY));
    var buffers = keep(new WriteBufferManager(config.writeBufferBytes(), cache));
    this.database =
        keep(new DBOptions())
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setParanoidChecks(true)
            .setMaxOpenFiles(config.maxOpenFiles())
            .setMaxBackgroundJobs(2)
            .setMaxTotalWalSize(config.writeBufferBytes())
            .setWriteBufferManager(buffers)
            .setBytesPerSync(1 << 20)
            // Stays in the processor's cache on the way to the file; RocksDB's 1 MiB does not.
            .setWritableFileMaxBufferSize(128L << 10)
            .setMaxManifestFileSize(4L << 20)
            .setManifestPreallocationSize(64L << 10)
            .setKeepLogFileNum(2)
            .setMaxLogFileSize(1L << 20)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setStatsDumpPeriodSec(0)
            .setStatsPersistPeriodSec(0);
  }

  DBOptions database() {
    return database;
  }

  ColumnFamilyDescriptor descriptor(Family family) {
    ColumnFamilyOptions options =
        keep(new ColumnFamilyOptions())
            .setWriteBufferSize(Math.max(1 << 20, config.writeBufferBytes() / 2))
            .setMemtableMaxRangeDeletions(MAX_RANGE_DELETIONS)
            .setCompressionType(compression(family))
            .setTableFormatConfig(
                new BlockBasedTableConfig()
                    .setBlockCache(cache)
                    .setCacheIndexAndFilterBlocks(true)
                    .setPinL0FilterAndIndexBlocksInCache(true)
                    .setIndexType(IndexType.kTwoLevelIndexSearch)
                    .setPartitionFilters(true)
                    .setFilterPolicy(filter));
    if (family == Family.BLOCKS) {
      options
          .setEnableBlobFiles(true)
          .setMinBlobSize(LargeBlock.MIN_BYTES)
          .setEnableBlobGarbageCollection(true)
          .setBlobGarbageCollectionAgeCutoff(BLOB_AGE_CUTOFF)
          .setBlobGarbageCollectionForceThreshold(BLOB_FORCE_THRESHOLD);
    }
    return new ColumnFamilyDescriptor(family.encoded(), options);
  }

  private static CompressionType compression(Family family) {
    return switch (family) {
      case BLOCKS, PAGES -> CompressionType.LZ4_COMPRESSION;
      case FACTS, CORES, HEADS, NODES -> CompressionType.NO_COMPRESSION;
    };
  }

  private <R extends RocksObject> R keep(R resource) {
    resources.add(resource);
    return resource;
  }

  @Override
  public void close() {
    for (int i = resources.size() - 1; i >= 0; i--) {
      resources.get(i).close();
    }
  }
}
