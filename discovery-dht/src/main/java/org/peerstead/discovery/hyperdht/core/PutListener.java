package org.peerstead.discovery.hyperdht.core;

/** Hears the end of storing a value. */
@FunctionalInterface
public interface PutListener {
  /** The value is stored, or not. */
  void finished(PutResult result, long nowNanos);
}
