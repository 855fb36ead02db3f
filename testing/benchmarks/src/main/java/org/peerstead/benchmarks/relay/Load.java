package org.peerstead.benchmarks.relay;

import java.util.Locale;

/**
 * A load on the relay.
 *
 * @param direction which way the packets go
 * @param clients clients that take part, in turn
 * @param payloadBytes UDP payload at the peer's side
 * @param burst packets of one client back to back; 1 is a single packet, and the next one is
 *     another client's
 */
record Load(Direction direction, int clients, int payloadBytes, int burst) {
  /** Clients whose single packets leave together: as many as come in about a millisecond. */
  private static final int MAX_TOGETHER = 20;

  Load {
    if (payloadBytes < TrafficRun.MIN_PAYLOAD_BYTES
        || burst < 1
        || burst > BatchSocket.MAX_SEGMENTS
        || burst * (payloadBytes + 4) > BatchSocket.MESSAGE_BYTES
        || clients < 1) {
      throw new IllegalArgumentException(
          "a burst has 1 to 64 packets and at most 65,000 bytes, a packet 24 bytes or more");
    }
  }

  /** Clients that send at the same moment. */
  int together() {
    return burst > 1 ? 1 : Math.min(clients, MAX_TOGETHER);
  }

  /** Packets that leave at the same moment. */
  int packetsPerTick() {
    return together() * burst;
  }

  String title() {
    return String.format(
        Locale.ROOT,
        "%s, %s, %,d B, %d client%s",
        burst > 1 ? "bursts of " + burst : "single",
        direction.title(),
        payloadBytes,
        clients,
        clients == 1 ? "" : "s");
  }
}
