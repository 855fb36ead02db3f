package org.peerstead.hypercore.replication;

import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.store.StorageException;

/**
 * Is told what happens, on the owner's thread. May call into the replicator; what that sends goes
 * out when the present input is done.
 */
public interface ReplicationListener {
  /** Listens to nothing. */
  ReplicationListener NONE = new ReplicationListener() {};

  /** A connection was attached. */
  default void connected(PeerConnection connection) {}

  /** A connection is gone. */
  default void disconnected(PeerConnection connection) {}

  /** We end a connection. */
  default void rejected(PeerConnection connection, DisconnectReason reason, String detail) {}

  /** A peer proved that it knows the core. */
  default void peerAdded(Core core, PeerConnection peer) {}

  /** That peer's channel is closed. */
  default void peerRemoved(Core core, PeerConnection peer) {}

  /** A block of a peer was verified and stored. */
  default void blockReceived(Core core, long index, int sizeBytes, PeerConnection peer) {}

  /** A block was sent to a peer. */
  default void blockSent(Core core, long index, int sizeBytes, PeerConnection peer) {}

  /** Length or fork of a core changed because of a peer. */
  default void headChanged(Core core, PeerConnection peer) {}

  /** An answer did not verify; nothing of it was kept. */
  default void proofFailed(Core core, PeerConnection peer, ProofFailure failure, String detail) {}

  /**
   * The store could not take or give something. The peer is asked for nothing more of this core, or
   * was told that we do not have it.
   */
  default void storageFailed(Core core, PeerConnection peer, StorageException failure) {}

  /**
   * Two valid heads contradict each other; the core is frozen.
   *
   * @param evidence the other head, verified
   */
  default void conflict(Core core, PeerConnection peer, Proof evidence) {}
}
