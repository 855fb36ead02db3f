package org.peerstead.benchmarks.dht;

/** The kinds of requests, in the order in which they are measured. */
enum DhtWorkload {
  PING("PING", 2),
  FIND_NODE("FIND_NODE, 20 nodes in the answer", 2),
  ANNOUNCE("ANNOUNCE, new topic, 3 relays", 1.5),
  LOOKUP_ONE("LOOKUP, 1 record", 3),
  LOOKUP_TWENTY("LOOKUP, 20 records", 3);

  private final String title;
  private final double bar;

  DhtWorkload(String title, double bar) {
    this.title = title;
    this.bar = bar;
  }

  String title() {
    return title;
  }

  /** How many times as many requests as npm hyperdht our node is to answer. */
  double bar() {
    return bar;
  }
}
