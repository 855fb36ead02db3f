package org.peerstead.storagepeer.follow;

import java.util.Collection;
import java.util.function.Consumer;
import org.peerstead.securestream.encoding.Fixed32;

/** Keeps {@link FollowedCore}s durably. Thread-safe. Failures are unchecked. */
public interface FollowStore extends AutoCloseable {
  /** Gives every record to the visitor. */
  void visit(Consumer<FollowedCore> visitor);

  /** Writes records and removes others in one step; on disk when this returns. */
  void write(Collection<FollowedCore> records, Collection<Fixed32> removed);

  @Override
  void close();
}
