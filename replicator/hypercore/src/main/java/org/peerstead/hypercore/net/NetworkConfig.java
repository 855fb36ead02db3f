package org.peerstead.hypercore.net;

import java.time.Duration;

/**
 * Limits and times of the connections. Immutable.
 *
 * @param maxConnections accepted and dialled together, 1 or more; default 512
 * @param maxConnectionsPerAddress accepted from one IPv4 address or one IPv6 /64; default 32
 * @param handshakeTimeout from the socket to the proven peer; default 10 s
 * @param keepAlive an empty message when nothing was sent for so long; 0 = never; default 5 s as
 *     npm hypercore and hyperdht have it
 * @param idleTimeout ends a connection on which nothing arrived for so long; 0 = never, for peers
 *     without keep-alive; default 30 s
 * @param slowReaderTimeout ends a connection that is full and took less than 64 KiB in so long;
 *     default 60 s
 * @param inboundHighWaterBytes decrypted and not processed bytes of one connection above which its
 *     socket is not read; default 1 MiB
 * @param outboundHighWaterBytes bytes of one connection waiting for the socket above which it takes
 *     no more; default 2 MiB
 * @param maxFrameBytes largest frame after the handshake, at most 16,777,215; default 16,777,215,
 *     because blocks may have 15 MiB
 * @param connectTimeout of one attempt to dial; default 10 s
 * @param redialMin shortest wait before dialling again; default 1 s
 * @param redialMax longest wait; each failure doubles the wait, half of it at random; default 60 s
 * @param eventLoopThreads threads for sockets and encryption, 1 or more; default one for each
 *     processor, at most 4
 */
public record NetworkConfig(
    int maxConnections,
    int maxConnectionsPerAddress,
    Duration handshakeTimeout,
    Duration keepAlive,
    Duration idleTimeout,
    Duration slowReaderTimeout,
    int inboundHighWaterBytes,
    int outboundHighWaterBytes,
    int maxFrameBytes,
    Duration connectTimeout,
    Duration redialMin,
    Duration redialMax,
    int eventLoopThreads) {
  /** The defaults. */
  public static final NetworkConfig DEFAULT =
      new NetworkConfig(
          512,
          32,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          1 << 20,
          2 << 20,
          0xffffff,
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(60),
          Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4));

  /** Checks the bounds. */
  public NetworkConfig {
    if (maxConnections < 1
        || maxConnectionsPerAddress < 1
        || inboundHighWaterBytes < 1
        || outboundHighWaterBytes < 1
        || eventLoopThreads < 1) {
      throw new IllegalArgumentException("a limit below 1");
    }
    if (handshakeTimeout.isNegative()
        || handshakeTimeout.isZero()
        || slowReaderTimeout.isNegative()
        || slowReaderTimeout.isZero()
        || connectTimeout.isNegative()
        || connectTimeout.isZero()
        || redialMin.isNegative()
        || redialMin.isZero()
        || redialMax.compareTo(redialMin) < 0
        || keepAlive.isNegative()
        || idleTimeout.isNegative()) {
      throw new IllegalArgumentException("a time outside its bounds");
    }
  }

  /** With other limits of how many connections there are. */
  public NetworkConfig withConnections(int total, int perAddress) {
    return new NetworkConfig(
        total,
        perAddress,
        handshakeTimeout,
        keepAlive,
        idleTimeout,
        slowReaderTimeout,
        inboundHighWaterBytes,
        outboundHighWaterBytes,
        maxFrameBytes,
        connectTimeout,
        redialMin,
        redialMax,
        eventLoopThreads);
  }

  /** With other times after which a connection is given up. */
  public NetworkConfig withTimeouts(Duration handshake, Duration idle, Duration slowReader) {
    return new NetworkConfig(
        maxConnections,
        maxConnectionsPerAddress,
        handshake,
        keepAlive,
        idle,
        slowReader,
        inboundHighWaterBytes,
        outboundHighWaterBytes,
        maxFrameBytes,
        connectTimeout,
        redialMin,
        redialMax,
        eventLoopThreads);
  }

  /** With another time after which something is sent. */
  public NetworkConfig withKeepAlive(Duration interval) {
    return new NetworkConfig(
        maxConnections,
        maxConnectionsPerAddress,
        handshakeTimeout,
        interval,
        idleTimeout,
        slowReaderTimeout,
        inboundHighWaterBytes,
        outboundHighWaterBytes,
        maxFrameBytes,
        connectTimeout,
        redialMin,
        redialMax,
        eventLoopThreads);
  }

  /** With other limits of what waits between socket and owner. */
  public NetworkConfig withHighWater(int inboundBytes, int outboundBytes) {
    return new NetworkConfig(
        maxConnections,
        maxConnectionsPerAddress,
        handshakeTimeout,
        keepAlive,
        idleTimeout,
        slowReaderTimeout,
        inboundBytes,
        outboundBytes,
        maxFrameBytes,
        connectTimeout,
        redialMin,
        redialMax,
        eventLoopThreads);
  }

  /** With another wait between dials. */
  public NetworkConfig withRedial(Duration min, Duration max) {
    return new NetworkConfig(
        maxConnections,
        maxConnectionsPerAddress,
        handshakeTimeout,
        keepAlive,
        idleTimeout,
        slowReaderTimeout,
        inboundHighWaterBytes,
        outboundHighWaterBytes,
        maxFrameBytes,
        connectTimeout,
        min,
        max,
        eventLoopThreads);
  }
}
