package org.peerstead.events;

import java.util.List;

/**
 * What became of a {@link DocumentCommand}; {@link Outcome#DONE} is sent only after a durable
 * commit.
 *
 * @param gatewayId who asked
 * @param requestId which request
 * @param document which document
 * @param outcome how it went
 * @param heads the document's heads afterwards, ascending; empty when there is none
 * @param detail one sentence for people; empty when done
 */
public record DocumentCommandResult(
    String gatewayId,
    String requestId,
    DocumentId document,
    Outcome outcome,
    List<Hash32> heads,
    String detail)
    implements Event {

  /** Longest detail in UTF-16 units. */
  public static final int MAX_DETAIL_LENGTH = 1024;

  /** How a command went. The codes are part of the layout. */
  public enum Outcome {
    /** Done and durable. */
    DONE(0),
    /** There is no such document. */
    NOT_FOUND(1),
    /** The document exists already. */
    ALREADY_EXISTS(2),
    /** The bytes or the JSON cannot be read. */
    MALFORMED(3),
    /** The document would exceed its limit. */
    DOCUMENT_TOO_LARGE(4),
    /** The store has reached its limit or the disk is full. */
    STORE_FULL(5),
    /** The store failed, or the stored document is damaged. */
    FAILED(6);

    private final int code;

    Outcome(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  public DocumentCommandResult {
    heads = List.copyOf(heads);
    if (detail.length() > MAX_DETAIL_LENGTH) {
      throw new IllegalArgumentException("detail has " + detail.length() + " characters");
    }
  }

  @Override
  public String topic() {
    return Topics.DOCUMENT_COMMAND_RESULT;
  }

  @Override
  public String partitionKey() {
    return gatewayId;
  }

  @Override
  public String idempotencyKey() {
    return requestId;
  }
}
