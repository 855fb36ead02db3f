package org.peerstead.events;

/**
 * How a followed log is doing; a later one replaces an earlier one.
 *
 * @param core which log
 * @param state how it is
 * @param peers connected peers that have this log
 * @param length its length in blocks as far as known
 * @param missingBlocks blocks of it that are not here
 * @param storedBytes bytes of its blocks that are here
 * @param lastGrowthMillis when it last gained a block here, milliseconds since 1970; 0 for never
 * @param detail one sentence for people; empty in normal service
 */
public record FollowStatus(
    CoreKey core,
    State state,
    long peers,
    long length,
    long missingBlocks,
    long storedBytes,
    long lastGrowthMillis,
    String detail)
    implements Event {

  /** Longest detail in UTF-16 units. */
  public static final int MAX_DETAIL_LENGTH = 1024;

  /** How a followed log is. The codes are part of the layout. */
  public enum State {
    /** Everything known of it is here. */
    COMPLETE(0),
    /** Blocks are missing and being asked for. */
    DOWNLOADING(1),
    /** Blocks are missing and nobody connected has them. */
    WAITING(2),
    /** Its blocks were given up to make room. */
    EVICTED(3),
    /** Not followed: refused, for the reason in the detail. */
    REFUSED(4),
    /** No longer followed. */
    ENDED(5),
    /** Its owner signed two histories: it is frozen. */
    CONFLICT(6);

    private final int code;

    State(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  public FollowStatus {
    if (detail.length() > MAX_DETAIL_LENGTH) {
      throw new IllegalArgumentException("detail has " + detail.length() + " characters");
    }
  }

  @Override
  public String topic() {
    return Topics.FOLLOW_STATUS;
  }

  @Override
  public String partitionKey() {
    return core.toString();
  }

  @Override
  public String idempotencyKey() {
    return core.toString();
  }
}
