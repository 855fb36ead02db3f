package org.peerstead.discovery.store.rocksdb;

import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Status;

/**
 * Reads all rows whose key begins with a given byte, also out of a damaged database: where a block
 * cannot be read, the rest of the 256th part of the keys that it belongs to is given up.
 */
final class Rows {
  /** A row at its turn. */
  @FunctionalInterface
  interface Visitor {
    /** Looks at a row; the arrays belong to the visitor. */
    void row(byte[] key, byte[] value) throws RocksDBException;
  }

  private Rows() {}

  /**
   * Visits the rows.
   *
   * @return number of parts that were given up
   */
  static int scan(RocksDB db, int prefix, Visitor visitor) throws RocksDBException {
    int damaged = 0;
    byte @Nullable [] from = {(byte) prefix};
    while (from != null) {
      int part = scanFrom(db, prefix, from, visitor);
      if (part < 0) {
        return damaged;
      }
      damaged++;
      from = part == 0xff ? null : new byte[] {(byte) prefix, (byte) (part + 1)};
    }
    return damaged;
  }

  /** The second byte of the keys where a block could not be read, or -1. */
  private static int scanFrom(RocksDB db, int prefix, byte[] from, Visitor visitor)
      throws RocksDBException {
    int part = from.length > 1 ? from[1] & 0xff : 0;
    try (var end = new Slice(new byte[] {(byte) (prefix + 1)});
        var options =
            new ReadOptions()
                .setIterateUpperBound(end)
                .setFillCache(false)
                .setReadaheadSize(256 << 10);
        RocksIterator at = db.newIterator(options)) {
      for (at.seek(from); at.isValid(); at.next()) {
        byte[] key = at.key();
        if (key.length > 1) {
          part = key[1] & 0xff;
        }
        visitor.row(key, at.value());
      }
      try {
        at.status();
        return -1;
      } catch (RocksDBException e) {
        if (!isDamage(e)) {
          throw e;
        }
        return part;
      }
    }
  }

  /** Whether what is on disk is broken, rather than the disk. */
  static boolean isDamage(RocksDBException e) {
    Status status = e.getStatus();
    return status != null
        && (status.getCode() == Status.Code.Corruption
            || status.getCode() == Status.Code.NotFound
            || (status.getCode() == Status.Code.IOError
                && e.getMessage() != null
                && e.getMessage().contains("No such file")));
  }
}
