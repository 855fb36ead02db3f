package org.peerstead.relay.net.dtls;

import java.lang.foreign.MemorySegment;
import org.peerstead.relay.stun.IpFamily;

/** The DTLS sessions of one loop. All calls are on the loop's thread. */
public interface DatagramSessions {
  /** Lowest first byte of a DTLS record (RFC 7983 section 7). */
  int FIRST_BYTE = 20;

  /** Highest first byte of a DTLS record. */
  int LAST_BYTE = 63;

  /**
   * A datagram with DTLS records.
   *
   * @param listener index of the listening address it came to
   * @param high the sender, as in {@link org.peerstead.relay.stun.IpAddress#high()}
   * @param low the sender, as in {@link org.peerstead.relay.stun.IpAddress#low()}
   * @param memory valid during the call
   */
  void receive(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      long nowNanos);

  /** Does what is due: retransmissions, timeouts. */
  void advance(long nowNanos);

  /** When {@link #advance} is wanted next; {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos();

  /** Ends all sessions. */
  void close(long nowNanos);
}
