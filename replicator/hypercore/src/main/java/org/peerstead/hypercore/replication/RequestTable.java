package org.peerstead.hypercore.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one core in flight, over all peers. Ids are small numbers from 1. The id of a
 * request that was cancelled stays taken until the peer has answered one that was sent after the
 * cancel: by then it has read the cancel. Not thread-safe.
 */
final class RequestTable {
  private final List<@Nullable PeerRequest> byId = new ArrayList<>(0);
  private final ArrayDeque<Integer> free = new ArrayDeque<>(0);
  private int active;

  /** Gives the request an id. */
  void add(PeerRequest request) {
    Integer id = free.pollLast();
    if (id == null) {
      byId.add(request);
      id = byId.size();
    } else {
      byId.set(id - 1, request);
    }
    request.id = id;
    active++;
  }

  /** The request with this id, cancelled ones included, or null. */
  @Nullable PeerRequest get(long id) {
    return id >= 1 && id <= byId.size() ? byId.get((int) id - 1) : null;
  }

  /** All requests to one peer, cancelled ones included. */
  List<PeerRequest> of(CorePeer peer) {
    List<PeerRequest> found = new ArrayList<>();
    for (PeerRequest request : byId) {
      if (request != null && request.peer == peer) {
        found.add(request);
      }
    }
    return found;
  }

  /** The id is free again. */
  void remove(PeerRequest request) {
    if (get(request.id) != request) {
      return;
    }
    byId.set(request.id - 1, null);
    free.add(request.id);
    if (!request.isCancelled) {
      active--;
    }
    if (free.size() == byId.size()) {
      byId.clear();
      free.clear();
    }
  }

  /** The id stays taken. */
  void cancel(PeerRequest request) {
    if (!request.isCancelled) {
      request.isCancelled = true;
      active--;
    }
  }

  /** Requests that are not cancelled. */
  int active() {
    return active;
  }

  /** Ids that are taken. */
  int taken() {
    return byId.size() - free.size();
  }
}
