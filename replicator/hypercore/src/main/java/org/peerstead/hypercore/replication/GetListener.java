package org.peerstead.hypercore.replication;

import org.peerstead.securestream.encoding.Slice;

/** Waits for one block. Exactly one method is called, once; none after a cancel. */
public interface GetListener {
  /** Why a block did not come. */
  enum Failure {
    /** The core stopped replicating. */
    STOPPED,
    /** Contradicting heads were seen. */
    FROZEN
  }

  /** The block as stored: ciphertext when the core is encrypted. */
  void block(long index, Slice value);

  /** It will not come. */
  void failed(long index, Failure failure);
}
