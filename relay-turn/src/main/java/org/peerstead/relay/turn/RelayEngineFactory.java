package org.peerstead.relay.turn;

/** Makes the engine of a loop. Called once per loop, before anything is received. */
@FunctionalInterface
public interface RelayEngineFactory {
  RelayEngine create(RelayShard shard, long nowNanos);
}
