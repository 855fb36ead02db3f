package org.peerstead.events;

/**
 * An administrative act on one document; answered by a {@link DocumentCommandResult} with the same
 * request id.
 *
 * @param gatewayId who awaits the answer
 * @param requestId unique for ever
 * @param principal on whose behalf, never a token
 * @param document which document; the sender chooses the id of a new one
 * @param action what
 */
public record DocumentCommand(
    String gatewayId, String requestId, String principal, DocumentId document, Action action)
    implements Event {

  /** What to do. */
  public sealed interface Action permits ImportAutomerge, CreateFromJson, Delete {}

  /**
   * Merges Automerge bytes (any concatenation of chunks) into the document, creating or restoring
   * it when needed.
   *
   * @param data the chunks
   */
  public record ImportAutomerge(Bytes data) implements Action {}

  /**
   * Creates the document from a JSON object; fails when it exists. A deleted document is restored
   * by it.
   *
   * @param json UTF-8 text of one JSON object
   */
  public record CreateFromJson(Bytes json) implements Action {}

  /** Deletes the document and leaves a tombstone, so that sync does not bring it back. */
  public record Delete() implements Action {}

  @Override
  public String topic() {
    return Topics.DOCUMENT_COMMAND;
  }

  @Override
  public String partitionKey() {
    return document.toString();
  }

  @Override
  public String idempotencyKey() {
    return requestId;
  }
}
