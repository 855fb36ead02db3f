package org.peerstead.discovery.net;

/**
 * What passed the sockets of a node since they were opened.
 *
 * @param received datagrams taken from the system, those dropped here included
 * @param receivedBytes their bytes
 * @param oversized datagrams dropped because they were longer than {@link
 *     DatagramSockets#MAX_DATAGRAM_BYTES}
 * @param overflowed datagrams that the system dropped because its receive buffer was full; 0 where
 *     it does not say
 * @param sent datagrams given to the system
 * @param sentBytes their bytes
 * @param refused datagrams that the system did not take: no route, forbidden, no such address
 * @param lost datagrams dropped because the system took none for a while and our queue was full, or
 *     because what they confirm could not be stored
 * @param receiveBatches calls that received at least one datagram
 * @param sendBatches calls that sent at least one datagram
 */
public record SocketCounts(
    long received,
    long receivedBytes,
    long oversized,
    long overflowed,
    long sent,
    long sentBytes,
    long refused,
    long lost,
    long receiveBatches,
    long sendBatches) {
  /** The counts of two sockets together. */
  static SocketCounts sum(SocketCounts a, SocketCounts b) {
    return new SocketCounts(
        a.received + b.received,
        a.receivedBytes + b.receivedBytes,
        a.oversized + b.oversized,
        a.overflowed + b.overflowed,
        a.sent + b.sent,
        a.sentBytes + b.sentBytes,
        a.refused + b.refused,
        a.lost + b.lost,
        a.receiveBatches + b.receiveBatches,
        a.sendBatches + b.sendBatches);
  }
}
