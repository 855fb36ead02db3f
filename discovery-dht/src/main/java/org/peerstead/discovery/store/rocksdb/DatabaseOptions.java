package org.peerstead.discovery.store.rocksdb;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;

/**
 * How RocksDB is set up. Owns the native objects, which must outlive the database.
 *
 * <p>Keys, hashes and signatures do not compress. No filters: no row is ever looked for.
 */
final class DatabaseOptions implements AutoCloseable {
  private static final int MAX_OPEN_FILES = 64;

  private final LRUCache cache;
  private final Options options;

  DatabaseOptions(RocksDhtStoreConfig config) {
    cache = new LRUCache(config.blockCacheBytes());
    options =
        new Options()
            .setCreateIfMissing(true)
            .setMaxOpenFiles(MAX_OPEN_FILES)
            .setMaxBackgroundJobs(2)
            .setWriteBufferSize(config.writeBufferBytes())
            .setMaxWriteBufferNumber(2)
            .setBytesPerSync(1 << 20)
            .setWalBytesPerSync(1 << 20)
            .setWritableFileMaxBufferSize(128L << 10)
            .setMaxManifestFileSize(4L << 20)
            .setManifestPreallocationSize(64L << 10)
            .setKeepLogFileNum(2)
            .setMaxLogFileSize(1L << 20)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setStatsDumpPeriodSec(0)
            .setStatsPersistPeriodSec(0)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setTableFormatConfig(
                new BlockBasedTableConfig()
                    .setBlockCache(cache)
                    .setCacheIndexAndFilterBlocks(true));
  }

  Options options() {
    return options;
  }

  @Override
  public void close() {
    options.close();
    cache.close();
  }
}
