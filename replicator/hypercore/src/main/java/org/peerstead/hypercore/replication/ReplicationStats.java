package org.peerstead.hypercore.replication;

/**
 * Counters since the start. Written by the owner's thread only; plain fields, so that another
 * thread may see a value late.
 */
public final class ReplicationStats {
  public long messagesReceived;
  public long messagesSent;
  public long bytesReceived;
  public long bytesSent;
  public long blocksReceived;
  public long blockBytesReceived;
  public long blocksSent;
  public long blockBytesSent;

  /** Blocks that were verified although we had them. */
  public long duplicateBlocks;

  public long requestsSent;
  public long requestsReceived;
  public long cancelsSent;
  public long cancelsReceived;

  /** Requests to a second or third peer for a block on its way. */
  public long hotswaps;

  /** Requests given up because a peer left, refused or was too slow. */
  public long requestsLost;

  public long notAvailableReceived;
  public long notAvailableSent;
  public long invalidRequestsReceived;

  /** Answers that arrived before the tree nodes they build on. */
  public long answersParked;

  public long unaskedData;

  private final long[] proofsFailed = new long[ProofFailure.values().length];
  private final long[] disconnects = new long[DisconnectReason.values().length];

  /** No counts. */
  public ReplicationStats() {}

  /** Answers that did not verify. */
  public long proofsFailed(ProofFailure failure) {
    return proofsFailed[failure.ordinal()];
  }

  /** Connections that we ended. */
  public long disconnects(DisconnectReason reason) {
    return disconnects[reason.ordinal()];
  }

  void countProofFailed(ProofFailure failure) {
    proofsFailed[failure.ordinal()]++;
  }

  void countDisconnect(DisconnectReason reason) {
    disconnects[reason.ordinal()]++;
  }
}
