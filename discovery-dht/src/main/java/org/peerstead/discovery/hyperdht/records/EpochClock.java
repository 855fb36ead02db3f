package org.peerstead.discovery.hyperdht.records;

/**
 * Wall time, for what other nodes or a restart of this one have to agree on. Everything else runs
 * on monotonic nanoseconds.
 */
@FunctionalInterface
public interface EpochClock {
  /** Milliseconds since 1970. */
  long epochMillis();
}
