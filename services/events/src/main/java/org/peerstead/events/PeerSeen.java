package org.peerstead.events;

/**
 * A peer connected or left, for the operator's view.
 *
 * @param peer the public key of its device, proved by the handshake
 * @param address host and port it was reached at or came from
 * @param isConnected whether it is connected now
 * @param atMillis when that began, milliseconds since 1970
 * @param detail why it left; empty while connected
 */
public record PeerSeen(
    CoreKey peer, String address, boolean isConnected, long atMillis, String detail)
    implements Event {

  /** Longest detail in UTF-16 units. */
  public static final int MAX_DETAIL_LENGTH = 1024;

  public PeerSeen {
    if (detail.length() > MAX_DETAIL_LENGTH) {
      throw new IllegalArgumentException("detail has " + detail.length() + " characters");
    }
  }

  @Override
  public String topic() {
    return Topics.PEER_SEEN;
  }

  @Override
  public String partitionKey() {
    return peer.toString();
  }

  @Override
  public String idempotencyKey() {
    return peer + "/" + atMillis;
  }
}
