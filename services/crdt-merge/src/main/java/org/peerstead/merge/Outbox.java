package org.peerstead.merge;

import org.peerstead.events.Event;

/** The way out to the bus. Thread-safe. */
@FunctionalInterface
public interface Outbox {
  /**
   * Sends an event; may wait while the bus is congested.
   *
   * @param onLost runs, on any thread, when the event was not delivered
   */
  void send(Event event, Runnable onLost);
}
