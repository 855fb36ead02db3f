package org.peerstead.hypercore.replication;

/** What was wrong with an answer; fit for a metric label. */
public enum ProofFailure {
  /** The tree does not fit: hashes or positions of nodes. */
  PROOF,
  /** Manifest or signature do not fit. */
  SIGNATURE,
  /** Not what was asked for. */
  MISMATCH
}
