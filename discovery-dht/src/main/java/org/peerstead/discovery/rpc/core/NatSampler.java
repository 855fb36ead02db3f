package org.peerstead.discovery.rpc.core;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * Finds out under which address others see us, from what they say. Looks at the last {@link
 * #WINDOW} observations; the host, and the port too when possible, counts as known as long as all
 * but a few of them agree. Not thread-safe.
 *
 * <p>Specification: npm {@code nat-sampler} 1.0.1.
 */
final class NatSampler {
  /** Observations that count. */
  static final int WINDOW = 16;

  private final @Nullable NodeAddress[] samples = new @Nullable NodeAddress[WINDOW];
  private int next;
  private int size;

  private int host;
  private boolean hostKnown;
  private int port;

  /** Adds one observation. */
  void add(NodeAddress seenAs) {
    samples[next] = seenAs;
    next = (next + 1) % WINDOW;
    size = Math.min(size + 1, WINDOW);
    evaluate();
  }

  /** Whether enough observations agree about the host. */
  boolean isHostKnown() {
    return hostKnown;
  }

  /** The host, 0 when it is not known. */
  int host() {
    return host;
  }

  /** The port, 0 when it is not known or changes with the destination. */
  int port() {
    return port;
  }

  /** Number of observations that count. */
  int size() {
    return size;
  }

  /** Host and port, when both are known. */
  @Nullable NodeAddress address() {
    return hostKnown && port != 0 ? new NodeAddress(host, port) : null;
  }

  private int threshold() {
    return size < 4 ? size : size < 8 ? size - 1 : size < 12 ? size - 2 : size - 3;
  }

  private void evaluate() {
    int needed = threshold();
    hostKnown = false;
    host = 0;
    port = 0;
    int bestHost = 0;
    int bestPort = 0;
    for (int i = 0; i < size; i++) {
      @Nullable NodeAddress candidate = samples[i];
      if (candidate == null) {
        continue;
      }
      int sameHost = 0;
      int sameBoth = 0;
      for (int j = 0; j < size; j++) {
        @Nullable NodeAddress other = samples[j];
        if (other != null && other.host() == candidate.host()) {
          sameHost++;
          sameBoth += other.port() == candidate.port() ? 1 : 0;
        }
      }
      if (sameBoth >= needed && sameBoth > bestPort) {
        bestPort = sameBoth;
        port = candidate.port();
        host = candidate.host();
        hostKnown = true;
      } else if (bestPort == 0 && sameHost >= needed && sameHost > bestHost) {
        bestHost = sameHost;
        host = candidate.host();
        hostKnown = true;
      }
    }
  }
}
