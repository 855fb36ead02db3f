package org.peerstead.discovery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.peerstead.discovery.LookupResult.FoundPeer;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/** Puts together what the nodes of a search say about peers. Owner thread only. */
final class PeerCollector {
  /** Peers of one result; what more there are is told to the watcher of the search only. */
  private static final int MAX_PEERS = 4_096;

  private final Map<Fixed32, Named> peers = new LinkedHashMap<>();
  private long bump;

  private record Named(PeerRecord record, List<NodeAddress> nodes) {}

  void add(PeerRecord record, NodeAddress node) {
    Named known = peers.get(record.publicKey());
    if (known != null) {
      known.nodes.add(node);
    } else if (peers.size() < MAX_PEERS) {
      List<NodeAddress> nodes = new ArrayList<>();
      nodes.add(node);
      peers.put(record.publicKey(), new Named(record, nodes));
    }
  }

  void bumped(long newBump) {
    bump = Math.max(bump, newBump);
  }

  LookupResult result(QueryResult query) {
    return new LookupResult(
        peers.values().stream().map(named -> new FoundPeer(named.record, named.nodes)).toList(),
        bump,
        query);
  }
}
