package org.peerstead.storagepeer;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * A wish that a log be kept.
 *
 * @param key which log
 * @param owner on whose behalf
 * @param isPinned whether it is never given up
 * @param isAnnounced whether strangers shall find it
 * @param isWhole whether blocks that were given up are wanted again
 * @param priority 0 to 2
 * @param maxBytes largest size kept, 0 for no limit of its own
 * @param referrer the log in whose name, or null
 * @param source a peer to fetch it from, or null
 */
public record FollowRequest(
    Fixed32 key,
    String owner,
    boolean isPinned,
    boolean isAnnounced,
    boolean isWhole,
    int priority,
    long maxBytes,
    @Nullable Fixed32 referrer,
    @Nullable PeerAddress source) {

  /** The plainest wish: all of it, at normal priority. */
  public static FollowRequest of(Fixed32 key, String owner) {
    return new FollowRequest(key, owner, false, false, true, 1, 0, null, null);
  }

  /** From a peer that has it. */
  public FollowRequest from(@Nullable PeerAddress peer) {
    return new FollowRequest(
        key, owner, isPinned, isAnnounced, isWhole, priority, maxBytes, referrer, peer);
  }

  /** Never given up. */
  public FollowRequest pinned(boolean pinned) {
    return new FollowRequest(
        key, owner, pinned, isAnnounced, isWhole, priority, maxBytes, referrer, source);
  }

  /** With another priority and limit. */
  public FollowRequest withTerms(int newPriority, long newMaxBytes) {
    return new FollowRequest(
        key, owner, isPinned, isAnnounced, isWhole, newPriority, newMaxBytes, referrer, source);
  }
}
