package org.peerstead.gateway.core;

import org.peerstead.events.Event;
import org.peerstead.gateway.wire.RepoMessage;

/** What the driver of a {@link SyncHub} has to do, in the order it was polled, per session. */
public sealed interface Output {
  /** The session it belongs to. */
  String sessionId();

  /**
   * Send a message; call {@link SyncHub#written} with {@code bytes} once it left.
   *
   * @param bytes about how long the frame will be; what the outbound queue is measured in
   */
  record Send(String sessionId, RepoMessage message, long bytes) implements Output {}

  /** Send a WebSocket ping. */
  record Ping(String sessionId) implements Output {}

  /** Stop reading from the socket until {@link Resume}. */
  record Pause(String sessionId) implements Output {}

  /** Read from the socket again. */
  record Resume(String sessionId) implements Output {}

  /** Close the socket. The hub has forgotten the session; nothing follows for it. */
  record Close(String sessionId, CloseReason reason) implements Output {}

  /** Put an event on the bus; call {@link SyncHub#taken} once it was acknowledged. */
  record Publish(String sessionId, Event event, long bytes) implements Output {}

  /**
   * Count input that was not taken.
   *
   * @param peerId who sent it, as far as known
   * @param document what it was about, as the peer spelled it; empty when it was about none
   */
  record Rejected(String sessionId, Rejection rejection, String peerId, String document)
      implements Output {}
}
