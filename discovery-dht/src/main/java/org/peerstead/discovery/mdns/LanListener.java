package org.peerstead.discovery.mdns;

/** Who came and went; called on the thread of {@link LanDiscovery}, must return quickly. */
public interface LanListener {
  /** A peer appeared, or the one of this network and instance says something else than before. */
  void found(LanPeer peer);

  /**
   * A peer said goodbye, took another name, was not heard of for too long, or the interface is
   * gone.
   */
  void lost(LanPeer peer);
}
