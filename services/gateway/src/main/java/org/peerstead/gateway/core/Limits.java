package org.peerstead.gateway.core;

import java.time.Duration;

/**
 * What one gateway grants to its sessions.
 *
 * @param maxConnections sockets open at once
 * @param maxDocumentsPerConnection documents one session may use
 * @param maxSubscriptionsPerConnection storages one session may watch
 * @param maxMessagesPerSecond sustained rate of one session; above it the socket is not read for a
 *     while, a burst of five seconds' worth is free
 * @param maxInFlightMessages messages of one session handed to crdt-merge and not yet taken
 * @param maxInFlightBytes the same in bytes, over all sessions together
 * @param pauseQueuedBytes unsent bytes above which a session's socket is no longer read
 * @param maxQueuedBytes unsent bytes above which a session is ended as a slow reader
 * @param pingInterval how often each peer is pinged
 * @param idleTimeout silence after which a peer is taken for dead
 * @param writeTimeout how long unsent bytes may wait without any progress
 * @param handshakeTimeout how long a socket may stay without a join
 */
public record Limits(
    int maxConnections,
    int maxDocumentsPerConnection,
    int maxSubscriptionsPerConnection,
    int maxMessagesPerSecond,
    int maxInFlightMessages,
    long maxInFlightBytes,
    long pauseQueuedBytes,
    long maxQueuedBytes,
    Duration pingInterval,
    Duration idleTimeout,
    Duration writeTimeout,
    Duration handshakeTimeout) {

  /** Bound of {@code maxSubscriptionsPerConnection} unless configured. */
  public static final int DEFAULT_MAX_SUBSCRIPTIONS = 1024;
}
