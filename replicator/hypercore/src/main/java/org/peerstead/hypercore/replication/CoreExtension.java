package org.peerstead.hypercore.replication;

import org.peerstead.securestream.encoding.Slice;

/**
 * Messages of an application between the peers of one core. Payloads go out as they are: npm's
 * extensions, unless made with another encoding, have the length of the content (compact-encoding
 * uint) in front of it. Owner's thread only.
 */
public final class CoreExtension {
  /** Longest message in bytes that is sent. */
  public static final int MAX_BYTES = 8 << 20;

  /** Takes messages. */
  @FunctionalInterface
  public interface Listener {
    /** A message; the slice is valid during the call only. */
    void message(PeerConnection peer, Slice payload, long nowNanos);
  }

  private final CoreReplication replication;
  private final String name;
  final Listener listener;

  CoreExtension(CoreReplication replication, String name, Listener listener) {
    this.replication = replication;
    this.name = name;
    this.listener = listener;
  }

  /** By which both sides know it. */
  public String name() {
    return name;
  }

  /** Sends to one peer; ignored when it does not have the core open. */
  public void send(PeerConnection peer, Slice payload) {
    check(payload);
    replication.replicator().enter();
    CorePeer corePeer = peer.corePeers.get(replication.core().discoveryKey());
    if (corePeer != null) {
      corePeer.sendExtension(name, payload);
    }
    replication.replicator().leave();
  }

  /** Sends to all peers of the core. */
  public void broadcast(Slice payload) {
    check(payload);
    replication.replicator().enter();
    for (CorePeer peer : replication.peers()) {
      peer.sendExtension(name, payload);
    }
    replication.replicator().leave();
  }

  /** Takes messages no more. */
  public void close() {
    replication.remove(this);
  }

  private static void check(Slice payload) {
    if (payload.length() > MAX_BYTES) {
      throw new IllegalArgumentException(payload.length() + " bytes above " + MAX_BYTES);
    }
  }
}
