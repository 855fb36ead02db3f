package org.peerstead.hypercore;

import java.net.InetSocketAddress;
import java.time.Instant;
import org.peerstead.hypercore.net.Connection;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * A connected peer.
 *
 * @param id of the connection
 * @param publicKey the peer's proven static key
 * @param address the other end of the socket
 * @param isInitiator whether we opened it
 * @param connectedAt when the peer was proven
 * @param bytesIn read from the socket
 * @param bytesOut handed to the socket
 */
public record PeerInfo(
    long id,
    Fixed32 publicKey,
    InetSocketAddress address,
    boolean isInitiator,
    Instant connectedAt,
    long bytesIn,
    long bytesOut) {
  static PeerInfo of(Connection connection) {
    return new PeerInfo(
        connection.id(),
        connection.publicKey(),
        connection.address(),
        connection.isInitiator(),
        Instant.ofEpochMilli(connection.connectedAtMillis()),
        connection.bytesIn(),
        connection.bytesOut());
  }
}
