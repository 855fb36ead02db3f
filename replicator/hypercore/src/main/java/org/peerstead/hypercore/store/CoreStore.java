package org.peerstead.hypercore.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Many cores in one place. Thread-safe; each core has one writer.
 *
 * <p>Two steps to durability: what a {@link CoreBatch} committed is readable at once and survives
 * the death of the process; it survives the death of the machine when a {@link #sync} begun later
 * has completed. A failing disk is an {@link StorageException}.
 */
public interface CoreStore extends AutoCloseable {
  /** The core with this discovery key, or null. */
  @Nullable CoreRecord find(Fixed32 discoveryKey);

  /** The core that was made under this name, or null. */
  @Nullable CoreRecord find(CoreAlias alias);

  /**
   * Makes a core, or returns the one that exists under the same key; a manifest or alias that the
   * existing record lacks is added to it.
   */
  CoreRecord create(Fixed32 key, @Nullable Slice manifest, @Nullable CoreAlias alias);

  /** Visits all cores in the order of their discovery keys until the visitor returns false. */
  void visit(Predicate<CoreRecord> visitor);

  /**
   * Visits the cores behind {@code after} in the order of their discovery keys until the visitor
   * returns false.
   *
   * @param after a discovery key, of a core in the store or not; null = from the first on
   */
  default void visit(@Nullable Fixed32 after, Predicate<CoreRecord> visitor) {
    visit(
        core -> (after != null && core.discoveryKey().compareTo(after) <= 0) || visitor.test(core));
  }

  /** Cores in the store. */
  long coreCount();

  /** The rows of one core. Cheap: holds no resources. */
  CoreStorage storage(CoreRecord core);

  /** Forgets a core and everything in it. */
  void delete(CoreRecord core);

  /**
   * Completes when everything committed before this call is on disk. Calls that come together share
   * one disk operation. Completes exceptionally with {@link StorageException}; then what was not
   * confirmed must be taken for lost.
   */
  CompletableFuture<Void> sync();

  /**
   * A consistent copy of the whole store in a new directory, while it is in use.
   *
   * @param directory must not exist yet
   */
  void checkpoint(Path directory) throws IOException;

  /** Bytes on disk, all files of the store. */
  long diskBytes();

  @Override
  void close();
}
