package org.peerstead.hypercore;

import java.net.InetSocketAddress;
import org.peerstead.hypercore.net.CloseReason;
import org.peerstead.hypercore.replication.ProofFailure;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Is told what happens to cores and peers, on the owner's thread: must return soon and must not
 * wait for futures of this package. What is told of cores can be read; what is told as local is on
 * disk.
 */
public interface HypercoresListener {
  /** Listens to nothing. */
  HypercoresListener NONE = new HypercoresListener() {};

  /** A peer is proven. */
  default void peerConnected(PeerInfo peer) {}

  /** A connection is over. */
  default void peerDisconnected(PeerInfo peer, CloseReason reason, String detail) {}

  /** A socket or an attempt to dial did not become a connection. */
  default void connectionRefused(InetSocketAddress address, CloseReason reason, String detail) {}

  /** A core became longer: by an append here, or because a peer proved it. */
  default void coreAppended(Fixed32 key, long fork, long from, long to, boolean isLocal) {}

  /** A core is another fork; what was at or beyond {@code length} is gone. */
  default void coreTruncated(Fixed32 key, long fork, long length, long oldLength) {}

  /** A block of a peer was verified and stored. */
  default void blockStored(Fixed32 key, long index, int sizeBytes, Fixed32 peer) {}

  /** A block was sent to a peer. */
  default void blockSent(Fixed32 key, long index, int sizeBytes, Fixed32 peer) {}

  /** Blocks are no longer stored here. */
  default void blocksCleared(Fixed32 key, long from, long to) {}

  /** A peer proved that it knows the core. */
  default void peerAdded(Fixed32 key, Fixed32 peer) {}

  /** A peer no longer has the core open. */
  default void peerRemoved(Fixed32 key, Fixed32 peer) {}

  /** An answer of a peer did not verify; nothing of it was kept. */
  default void proofFailed(Fixed32 key, Fixed32 peer, ProofFailure failure) {}

  /** Two valid heads contradict each other; the core is frozen. */
  default void conflict(Fixed32 key, Fixed32 peer) {}

  /** Whether a stored core that a peer asks for is served to it. The core's key is not known. */
  default boolean isServed(Fixed32 discoveryKey, Fixed32 peer) {
    return true;
  }
}
