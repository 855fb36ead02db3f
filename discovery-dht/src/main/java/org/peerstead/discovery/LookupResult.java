package org.peerstead.discovery;

import java.util.List;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * What a search for peers found.
 *
 * @param peers each with the nodes that named it; nothing proves what they say
 * @param bump highest bump that a node told, milliseconds since 1970; 0 for none
 * @param query how the search went; {@code committed} counts the nodes that stored or removed
 */
public record LookupResult(List<FoundPeer> peers, long bump, QueryResult query) {
  /** Copies the list. */
  public LookupResult {
    peers = List.copyOf(peers);
  }

  /**
   * A peer.
   *
   * @param record of the first node that named it
   * @param nodes that named it, in the order of their answers
   */
  public record FoundPeer(PeerRecord record, List<NodeAddress> nodes) {
    /** Copies the list. */
    public FoundPeer {
      nodes = List.copyOf(nodes);
    }
  }
}
