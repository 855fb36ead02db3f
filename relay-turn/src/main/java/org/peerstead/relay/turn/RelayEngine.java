package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import org.peerstead.relay.stun.IpFamily;

/**
 * What a shell drives: one per loop. Not thread-safe; all calls, and all calls back, are on the
 * loop's thread.
 */
public interface RelayEngine {
  /**
   * A datagram of a client that is not DTLS (first byte outside 20 to 63).
   *
   * @param listener index of the listening address it came to, as in {@link RelayShard#listeners}
   * @param high the sender, as in {@link org.peerstead.relay.stun.IpAddress#high()}
   * @param low the sender, as in {@link org.peerstead.relay.stun.IpAddress#low()}
   * @param memory valid until the shell flushes what the engine sent
   * @param nowNanos of a monotonic clock
   */
  void receiveDatagram(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      long nowNanos);

  /**
   * One whole STUN message or ChannelData message of a connection, padding included or not. From a
   * DTLS record: its whole contents.
   *
   * @return false when the connection must be closed: it broke the framing or sent rubbish
   */
  boolean receiveFrame(
      ConnectionPath path, MemorySegment memory, long offset, int length, long nowNanos);

  /**
   * Whether a connection has earned its place. A shell ends one that does not for a while, and lets
   * it send and wait for little until then.
   */
  default boolean isSettled(ConnectionPath path) {
    return path.hasAllocation();
  }

  /** A connection has ended; its allocation ends with it. */
  void closed(ConnectionPath path, long nowNanos);

  /** Does what is due. */
  void advance(long nowNanos);

  /** When {@link #advance} is wanted next; {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos();
}
