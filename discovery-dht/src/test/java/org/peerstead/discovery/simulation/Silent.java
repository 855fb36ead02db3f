package org.peerstead.discovery.simulation;

import org.peerstead.simulation.network.NetworkProgram;

/** A host that answers nothing. */
enum Silent implements NetworkProgram {
  /** The only one. */
  PROGRAM;

  @Override
  public void receive(int localPort, int fromHost, int fromPort, byte[] datagram, long nowNanos) {}

  @Override
  public void advance(long nowNanos) {}

  @Override
  public long nextDeadlineNanos() {
    return Long.MAX_VALUE;
  }
}
