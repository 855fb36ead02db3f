package org.peerstead.crdt.model;

/**
 * The identity of an operation: a Lamport counter (1 to 2^32-1) and its author. Ordered by counter,
 * then by actor bytes.
 */
public record OpId(long counter, ActorId actor) implements Comparable<OpId> {

  /** Parses {@code counter@actorhex}; throws {@link IllegalArgumentException} for anything else. */
  public static OpId parse(String text) {
    int at = text.indexOf('@');
    if (at <= 0) {
      throw new IllegalArgumentException("not an operation id (counter@actor): " + text);
    }
    long counter = Long.parseLong(text, 0, at, 10);
    if (counter < 1 || counter > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException("operation counter outside 1 to 2^32-1: " + counter);
    }
    return new OpId(counter, ActorId.fromHex(text.substring(at + 1)));
  }

  @Override
  public int compareTo(OpId other) {
    int order = Long.compare(counter, other.counter);
    return order == 0 ? actor.compareTo(other.actor) : order;
  }

  @Override
  public String toString() {
    return counter + "@" + actor;
  }
}
