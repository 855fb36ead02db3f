package org.peerstead.discovery.mdns.core;

import org.peerstead.discovery.mdns.wire.HostAddress;

/** What a {@link LanLink} wants done. Called within its methods; must not call it back. */
public interface LinkListener {
  /** Send this to the group of each address family. */
  void multicast(byte[] datagram);

  /** Send this to one host on the link, which does not speak multicast DNS. */
  void unicast(byte[] datagram, HostAddress to, int port);

  /** From now on this node has this name on the link. */
  void renamed(String instance);

  /** A peer appeared, or says something else than before. */
  void found(LinkPeer peer);

  /** A peer said goodbye or was not heard of for too long. */
  void lost(LinkPeer peer);

  /** A datagram, or what it said of a peer, was not believed. */
  void dropped(DropReason reason);
}
