package org.peerstead.events;

/**
 * How a node of the distributed hash table is, for the operator's view; the latest wins.
 *
 * @param node the public key of the node
 * @param state whether it is of use to others
 * @param address host and port under which it serves, as it knows them; empty when it does not
 * @param tableNodes other nodes that it knows
 * @param records what others stored at it, all kinds together
 * @param requests requests of others since its start
 * @param atMillis when this was so, milliseconds since 1970
 * @param detail the reason in words
 */
public record DhtActivity(
    CoreKey node,
    State state,
    String address,
    long tableNodes,
    long records,
    long requests,
    long atMillis,
    String detail)
    implements Event {

  /** Longest detail in UTF-16 units. */
  public static final int MAX_DETAIL_LENGTH = 1024;

  /** What a node is good for. The codes are part of the layout. */
  public enum State {
    /** It looks around. */
    STARTING(0),
    /** It serves whoever reaches its address. */
    SERVING(1),
    /** It serves this machine or this network only, as it was told to. */
    LOCAL(2),
    /** It should serve others and they cannot reach it. */
    UNREACHABLE(3),
    /** It asks others and serves nobody. */
    ASKING(4),
    /** Nobody answers it. */
    OFFLINE(5),
    /** It ended. */
    STOPPED(6);

    private final int code;

    State(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  public DhtActivity {
    if (detail.length() > MAX_DETAIL_LENGTH) {
      throw new IllegalArgumentException("detail has " + detail.length() + " characters");
    }
  }

  @Override
  public String topic() {
    return Topics.DHT_ACTIVITY;
  }

  @Override
  public String partitionKey() {
    return node.toString();
  }

  @Override
  public String idempotencyKey() {
    return node + "/" + atMillis;
  }
}
