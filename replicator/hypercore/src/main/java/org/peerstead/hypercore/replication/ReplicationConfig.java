package org.peerstead.hypercore.replication;

import org.peerstead.securestream.protomux.ProtomuxConfig;

/**
 * Limits of a {@link Replicator}. Immutable; {@link #DEFAULT} and the {@code with} methods.
 *
 * @param protomux limits of the multiplexer: channels, unanswered opens
 * @param windowRequests requests in flight to one peer for one core when the round trip is not
 *     known; default 48 as npm over TCP
 * @param maxWindowRequests the same at most, however long the round trip; default 512 as npm
 * @param maxConnectionRequests requests in flight on one connection, all cores; default 2,048
 * @param wantBlocks blocks of one want, a power of two from 32 to 2,097,152; default 2,097,152
 * @param maxWants wants at a time for each peer and core; default 512 as npm
 * @param maxQueuedRequests a peer's unanswered requests for one core; default 1,024
 * @param maxQueuedRequestsPerConnection the same for all cores of a connection; default 65,536
 * @param maxRemoteBitfieldBytes memory for what one connection's peers say they have, all cores;
 *     default 16 MiB; what is beyond is taken as not there
 * @param maxBitfieldPages pages of 4,096 bits beyond the prefixes that a connection's peers may set
 *     or clear in all; default 8,388,608, which is 34 thousand million blocks
 * @param maxInvalidRequests senseless requests before the connection is ended; default 64 as npm
 * @param maxBadProofs wrong answers on a connection before it is ended; default 16
 * @param maxUnaskedData answers nobody asked for before the connection is ended; default 1,024
 * @param maxRefusals answers "not available" in a row before a peer is asked no more for a core;
 *     default 32 as npm
 * @param maxParkedBytes memory for answers of one peer that arrived before those they build on;
 *     default 4 MiB
 * @param serveBatchBytes answers are sent in messages of about this size; default 256 KiB
 * @param serveTurnBytes answers of one turn, all connections; the rest follows in the next; default
 *     8 MiB
 * @param hotswapNanos age from which a block on its way is also asked from an idle peer; default
 *     250 ms
 * @param upgradeRetryNanos age from which a longer head, or an offset, is asked from another peer;
 *     default 10 s
 * @param slowReaderNanos how long a link may stay full; default 120 s
 * @param maxUnreadBytes what is sent at most while a link is full; default 64 MiB
 * @param lingerMinNanos shortest time that a core stays interested after its last user; default 20
 *     s
 * @param lingerMaxNanos longest such time; default 40 s
 */
public record ReplicationConfig(
    ProtomuxConfig protomux,
    int windowRequests,
    int maxWindowRequests,
    int maxConnectionRequests,
    int wantBlocks,
    int maxWants,
    int maxQueuedRequests,
    int maxQueuedRequestsPerConnection,
    int maxRemoteBitfieldBytes,
    long maxBitfieldPages,
    int maxInvalidRequests,
    int maxBadProofs,
    int maxUnaskedData,
    int maxRefusals,
    int maxParkedBytes,
    int serveBatchBytes,
    int serveTurnBytes,
    long hotswapNanos,
    long upgradeRetryNanos,
    long slowReaderNanos,
    long maxUnreadBytes,
    long lingerMinNanos,
    long lingerMaxNanos) {
  /** Wants as npm asks with its flag SMALL_WANTS. */
  public static final int SMALL_WANT_BLOCKS = 4_096;

  /** Wants as npm asks. */
  public static final int DEFAULT_WANT_BLOCKS = 2_097_152;

  /** The defaults. */
  public static final ReplicationConfig DEFAULT =
      new ReplicationConfig(
          ProtomuxConfig.DEFAULT,
          48,
          512,
          2_048,
          DEFAULT_WANT_BLOCKS,
          512,
          1_024,
          65_536,
          16 << 20,
          8 << 20,
          64,
          16,
          1_024,
          32,
          4 << 20,
          256 << 10,
          8 << 20,
          250_000_000L,
          10_000_000_000L,
          120_000_000_000L,
          64L << 20,
          20_000_000_000L,
          40_000_000_000L);

  /** Checks the bounds. */
  public ReplicationConfig {
    if (windowRequests < 1
        || maxWindowRequests < windowRequests
        || maxConnectionRequests < 1
        || wantBlocks < 32
        || wantBlocks > DEFAULT_WANT_BLOCKS
        || Integer.bitCount(wantBlocks) != 1
        || maxWants < 1
        || maxQueuedRequests < 1
        || maxQueuedRequestsPerConnection < 1
        || maxRemoteBitfieldBytes < 0
        || maxBitfieldPages < 1
        || maxInvalidRequests < 1
        || maxBadProofs < 1
        || maxUnaskedData < 1
        || maxRefusals < 1
        || maxParkedBytes < 0
        || serveBatchBytes < 1
        || serveTurnBytes < serveBatchBytes
        || hotswapNanos < 0
        || upgradeRetryNanos < 0
        || slowReaderNanos < 1
        || maxUnreadBytes < 1
        || lingerMinNanos < 0
        || lingerMaxNanos < lingerMinNanos) {
      throw new IllegalArgumentException("limit outside its bounds");
    }
  }

  /** The same with another window. */
  public ReplicationConfig withWindow(int requests) {
    return copy(requests, wantBlocks, hotswapNanos, lingerMinNanos, lingerMaxNanos);
  }

  /** The same with another size of wants. */
  public ReplicationConfig withWantBlocks(int blocks) {
    return copy(windowRequests, blocks, hotswapNanos, lingerMinNanos, lingerMaxNanos);
  }

  /** The same with another time before blocks are asked for twice. */
  public ReplicationConfig withHotswapNanos(long nanos) {
    return copy(windowRequests, wantBlocks, nanos, lingerMinNanos, lingerMaxNanos);
  }

  /** The same with another time of staying interested. */
  public ReplicationConfig withLingerNanos(long min, long max) {
    return copy(windowRequests, wantBlocks, hotswapNanos, min, max);
  }

  private ReplicationConfig copy(
      int window, int wants, long hotswap, long lingerMin, long lingerMax) {
    return new ReplicationConfig(
        protomux,
        window,
        Math.max(window, maxWindowRequests),
        maxConnectionRequests,
        wants,
        maxWants,
        maxQueuedRequests,
        maxQueuedRequestsPerConnection,
        maxRemoteBitfieldBytes,
        maxBitfieldPages,
        maxInvalidRequests,
        maxBadProofs,
        maxUnaskedData,
        maxRefusals,
        maxParkedBytes,
        serveBatchBytes,
        serveTurnBytes,
        hotswap,
        upgradeRetryNanos,
        slowReaderNanos,
        maxUnreadBytes,
        lingerMin,
        lingerMax);
  }
}
