package org.peerstead.merge;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Configuration of the service that owns documents, {@code peerstead.documents.*}. */
@ConfigMapping(prefix = "peerstead.documents")
public interface MergeConfig {

  /** Whether this process owns documents; when not, it does not open the store. */
  @WithDefault("true")
  boolean enabled();

  /** Memory for documents held open, as estimated; others are loaded when used. */
  @WithDefault("64M")
  MemorySize maxOpenBytes();

  /** Largest sync message or import. */
  @WithDefault("64M")
  MemorySize maxMessageBytes();

  /** Largest document, snapshot and change log as stored. */
  @WithDefault("256M")
  MemorySize maxDocumentBytes();

  /** Largest sum of all documents as stored; no limit but the disk when absent. */
  Optional<MemorySize> maxStoredBytes();

  /** Nothing new is taken when the disk has less free space than this. */
  @WithDefault("64M")
  MemorySize minFreeBytes();

  /** How many documents one session may use. */
  @WithDefault("100000")
  int maxDocumentsPerSession();

  /**
   * Largest document in operations (every character ever typed is one); each takes about 60 bytes
   * of memory while the document is open.
   */
  @WithDefault("4194304")
  int maxDocumentOps();

  /** How many changes of one document may wait for changes they depend on. */
  @WithDefault("10000")
  int maxOrphans();

  /** A change log shorter than this is not made into a snapshot. */
  @WithDefault("8K")
  MemorySize minLogBytes();

  /** How long changes wait for a session that has not answered the previous message. */
  @WithDefault("50ms")
  Duration holdChanges();

  /** How long a stop waits for work in hand. */
  @WithDefault("5s")
  Duration stopTimeout();

  /** Memory of RocksDB. */
  Rocks rocksdb();

  /** Memory of RocksDB; write buffers are charged to the block cache. */
  interface Rocks {
    /** Cache of what was read, indexes included. */
    @WithDefault("32M")
    MemorySize blockCache();

    /** Sum of the write buffers. */
    @WithDefault("16M")
    MemorySize writeBuffers();
  }

  /** The limits in the form the service uses. */
  default MergeLimits limits() {
    return new MergeLimits(
        maxOpenBytes().asLongValue(),
        Math.toIntExact(maxMessageBytes().asLongValue()),
        maxDocumentBytes().asLongValue(),
        maxStoredBytes().map(MemorySize::asLongValue).orElse(Long.MAX_VALUE),
        minFreeBytes().asLongValue(),
        maxDocumentsPerSession(),
        maxDocumentOps(),
        maxOrphans(),
        minLogBytes().asLongValue(),
        holdChanges());
  }
}
