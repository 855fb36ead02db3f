package org.peerstead.discovery.store;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

/**
 * What a node keeps over a restart: the records of others, the nodes that it knew, a few facts
 * about itself. Nothing here is worth more than its age: a row that is damaged is skipped and
 * counted, and a store that is lost fills up again within 20 minutes.
 *
 * <p>Writes are collected until {@link #commit}; what was committed survives the death of the
 * process. Rows are not read back while the node runs, only by {@link #replay} at its start.
 *
 * <p>All methods throw {@link StorageException} when the disk fails or the store is closed. Not
 * thread-safe unless the implementation says so; used by the owner thread of the node.
 */
public interface DhtStore extends AutoCloseable {
  /** Keeps nothing: for a node that may be empty after a restart. */
  DhtStore NONE = new ForgetfulStore();

  /** What a row belongs to. The meaning of keys and values is the business of who writes them. */
  enum Section {
    /** Announced peers of topics. */
    RECORDS,
    /** Servers that announced themselves. */
    ROUTES,
    /** Signed values with a sequence number. */
    MUTABLES,
    /** Values found by their hash. */
    IMMUTABLES
  }

  /** A row at its turn. */
  @FunctionalInterface
  interface RowVisitor {
    /**
     * Looks at a row. The slices belong to the visitor.
     *
     * @param expiresAtMillis milliseconds since 1970; may have passed
     */
    void row(Slice key, long expiresAtMillis, Slice value);
  }

  /** Visits all committed rows of a section, in no particular order. */
  void replay(Section section, RowVisitor visitor);

  /**
   * Writes a row, replacing an earlier one of that key. Key and value are copied before the method
   * returns.
   *
   * @param key 1 to 64 bytes
   * @param expiresAtMillis milliseconds since 1970
   */
  void put(Section section, Slice key, long expiresAtMillis, Slice value);

  /** Removes a row, if there is one. */
  void delete(Section section, Slice key);

  /** The nodes of the last {@link #saveNodes}, empty before the first. */
  List<NodeAddress> nodes();

  /** Replaces the remembered nodes; takes effect with the next {@link #commit}. */
  void saveNodes(List<NodeAddress> nodes);

  /** A fact about this node, or null. */
  @Nullable Slice meta(String name);

  /**
   * Writes a fact; takes effect with the next {@link #commit}.
   *
   * @param name ASCII, at most 64 characters
   */
  void putMeta(String name, Slice value);

  /**
   * Writes all that was collected, in one piece. On return it survives {@code kill -9} of the
   * process; a loss of power may cost the last seconds, but leaves no half of a commit. Does
   * nothing when nothing was collected.
   */
  void commit();

  /** Rows that could not be read, since the store was opened. */
  long skippedRows();

  /** Commits and closes. Idempotent. */
  @Override
  void close();
}
