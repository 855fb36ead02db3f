package org.peerstead.hypercore;

/** That somebody observes a core. */
@FunctionalInterface
public interface Observation extends AutoCloseable {
  /** Observes no more, from some time soon. */
  @Override
  void close();
}
