package org.peerstead.discovery.mdns;

import java.util.Map;
import org.peerstead.discovery.mdns.core.DropReason;

/**
 * Numbers since the start.
 *
 * @param links interfaces in use now
 * @param peers peers that are known now, over all links
 * @param sentDatagrams datagrams sent; an announcement over IPv4 and IPv6 is two
 * @param sentBytes their payload
 * @param receivedDatagrams datagrams that came in, those of other programs included
 * @param receivedBytes their payload
 * @param failedSends datagrams that the network did not take
 * @param renames names taken, the first ones included
 * @param dropped what had no effect, by reason
 */
public record LanStatus(
    int links,
    int peers,
    long sentDatagrams,
    long sentBytes,
    long receivedDatagrams,
    long receivedBytes,
    long failedSends,
    long renames,
    Map<DropReason, Long> dropped) {
  /** Copies the map. */
  public LanStatus {
    dropped = Map.copyOf(dropped);
  }
}
