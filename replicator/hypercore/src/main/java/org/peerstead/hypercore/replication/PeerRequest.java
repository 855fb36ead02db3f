package org.peerstead.hypercore.replication;

import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.merkle.ProofRequest;

/** One request of ours that waits for its answer. */
final class PeerRequest {
  /** What it is for. */
  enum Purpose {
    /** Blocks and longer heads. */
    DOWNLOAD,
    /** The manifest of an empty core. */
    MANIFEST,
    /** Where a byte offset lies. */
    SEEK,
    /** The head of a higher fork, and what it shares with ours. */
    REORG
  }

  final CorePeer peer;
  final Purpose purpose;
  final ProofRequest proof;
  final boolean wantsManifest;
  final int priority;
  final long sentNanos;

  /** The block that is asked for, or null. */
  final @Nullable BlockState block;

  /** A tree node that must be stored for the answer to fit, or -1 when it is stored already. */
  final long anchor;

  int id;

  /** How many requests the peer had been sent before this one. */
  long sequence;

  /** How many requests the peer had been sent when this one was cancelled. */
  long cancelSequence;

  /** Given up; the answer may still come. */
  boolean isCancelled;

  PeerRequest(
      CorePeer peer,
      Purpose purpose,
      ProofRequest proof,
      boolean wantsManifest,
      int priority,
      @Nullable BlockState block,
      long anchor,
      long sentNanos) {
    this.peer = peer;
    this.purpose = purpose;
    this.proof = proof;
    this.wantsManifest = wantsManifest;
    this.priority = priority;
    this.block = block;
    this.anchor = anchor;
    this.sentNanos = sentNanos;
  }
}
