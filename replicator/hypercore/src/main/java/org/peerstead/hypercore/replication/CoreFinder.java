package org.peerstead.hypercore.replication;

import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.securestream.encoding.Fixed32;

/** Where cores are found that a peer asks for and that do not replicate yet. */
public interface CoreFinder {
  /** Finds nothing. */
  CoreFinder NONE = (discoveryKey, connection) -> null;

  /**
   * The core, or null to reject; then {@link Replicator#replicate} makes up for it later. It
   * replicates from now on, serving only, until the last peer is gone: then {@link #release} is
   * called.
   */
  @Nullable Core find(Fixed32 discoveryKey, PeerConnection connection);

  /** A core that came from {@link #find} is no longer used here. */
  default void release(Core core) {}
}
