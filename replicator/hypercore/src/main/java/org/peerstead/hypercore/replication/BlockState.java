package org.peerstead.hypercore.replication;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A block that is asked for or that somebody waits for. In a list by age of its first request. */
final class BlockState {
  /** To how many peers a block is asked for at once. */
  static final int MAX_REQUESTS = 3;

  final long index;
  final List<PeerRequest> requests = new ArrayList<>(1);
  @Nullable List<BlockWait> waits;

  @Nullable BlockState previous;
  @Nullable BlockState next;

  BlockState(long index) {
    this.index = index;
  }

  boolean isWaitedFor() {
    return waits != null && !waits.isEmpty();
  }

  boolean isAskedOf(CorePeer peer) {
    for (int i = 0; i < requests.size(); i++) {
      if (requests.get(i).peer == peer) {
        return true;
      }
    }
    return false;
  }
}
