package org.peerstead.relay.turn;

import java.util.List;
import org.peerstead.relay.stun.TransportAddress;

/**
 * An allocation as an operator sees it, at one moment.
 *
 * @param id names it until the relay restarts
 * @param userId without the expiry that REST usernames carry
 * @param client the client's reflexive address
 * @param server where the client sends to
 * @param relayed as advertised; two for a dual allocation
 * @param peerTransport {@code "udp"} or {@code "tcp"} (RFC 6062)
 * @param expiresInSeconds until the client must have refreshed it
 * @param packetsUp client to peers
 * @param packetsDown peers to client
 * @param drops packets of this allocation that were not relayed
 */
public record SessionView(
    String id,
    String userId,
    ClientTransport transport,
    TransportAddress client,
    TransportAddress server,
    List<TransportAddress> relayed,
    String peerTransport,
    long createdEpochMillis,
    long ageSeconds,
    long expiresInSeconds,
    int permissions,
    int channels,
    long packetsUp,
    long bytesUp,
    long packetsDown,
    long bytesDown,
    long drops) {}
