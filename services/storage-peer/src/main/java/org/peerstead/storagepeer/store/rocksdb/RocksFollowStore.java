package org.peerstead.storagepeer.store.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Consumer;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.storagepeer.follow.FollowStore;
import org.peerstead.storagepeer.follow.FollowedCore;
import org.peerstead.storagepeer.follow.FollowedCoreCodec;
import org.rocksdb.Checkpoint;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Records of followed logs in a directory of their own. Writes are synced. Thread-safe. */
public final class RocksFollowStore implements FollowStore {
  private static final long WRITE_BUFFER_BYTES = 1L << 20;
  private static final int MAX_OPEN_FILES = 32;

  private final Options options;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final RocksDB db;
  private boolean isClosed;

  private RocksFollowStore(Options options, RocksDB db) {
    this.options = options;
    this.db = db;
  }

  /**
   * Opens or creates the store.
   *
   * @throws StorageException when the directory cannot be used
   */
  public static RocksFollowStore open(Path directory) {
    RocksDB.loadLibrary();
    var options =
        new Options()
            .setCreateIfMissing(true)
            .setParanoidChecks(true)
            .setWriteBufferSize(WRITE_BUFFER_BYTES)
            .setMaxOpenFiles(MAX_OPEN_FILES)
            .setMaxManifestFileSize(1L << 20)
            .setKeepLogFileNum(2)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setStatsDumpPeriodSec(0);
    try {
      Files.createDirectories(directory);
      return new RocksFollowStore(options, RocksDB.open(options, directory.toString()));
    } catch (IOException | RocksDBException e) {
      options.close();
      throw new StorageException(
          "The folder " + directory + " cannot be opened: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void visit(Consumer<FollowedCore> visitor) {
    requireOpen();
    try (var read = new ReadOptions().setVerifyChecksums(true);
        RocksIterator rows = db.newIterator(read)) {
      for (rows.seekToFirst(); rows.isValid(); rows.next()) {
        visitor.accept(FollowedCoreCodec.decode(Fixed32.of(rows.key()), rows.value()));
      }
      rows.status();
    } catch (RocksDBException | EncodingException | IllegalArgumentException e) {
      throw new StorageException("The followed cores cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void write(Collection<FollowedCore> records, Collection<Fixed32> removed) {
    requireOpen();
    try (var batch = new WriteBatch()) {
      for (FollowedCore core : records) {
        batch.put(core.key().toBytes(), FollowedCoreCodec.encode(core));
      }
      for (Fixed32 key : removed) {
        batch.delete(key.toBytes());
      }
      db.write(synced, batch);
    } catch (RocksDBException e) {
      throw new StorageException("The followed cores cannot be written: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void checkpoint(Path directory) {
    requireOpen();
    try (Checkpoint checkpoint = Checkpoint.create(db)) {
      checkpoint.createCheckpoint(directory.toString());
    } catch (RocksDBException e) {
      throw new StorageException("The copy to " + directory + " failed: " + e.getMessage(), e);
    }
  }

  private void requireOpen() {
    if (isClosed) {
      throw new StorageException("The store of followed cores is closed");
    }
  }

  @Override
  public synchronized void close() {
    if (!isClosed) {
      isClosed = true;
      db.close();
      synced.close();
      options.close();
    }
  }
}
