package org.peerstead.events;

import java.util.List;

/**
 * Asks the storage peer to append blocks to a log of this device, all or none. The answer is the
 * {@link CoreAppended} of the log.
 *
 * @param core which log; it must have been created here
 * @param requestId unique for ever
 * @param blocks what to append, at least one
 */
public record AppendCommand(CoreKey core, String requestId, List<Bytes> blocks) implements Event {

  public AppendCommand {
    blocks = List.copyOf(blocks);
    if (blocks.isEmpty()) {
      throw new IllegalArgumentException("no blocks to append");
    }
  }

  @Override
  public String topic() {
    return Topics.APPEND_COMMAND;
  }

  @Override
  public String partitionKey() {
    return core.toString();
  }

  @Override
  public String idempotencyKey() {
    return requestId;
  }
}
