package org.peerstead.discovery.rpc.core;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/** A node of the routing table. Times are ticks of {@link RpcNode}, 5 s each. */
final class TableNode {
  final NodeAddress address;
  final Fixed32 id;

  /** The first eight bytes of the id, which nearly always decide who is nearer. */
  final long prefix;

  final int added;

  /** When it was last asked something or heard of. */
  int pinged;

  /** When it was last heard of. */
  int seen;

  /** When the address it sees us at was last counted; never when negative. */
  int sampled = -1;

  /** Whether somebody's hint that it is down has been followed. */
  boolean hinted;

  @Nullable TableNode older;
  @Nullable TableNode newer;

  TableNode(NodeAddress address, Fixed32 id, int tick) {
    this.address = address;
    this.id = id;
    this.prefix = id.word(0);
    this.added = tick;
    this.pinged = tick;
    this.seen = tick;
  }
}
