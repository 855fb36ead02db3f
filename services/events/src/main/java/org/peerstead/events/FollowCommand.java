package org.peerstead.events;

/**
 * Asks the storage peer to keep a log, or no longer to. Repeating one changes nothing.
 *
 * @param core which log
 * @param action what to do
 * @param owner whose quota the log counts against, and who may end it: a principal or {@link
 *     #ADMIN}
 * @param priority 0 low, 1 normal, 2 high: what is given up last when space runs out
 * @param maxBytes largest log kept, 0 for no limit of its own
 */
public record FollowCommand(CoreKey core, Action action, String owner, int priority, long maxBytes)
    implements Event {

  /** The owner of what the operator follows; no quota applies. */
  public static final String ADMIN = "admin";

  /** Highest priority. */
  public static final int MAX_PRIORITY = 2;

  /** What to do. The codes are part of the layout. */
  public enum Action {
    /** Keep the log: everything it has and everything to come. */
    FOLLOW(0),
    /** Forget that it is to be kept; its blocks are deleted unless the log is this device's own. */
    UNFOLLOW(1);

    private final int code;

    Action(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  public FollowCommand {
    if (priority < 0 || priority > MAX_PRIORITY || maxBytes < 0) {
      throw new IllegalArgumentException("priority " + priority + ", at most " + maxBytes);
    }
  }

  @Override
  public String topic() {
    return Topics.FOLLOW_COMMAND;
  }

  @Override
  public String partitionKey() {
    return core.toString();
  }

  @Override
  public String idempotencyKey() {
    return core + "/" + owner + "/" + action;
  }
}
