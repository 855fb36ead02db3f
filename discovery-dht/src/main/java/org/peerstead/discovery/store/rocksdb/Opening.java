package org.peerstead.discovery.store.rocksdb;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * Opens the database of a directory, whatever state it is in. A process that dies in the middle
 * leaves a state from which the next one goes on: the salvaged copy takes the place of the damaged
 * database by renaming, and counts only when that one is out of the way.
 */
final class Opening {
  static final String ROWS = "rows";
  private static final String DAMAGED = "rows.damaged";
  private static final String SALVAGED = "rows.salvaged";

  private final Path directory;
  private final Options options;
  private int lostParts;

  Opening(Path directory, Options options) {
    this.directory = directory;
    this.options = options;
  }

  /** Parts of the database that could not be read, 1 when it was all of it. */
  int lostParts() {
    return lostParts;
  }

  RocksDB open() throws RocksDBException, IOException {
    Path rows = directory.resolve(ROWS);
    Path salvaged = directory.resolve(SALVAGED);
    if (Files.exists(salvaged)) {
      if (Files.exists(rows)) {
        delete(salvaged);
      } else {
        Files.move(salvaged, rows, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    RocksDB db = openIfSound(rows);
    if (db == null) {
      setAside(rows);
      lostParts++;
      return RocksDB.open(options, rows.toString());
    }
    if (isSound(db)) {
      return db;
    }
    try {
      salvage(db, salvaged);
    } finally {
      db.close();
    }
    setAside(rows);
    Files.move(salvaged, rows, StandardCopyOption.ATOMIC_MOVE);
    return RocksDB.open(options, rows.toString());
  }

  private @Nullable RocksDB openIfSound(Path rows) throws RocksDBException {
    try {
      return RocksDB.open(options, rows.toString());
    } catch (RocksDBException e) {
      if (!Rows.isDamage(e)) {
        throw e;
      }
      return null;
    }
  }

  /**
   * Reads all blocks. A damaged one would stop compactions some day, and then the node; found now
   * it costs what cannot be read.
   */
  private static boolean isSound(RocksDB db) throws RocksDBException {
    try {
      db.verifyChecksum();
      return true;
    } catch (RocksDBException e) {
      if (!Rows.isDamage(e)) {
        throw e;
      }
      return false;
    }
  }

  private void salvage(RocksDB from, Path to) throws RocksDBException {
    try (RocksDB copy = RocksDB.open(options, to.toString());
        var unsynced = new WriteOptions()) {
      for (int prefix = 1; prefix <= RocksDhtStore.lastPrefix(); prefix++) {
        lostParts += Rows.scan(from, prefix, (key, value) -> copy.put(unsynced, key, value));
      }
      copy.syncWal();
    }
  }

  private void setAside(Path rows) throws IOException {
    Path damaged = directory.resolve(DAMAGED);
    delete(damaged);
    Files.move(rows, damaged, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
