package org.peerstead.gateway.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.Bytes;

/**
 * A message of automerge-repo's network protocol. Names and fields are those of the protocol; peer
 * and storage ids are any text, document ids are text that is not yet checked.
 */
public sealed interface RepoMessage {
  /** The peer that wrote the message; for {@link Ephemeral} its author, else the direct peer. */
  String senderId();

  /** A message about one document. */
  sealed interface AboutDocument extends RepoMessage {
    /** Document id as the peer spelled it; see {@link org.peerstead.events.DocumentId#parse}. */
    String documentId();
  }

  /**
   * A client's first message.
   *
   * @param supportedProtocolVersions absent in clients older than the field, which means "1"
   */
  record Join(
      String senderId, PeerMetadata metadata, @Nullable List<String> supportedProtocolVersions)
      implements RepoMessage {
    public Join {
      supportedProtocolVersions =
          supportedProtocolVersions == null ? null : List.copyOf(supportedProtocolVersions);
    }
  }

  /** The server's answer to {@link Join}. */
  record Peer(
      String senderId, PeerMetadata metadata, String selectedProtocolVersion, String targetId)
      implements RepoMessage {}

  /** The sender's last message before it closes the socket. */
  record Error(String senderId, String message, String targetId) implements RepoMessage {}

  /** The sender is about to go; documented, though 2.5.6 neither sends nor handles it. */
  record Leave(String senderId) implements RepoMessage {}

  /** A sync message of a peer that does not have the document and asks for it. */
  record Request(String senderId, String targetId, String documentId, Bytes data)
      implements AboutDocument {}

  /** A sync message. */
  record Sync(String senderId, String targetId, String documentId, Bytes data)
      implements AboutDocument {}

  /** The sender has not got the document, and nobody it could ask has. */
  record DocUnavailable(String senderId, String targetId, String documentId)
      implements AboutDocument {}

  /**
   * A message that is forwarded to everybody who has the document open, and never stored.
   *
   * @param count rises with each message of {@code senderId} in {@code sessionId}
   * @param sessionId of the author's process
   */
  record Ephemeral(
      String senderId, String targetId, String documentId, Bytes data, long count, String sessionId)
      implements AboutDocument {}

  /** The sender wants, or no longer wants, to hear which heads these storages have. */
  record RemoteSubscriptionChange(
      String senderId, String targetId, List<String> add, List<String> remove)
      implements RepoMessage {
    public RemoteSubscriptionChange {
      add = List.copyOf(add);
      remove = List.copyOf(remove);
    }
  }

  /**
   * Storages have new heads of a document.
   *
   * @param newHeads by storage id, in the order of the frame
   */
  record RemoteHeadsChanged(
      String senderId, String targetId, String documentId, Map<String, RemoteHeads> newHeads)
      implements AboutDocument {
    public RemoteHeadsChanged {
      newHeads = Collections.unmodifiableMap(new LinkedHashMap<>(newHeads));
    }
  }
}
