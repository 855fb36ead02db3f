package org.peerstead.hypercore.store.rocksdb;

import java.nio.charset.StandardCharsets;

/** The column families, in the order in which they are opened. */
enum Family {
  FACTS("default"),
  CORES("cores"),
  HEADS("heads"),
  BLOCKS("blocks"),
  NODES("nodes"),
  PAGES("pages");

  private final String label;

  Family(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  byte[] encoded() {
    return label.getBytes(StandardCharsets.UTF_8);
  }
}
