package org.peerstead.relay.net.netty;

import java.util.Map;

/**
 * Numbers of the shell since its start.
 *
 * @param connections open now
 * @param unsettled open now and not settled
 * @param accepted in all, refused ones not counted
 * @param tlsHandshakes that succeeded
 * @param ended by reason; refused ones too
 * @param slowReaderDrops messages that did not fit before a slow reader
 * @param socketDrops datagrams that the system did not take
 * @param engineFailures faults of ours while a message was handled
 */
public record NettyRelayCounts(
    int connections,
    int unsettled,
    long accepted,
    long tlsHandshakes,
    Map<ConnectionEnd, Long> ended,
    long slowReaderDrops,
    long socketDrops,
    long engineFailures) {
  public NettyRelayCounts {
    ended = Map.copyOf(ended);
  }
}
