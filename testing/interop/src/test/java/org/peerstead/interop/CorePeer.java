package org.peerstead.interop;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A peer that keeps and replicates cores, ours or npm's, as the replication scenarios need it.
 * Calls wait for their result. Keys and hashes are lower-case hex. A peer is used by one thread,
 * unless a method says otherwise.
 */
interface CorePeer extends AutoCloseable {
  Duration PATIENCE = Duration.ofSeconds(30);

  /**
   * What a peer knows about one of its cores.
   *
   * @param byteLength sum of the block sizes, without the padding of an encrypted core if the key
   *     is known
   * @param treeHash over the roots, empty when the peer does not hold the last block
   * @param stored how many blocks are held
   * @param peers connections on which this core is replicated
   */
  record State(
      String key,
      long length,
      long fork,
      long byteLength,
      long contiguousLength,
      String treeHash,
      long stored,
      int peers) {}

  /** Where a byte offset lies. */
  record Place(long index, long offset) {}

  /** Creates or opens the writable core of a name, in the default name space. */
  State create(String name, @Nullable String encryptionKey);

  /** Opens a core to replicate it; nothing is downloaded yet. */
  State open(String key, @Nullable String encryptionKey);

  /** Gives up the only session on a core. */
  void closeCore(String key);

  /** Appends the content's next blocks, at most {@code batch} of them at a time. */
  State append(String key, Blocks content, int count, int batch);

  default State append(String key, Blocks content, int count) {
    return append(key, content, count, 1024);
  }

  State truncate(String key, long length);

  void clear(String key, long from, long to);

  State state(String key);

  /** Downloads a part and waits for it. */
  State download(String key, long from, long to, boolean isLinear);

  /** Downloads everything from now on, and waits for all of at least this length and fork. */
  State follow(String key, long length, long fork);

  default State follow(String key, long length) {
    return follow(key, length, 0);
  }

  /** Starts to download everything from now on. */
  void startFollowing(String key);

  /** Waits for a head of at least this length and fork, with or without blocks. */
  State awaitLength(String key, long length, long fork);

  /** Waits until the core is replicated on exactly so many connections. */
  void awaitPeers(String key, int peers);

  /**
   * Gets one block, from others if need be, and returns its SHA-256.
   *
   * @throws PeerFailedException when it does not arrive in time
   */
  String get(String key, long index, Duration patience);

  default String get(String key, long index) {
    return get(key, index, PATIENCE);
  }

  /** Finds the block that holds a byte, asking others if need be. */
  Place seek(String key, long byteOffset);

  /**
   * SHA-256 of each block that is held, null for the others.
   *
   * @param isRaw as stored, that is still encrypted
   */
  List<@Nullable String> digests(String key, long from, long to, boolean isRaw);

  default List<@Nullable String> digests(String key, long from, long to) {
    return digests(key, from, to, false);
  }

  /** Registers the test's extension messages with {@link #open} and sends one to every peer. */
  void broadcast(String key, String text);

  /** Waits until so many extension messages have arrived, and returns all. */
  List<String> awaitMessages(String key, int count);

  /** Starts to listen on loopback and returns the port. */
  int listen();

  /** Connects to a port on loopback and waits for the secure channel. */
  void dial(int port);

  /** Cuts all connections. */
  void disconnect();

  @Override
  void close();
}
