package org.peerstead.discovery.rpc.core;

/**
 * Judges from the answers and silences of the last ticks whether the network is there at all. A
 * tick with fewer than {@link #MIN_EVENTS} of them says nothing. Not thread-safe.
 *
 * <p>Specification: npm {@code dht-rpc} 6.27.0, {@code health.js}.
 */
final class NetworkHealth {
  /** Answers and silences that a tick needs to count. */
  static final int MIN_EVENTS = 4;

  /** Ticks without any answer until the node counts as offline. */
  static final int OFFLINE_TICKS = 2;

  /** Ticks that have to agree that it is worse, or well again. */
  static final int VERDICT_TICKS = 4;

  private int answers;
  private int silences;
  private int offlineTicks;
  private int degradedTicks;
  private int healthyTicks;
  private Connectivity connectivity = Connectivity.ONLINE;

  void answered() {
    answers++;
  }

  void timedOut() {
    silences++;
  }

  Connectivity connectivity() {
    return connectivity;
  }

  /** Forgets everything: the node is in another network now. */
  void reset() {
    answers = 0;
    silences = 0;
    offlineTicks = 0;
    degradedTicks = 0;
    healthyTicks = 0;
    connectivity = Connectivity.ONLINE;
  }

  /** Closes a tick; gives whether the verdict changed. */
  boolean tick() {
    int events = answers + silences;
    boolean isSilent = answers == 0;
    boolean isBad = 2 * silences > events;
    answers = 0;
    silences = 0;
    if (events < MIN_EVENTS) {
      return false;
    }
    offlineTicks = isSilent ? offlineTicks + 1 : 0;
    degradedTicks = isBad && !isSilent ? degradedTicks + 1 : 0;
    healthyTicks = isBad ? 0 : healthyTicks + 1;
    Connectivity before = connectivity;
    if (offlineTicks >= OFFLINE_TICKS) {
      connectivity = Connectivity.OFFLINE;
    } else if (!isSilent) {
      if (degradedTicks >= VERDICT_TICKS) {
        connectivity = Connectivity.DEGRADED;
      } else if (connectivity == Connectivity.OFFLINE || healthyTicks >= VERDICT_TICKS) {
        connectivity = Connectivity.ONLINE;
      }
    }
    return connectivity != before;
  }
}
