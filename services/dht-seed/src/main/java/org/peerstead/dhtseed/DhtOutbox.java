package org.peerstead.dhtseed;

import org.peerstead.events.DhtActivity;
import org.peerstead.events.PeerSeen;

/** Where events go. Thread-safe; never blocks: what finds no room is dropped. */
public interface DhtOutbox {
  /** Tells how the node is. */
  void send(DhtActivity activity);

  /** Tells of a peer that was found. */
  void send(PeerSeen peer);
}
