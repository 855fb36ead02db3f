package org.peerstead.events;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection of an automerge-repo peer, as the gateway knows it.
 *
 * @param gatewayId names the gateway process that holds the socket
 * @param sessionId unique for ever; a reconnect is a new session
 * @param peerId the name the peer gave itself, any text
 * @param storageId names the peer's storage, absent when it keeps none
 * @param isEphemeral true when the peer asked not to be remembered: no sync state is stored for it
 * @param principal who the gateway's access rules say this is, never a token
 */
public record Session(
    String gatewayId,
    String sessionId,
    String peerId,
    @Nullable String storageId,
    boolean isEphemeral,
    String principal) {

  /** Longest text in any component, in UTF-16 units. */
  public static final int MAX_TEXT_LENGTH = 256;

  public Session {
    requireText(gatewayId, "gatewayId");
    requireText(sessionId, "sessionId");
    requireText(peerId, "peerId");
    requireText(principal, "principal");
    if (storageId != null) {
      requireText(storageId, "storageId");
    }
  }

  private static void requireText(String text, String name) {
    Objects.requireNonNull(text, name);
    if (text.length() > MAX_TEXT_LENGTH) {
      throw new IllegalArgumentException(
          name + " has " + text.length() + " characters, at most " + MAX_TEXT_LENGTH);
    }
  }
}
