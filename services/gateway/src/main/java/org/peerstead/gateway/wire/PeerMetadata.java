package org.peerstead.gateway.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a peer says about itself in {@code join} and {@code peer}.
 *
 * @param storageId name of the peer's storage, a UUID as text; absent when it has none
 * @param isEphemeral whether the peer forgets everything when it closes; others keep no sync state
 *     for it
 */
public record PeerMetadata(@Nullable String storageId, boolean isEphemeral) {
  /** What a peer that sends no metadata is taken for. */
  public static final PeerMetadata NONE = new PeerMetadata(null, false);
}
