package org.peerstead.events;

/**
 * A message that is passed on but never stored, for example a cursor position.
 *
 * @param gatewayId the gateway that received it
 * @param originSessionId the connection it came from, not to be sent back there
 * @param senderId the author's peer id
 * @param senderSessionId the author's own session text
 * @param count the author's counter
 * @param document which document
 * @param data the payload, CBOR of the application's value
 */
public record Ephemeral(
    String gatewayId,
    String originSessionId,
    String senderId,
    String senderSessionId,
    long count,
    DocumentId document,
    Bytes data)
    implements Event {

  @Override
  public String topic() {
    return Topics.EPHEMERAL;
  }

  @Override
  public String partitionKey() {
    return document.toString();
  }

  @Override
  public String idempotencyKey() {
    return senderId + ":" + senderSessionId + "/" + count;
  }
}
