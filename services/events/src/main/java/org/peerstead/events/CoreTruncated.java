package org.peerstead.events;

/**
 * A log was cut by its owner and continues on another fork, durably.
 *
 * @param core which log
 * @param fork the new fork
 * @param length how many of the old blocks remain
 */
public record CoreTruncated(CoreKey core, long fork, long length) implements Event {

  @Override
  public String topic() {
    return Topics.CORE_TRUNCATED;
  }

  @Override
  public String partitionKey() {
    return core.toString();
  }

  @Override
  public String idempotencyKey() {
    return core + "/" + fork;
  }
}
