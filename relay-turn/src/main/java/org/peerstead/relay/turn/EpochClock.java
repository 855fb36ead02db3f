package org.peerstead.relay.turn;

/** The time of day, for what has to agree with other machines. Thread-safe. */
@FunctionalInterface
public interface EpochClock {
  long epochMillis();
}
