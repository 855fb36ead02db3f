package org.peerstead.events;

import java.util.List;

/**
 * Something for one session, to be passed on by the gateway that holds its socket.
 *
 * <p>A sync message whose heads include a change acknowledges that change: it is sent only after
 * the change was committed durably.
 *
 * @param gatewayId the gateway that holds the socket
 * @param sessionId the session
 * @param counter grows with every event to this session, not always by 1
 * @param document which document
 * @param body what
 */
public record SyncOutbound(
    String gatewayId, String sessionId, long counter, DocumentId document, Body body)
    implements Event {

  /** What to tell the session. */
  public sealed interface Body permits Message, Unavailable, Refused, RemoteHeads {}

  /**
   * A sync message.
   *
   * @param isRequest true for frame type {@code request}, false for {@code sync}
   * @param data the message
   */
  public record Message(boolean isRequest, Bytes data) implements Body {}

  /** The document cannot be provided: frame type {@code doc-unavailable}. */
  public record Unavailable() implements Body {}

  /**
   * What the session sent was not taken. The gateway decides what the peer hears of it; for {@link
   * Refusal#MALFORMED} an {@code error} frame and the end of the session.
   *
   * @param refusal why, for counting
   * @param detail one sentence naming value, limit and remedy; no contents
   */
  public record Refused(Refusal refusal, String detail) implements Body {
    /** Longest detail in UTF-16 units. */
    public static final int MAX_DETAIL_LENGTH = 1024;

    public Refused {
      if (detail.length() > MAX_DETAIL_LENGTH) {
        throw new IllegalArgumentException("detail has " + detail.length() + " characters");
      }
    }
  }

  /**
   * A peer with a storage of its own was seen to have these heads; sent once to each gateway, to be
   * passed to whoever subscribed to that storage. {@code sessionId} is the session it was learnt
   * from.
   *
   * @param storageId the storage
   * @param heads its heads, ascending
   * @param timestampMillis when, milliseconds since 1970
   */
  public record RemoteHeads(String storageId, List<Hash32> heads, long timestampMillis)
      implements Body {
    public RemoteHeads {
      heads = List.copyOf(heads);
    }
  }

  /** Why something from a peer was not taken. The codes are part of the layout. */
  public enum Refusal {
    /** The bytes are no sync message, or carry damaged changes. */
    MALFORMED(0),
    /** The message is larger than the limit. */
    MESSAGE_TOO_LARGE(1),
    /** The session uses more documents than the limit. */
    TOO_MANY_DOCUMENTS(2),
    /** The document would grow beyond its limit. */
    DOCUMENT_TOO_LARGE(3),
    /** The store has reached its limit or the disk is full: reads go on, nothing new is taken. */
    STORE_FULL(4),
    /** Too many changes wait for changes they depend on. */
    TOO_MANY_ORPHANS(5),
    /** The stored document is damaged. */
    DAMAGED(6),
    /** The service could not do it now: overload, or it is stopping. */
    OVERLOADED(7);

    private final int code;

    Refusal(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  @Override
  public String topic() {
    return Topics.SYNC_OUTBOUND;
  }

  @Override
  public String partitionKey() {
    return gatewayId;
  }

  @Override
  public String idempotencyKey() {
    return sessionId + "/" + counter;
  }
}
