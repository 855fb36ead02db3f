package org.peerstead.storagepeer.follow;

import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Consumer;
import org.peerstead.securestream.encoding.Fixed32;

/** Keeps {@link FollowedCore}s durably. Thread-safe. Failures are unchecked. */
public interface FollowStore extends AutoCloseable {
  /** Gives every record to the visitor. */
  void visit(Consumer<FollowedCore> visitor);

  /** Writes records and removes others in one step; on disk when this returns. */
  void write(Collection<FollowedCore> records, Collection<Fixed32> removed);

  /**
   * A consistent copy in a new directory, while in use.
   *
   * @param directory must not exist yet
   */
  void checkpoint(Path directory);

  @Override
  void close();
}
