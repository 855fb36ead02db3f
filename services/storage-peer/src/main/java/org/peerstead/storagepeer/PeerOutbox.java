package org.peerstead.storagepeer;

import org.peerstead.events.Event;

/** Where events go. Thread-safe; never blocks. */
@FunctionalInterface
public interface PeerOutbox {
  /** Sends an event, or drops it when there is no room: events are hints. */
  void send(Event event);
}
