package org.peerstead.discovery.simulation;

import static org.peerstead.discovery.simulation.SimulatedDht.MINUTE;
import static org.peerstead.discovery.simulation.SimulatedDht.SECOND;

import java.util.EnumMap;
import java.util.Map;

/**
 * Keeps a population of constant size in which everybody leaves after a while, without a word, and
 * somebody else of the same kind comes. Sessions follow a Weibull distribution with shape 0.5, as
 * was measured in Kademlia networks: many leave at once, some stay for days.
 */
public final class Churn {
  private static final double SHAPE = 0.5;
  private static final double MEDIAN_OF_UNIT = Math.pow(Math.log(2), 1 / SHAPE);
  private static final long MEAN_GAP_NANOS = 20 * SECOND;

  private final SimulatedDht dht;
  private final Map<NodeKind, Long> medians = new EnumMap<>(NodeKind.class);
  private long left;
  private boolean isOn = true;

  /** Nobody leaves yet. */
  public Churn(SimulatedDht dht) {
    this.dht = dht;
  }

  /** Half of the sessions of {@code kind} are shorter than {@code median}. */
  public Churn median(NodeKind kind, long medianNanos) {
    medians.put(kind, medianNanos);
    return this;
  }

  /** Servers stay for half a day, open nodes for two hours, the others for one hour (medians). */
  public Churn ordinary() {
    return median(NodeKind.SERVER, 12 * 60 * MINUTE)
        .median(NodeKind.OPEN, 120 * MINUTE)
        .median(NodeKind.HIDDEN, 60 * MINUTE)
        .median(NodeKind.CLIENT, 60 * MINUTE);
  }

  /** Brings {@code count} nodes at random times within {@code nanos}. */
  public void populate(NodeKind kind, int count, long nanos) {
    for (int i = 0; i < count; i++) {
      dht.after(dht.chance().nextLong(nanos), () -> come(kind));
    }
  }

  private void come(NodeKind kind) {
    SimulatedNode node = dht.add(kind);
    Long median = medians.get(kind);
    if (median != null) {
      double unit = Math.pow(-Math.log(1 - dht.chance().nextDouble()), 1 / SHAPE);
      dht.after((long) Math.min(1e18, median / MEDIAN_OF_UNIT * unit), () -> leave(node));
    }
  }

  private void leave(SimulatedNode node) {
    if (isOn && !node.isGone()) {
      left++;
      dht.vanish(node);
      dht.after(
          (long) (-MEAN_GAP_NANOS * Math.log(1 - dht.chance().nextDouble())),
          () -> come(node.kind()));
    }
  }

  /** From now on everybody stays. */
  public void stop() {
    isOn = false;
  }

  /** How many left. */
  public long left() {
    return left;
  }
}
