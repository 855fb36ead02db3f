package org.peerstead.simulation.network;

/** What runs on a host. Called by the network only, one call at a time. */
public interface NetworkProgram {
  /**
   * A datagram arrived.
   *
   * @param localPort the port of this host
   * @param fromHost IPv4 address as one big-endian number
   * @param datagram shared with nobody; not to be changed, since a duplicate may still arrive
   */
  void receive(int localPort, int fromHost, int fromPort, byte[] datagram, long nowNanos);

  /** Does what is due. */
  void advance(long nowNanos);

  /** When {@link #advance} has to be called; {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos();
}
