package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.rpc.core.RpcListener;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What happens inside a HyperDHT node, for metrics and operators. Called by the owner thread; must
 * be quick.
 */
public interface HyperdhtListener extends RpcListener {
  /** A listener that ignores everything. */
  HyperdhtListener NONE = new HyperdhtListener() {};

  /** Somebody asked to store something. */
  default void stored(RecordKind kind, Stored outcome, NodeAddress from) {}

  /** Somebody took an announcement back that was stored here. */
  default void unannounced(Fixed32 target, NodeAddress from) {}

  /** A request came in whose sender wanted to reach another address: forged, or a wrong list. */
  default void misdirected(NodeAddress from) {}

  /** A source that never proved its address got an answer without the value that it asked for. */
  default void answerShortened(NodeAddress from) {}

  /** A node answered one of our requests with what cannot be read or is not signed. */
  default void badAnswer(NodeAddress from) {}

  /** A server of this node is announced at {@code relays} nodes from now on. */
  default void serverAnnounced(Fixed32 publicKey, int relays) {}
}
