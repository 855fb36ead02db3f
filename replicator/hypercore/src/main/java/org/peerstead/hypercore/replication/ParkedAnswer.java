package org.peerstead.hypercore.replication;

import org.peerstead.hypercore.wire.HypercoreMessage.Data;

/** An answer that waits for tree nodes of another one. */
record ParkedAnswer(PeerRequest request, Data data, int sizeBytes) {}
