package org.peerstead.relaynode;

import org.peerstead.events.RelaySession;

/** Where events go. Thread-safe; never blocks: what finds no room is dropped. */
public interface RelayOutbox {
  /**
   * Tells that somebody began or ended to use the relay.
   *
   * @return whether there was room
   */
  boolean send(RelaySession session);
}
