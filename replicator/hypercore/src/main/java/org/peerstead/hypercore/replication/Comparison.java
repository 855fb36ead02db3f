package org.peerstead.hypercore.replication;

import org.peerstead.hypercore.merkle.ProofRequest;

/** The request with the reserved id 0: a whole head, to be compared with ours. */
final class Comparison {
  private Comparison() {}

  static ProofRequest request(long fork, long length) {
    return new ProofRequest(fork, null, null, null, new ProofRequest.Upgrade(0, length));
  }
}
