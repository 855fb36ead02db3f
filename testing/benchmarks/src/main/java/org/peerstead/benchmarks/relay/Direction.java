package org.peerstead.benchmarks.relay;

import java.util.Locale;

/** Which way the packets go through the relay. */
enum Direction {
  /** From clients, as ChannelData, to peers. */
  UP,
  /** From peers to clients, as ChannelData. */
  DOWN,
  /** From clients to peers, which send each packet back: two relayed packets each. */
  ECHO;

  /** How often the relay relays what was sent once. */
  int passes() {
    return this == ECHO ? 2 : 1;
  }

  String title() {
    return name().toLowerCase(Locale.ROOT);
  }
}
