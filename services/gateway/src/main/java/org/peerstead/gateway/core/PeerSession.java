package org.peerstead.gateway.core;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.DocumentId;
import org.peerstead.events.Session;

/** The state of one socket. Only {@link SyncHub} touches it. */
final class PeerSession {
  final String id;
  final String principal;
  final long openedNanos;
  final Set<DocumentId> documents = new LinkedHashSet<>();
  final Set<String> subscriptions = new LinkedHashSet<>();

  /** Who joined; absent before the handshake. */
  @Nullable Session peer;

  /** Counts the events sent to crdt-merge, from 1. */
  long inboundCounter;

  long lastHeardNanos;
  long lastPingNanos;

  /** When unsent bytes last became fewer. */
  long lastProgressNanos;

  long queuedBytes;
  int inFlightMessages;
  boolean isPaused;

  /** Messages this session may send before it is made to wait; negative while it waits. */
  double allowance;

  long allowanceNanos;

  PeerSession(String id, String principal, long nowNanos, double allowance) {
    this.id = id;
    this.principal = principal;
    this.allowance = allowance;
    openedNanos = nowNanos;
    lastHeardNanos = nowNanos;
    lastPingNanos = nowNanos;
    lastProgressNanos = nowNanos;
    allowanceNanos = nowNanos;
  }

  String peerIdOrEmpty() {
    return peer == null ? "" : peer.peerId();
  }
}
