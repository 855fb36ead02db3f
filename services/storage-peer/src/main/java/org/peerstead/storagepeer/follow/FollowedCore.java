package org.peerstead.storagepeer.follow;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * A log that is kept. Immutable.
 *
 * @param key its public key
 * @param owner on whose behalf: whose quota it counts against and who may end it
 * @param origin whether it was made here
 * @param isPinned never given up
 * @param isAnnounced to be found by strangers; never given up
 * @param priority 0 low, 1 normal, 2 high: higher ones are given up later
 * @param maxBytes largest size kept, 0 for no limit of its own
 * @param referrer the log in whose name it was asked for, or null
 * @param source {@code host:port} of a peer to fetch it from, or null
 * @param addedMillis when it was first asked for, milliseconds since 1970
 * @param activeMillis when it last grew or was asked for, milliseconds since 1970
 * @param storedBytes bytes of its blocks that are here
 * @param wantedFrom first block that is wanted; those below were given up
 * @param clearedBlocks blocks given up so far, those given up again included
 * @param clearedBytes their bytes
 */
public record FollowedCore(
    Fixed32 key,
    String owner,
    Origin origin,
    boolean isPinned,
    boolean isAnnounced,
    int priority,
    long maxBytes,
    @Nullable Fixed32 referrer,
    @Nullable String source,
    long addedMillis,
    long activeMillis,
    long storedBytes,
    long wantedFrom,
    long clearedBlocks,
    long clearedBytes) {

  /** The owner of what the operator follows; no quota applies. */
  public static final String ADMIN = "admin";

  /** Longest owner or source in UTF-16 units. */
  public static final int MAX_TEXT_LENGTH = 256;

  /** Highest priority. */
  public static final int MAX_PRIORITY = 2;

  /** Where a log comes from. The codes are stored. */
  public enum Origin {
    /** Made here: this may be its only copy. */
    OWN(0),
    /** Somebody else's. */
    FOLLOWED(1);

    private final int code;

    Origin(int code) {
      this.code = code;
    }

    /** What is stored. */
    public int code() {
      return code;
    }
  }

  public FollowedCore {
    if (owner.length() > MAX_TEXT_LENGTH
        || (source != null && source.length() > MAX_TEXT_LENGTH)
        || priority < 0
        || priority > MAX_PRIORITY
        || maxBytes < 0
        || storedBytes < 0
        || wantedFrom < 0) {
      throw new IllegalArgumentException("no valid record of " + key);
    }
  }

  /** A log that begins to be kept. */
  public static FollowedCore begin(
      Fixed32 key, String owner, Origin origin, int priority, long maxBytes, long nowMillis) {
    return new FollowedCore(
        key, owner, origin, false, false, priority, maxBytes, null, null, nowMillis, nowMillis, 0,
        0, 0, 0);
  }

  /** Whether it may be given up to make room. */
  public boolean isEvictable() {
    return origin == Origin.FOLLOWED && !isPinned && !isAnnounced;
  }

  /** With the bytes that are here now. */
  public FollowedCore withStoredBytes(long bytes) {
    return new FollowedCore(
        key,
        owner,
        origin,
        isPinned,
        isAnnounced,
        priority,
        maxBytes,
        referrer,
        source,
        addedMillis,
        activeMillis,
        bytes,
        wantedFrom,
        clearedBlocks,
        clearedBytes);
  }

  /** Active at a time. */
  public FollowedCore withActivity(long nowMillis) {
    return new FollowedCore(
        key,
        owner,
        origin,
        isPinned,
        isAnnounced,
        priority,
        maxBytes,
        referrer,
        source,
        addedMillis,
        Math.max(activeMillis, nowMillis),
        storedBytes,
        wantedFrom,
        clearedBlocks,
        clearedBytes);
  }

  /** Pinned or not. A pinned log is wanted whole again. */
  public FollowedCore withPin(boolean pinned) {
    return new FollowedCore(
        key,
        owner,
        origin,
        pinned,
        isAnnounced,
        priority,
        maxBytes,
        referrer,
        source,
        addedMillis,
        activeMillis,
        storedBytes,
        pinned ? 0 : wantedFrom,
        clearedBlocks,
        clearedBytes);
  }

  /** To be found by strangers or not. */
  public FollowedCore withAnnouncement(boolean announced) {
    return new FollowedCore(
        key,
        owner,
        origin,
        isPinned,
        announced,
        priority,
        maxBytes,
        referrer,
        source,
        addedMillis,
        activeMillis,
        storedBytes,
        wantedFrom,
        clearedBlocks,
        clearedBytes);
  }

  /** With another priority and limit. */
  public FollowedCore withTerms(int newPriority, long newMaxBytes) {
    return new FollowedCore(
        key,
        owner,
        origin,
        isPinned,
        isAnnounced,
        newPriority,
        newMaxBytes,
        referrer,
        source,
        addedMillis,
        activeMillis,
        storedBytes,
        wantedFrom,
        clearedBlocks,
        clearedBytes);
  }

  /** Asked for in the name of another log. */
  public FollowedCore withReferrer(@Nullable Fixed32 newReferrer) {
    return new FollowedCore(
        key,
        owner,
        origin,
        isPinned,
        isAnnounced,
        priority,
        maxBytes,
        newReferrer,
        source,
        addedMillis,
        activeMillis,
        storedBytes,
        wantedFrom,
        clearedBlocks,
        clearedBytes);
  }

  /** To be fetched from a peer at this address. */
  public FollowedCore withSource(@Nullable String newSource) {
    return new FollowedCore(
        key,
        owner,
        origin,
        isPinned,
        isAnnounced,
        priority,
        maxBytes,
        referrer,
        newSource,
        addedMillis,
        activeMillis,
        storedBytes,
        wantedFrom,
        clearedBlocks,
        clearedBytes);
  }

  /** Wanted whole again. */
  public FollowedCore withAllWanted() {
    return new FollowedCore(
        key,
        owner,
        origin,
        isPinned,
        isAnnounced,
        priority,
        maxBytes,
        referrer,
        source,
        addedMillis,
        activeMillis,
        storedBytes,
        0,
        clearedBlocks,
        clearedBytes);
  }

  /**
   * After all its blocks were given up.
   *
   * @param length its length in blocks: what comes from there on is wanted again
   * @param blocks how many blocks were here
   * @param bytes their bytes
   */
  public FollowedCore withEviction(long length, long blocks, long bytes) {
    return new FollowedCore(
        key,
        owner,
        origin,
        isPinned,
        isAnnounced,
        priority,
        maxBytes,
        referrer,
        source,
        addedMillis,
        activeMillis,
        0,
        length,
        clearedBlocks + blocks,
        clearedBytes + bytes);
  }
}
