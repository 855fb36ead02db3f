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
 * @param isJoined whether a burst reaches the relay's kernel in one piece, as from a network card
 *     that joins what it receives (GRO), or datagram by datagram
 */
record Load(Direction direction, int clients, int payloadBytes, int burst, boolean isJoined) {
  /** Clients whose single packets leave together: as many as come in about a millisecond. */
  private static final int MAX_TOGETHER = 20;

  Load {
    if (payloadBytes < TrafficRun.MIN_PAYLOAD_BYTES
        || burst < 1
        || burst > BatchSocket.MAX_SEGMENTS
        || burst * (payloadBytes + 4) > BatchSocket.MESSAGE_BYTES
        || (isJoined && burst == 1)
        || clients < 1) {
      throw new IllegalArgumentException(
          "a burst has 1 to 64 packets and at most 65,000 bytes, a packet 24 bytes or more;"
              + " only bursts can be joined");
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
        burst > 1 ? (isJoined ? "joined bursts of " : "bursts of ") + burst : "single",
        direction.title(),
        payloadBytes,
        clients,
        clients == 1 ? "" : "s");
  }
}
