package org.peerstead.relay.net.dtls;

import java.util.Map;

/**
 * Numbers since the start, of all loops.
 *
 * @param sessions that stand now
 * @param handshakes going on now
 * @param established sessions in all
 * @param challenges cookies sent to clients that had none
 * @param ended by reason; refused ones too
 * @param dropped datagrams by reason
 */
public record DtlsCounts(
    int sessions,
    int handshakes,
    long established,
    long challenges,
    Map<DtlsEnd, Long> ended,
    Map<DtlsDrop, Long> dropped) {
  public DtlsCounts {
    ended = Map.copyOf(ended);
    dropped = Map.copyOf(dropped);
  }
}
