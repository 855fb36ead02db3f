package org.peerstead.architecture;

/**
 * The packages of our modules below one base package. The rules take it as a parameter, so that the
 * same rule object judges the product and the fixtures.
 */
record House(String base) {
  static final House PRODUCT = new House("org.peerstead");
  static final House FIXTURES = new House("org.peerstead.architecture.fixtures");

  String engine() {
    return base + ".crdt";
  }

  String secureStream() {
    return base + ".securestream";
  }

  String hypercore() {
    return base + ".hypercore";
  }

  String discovery() {
    return base + ".discovery";
  }

  String events() {
    return base + ".events";
  }

  String bus() {
    return base + ".bus";
  }

  String merge() {
    return base + ".merge";
  }

  String storagePeer() {
    return base + ".storagepeer";
  }

  String dhtSeed() {
    return base + ".dhtseed";
  }

  String relay() {
    return base + ".relay";
  }

  String relayNode() {
    return base + ".relaynode";
  }

  String gateway() {
    return base + ".gateway";
  }

  String node() {
    return base + ".node";
  }

  /** ArchUnit's notation for a package and everything below it. */
  static String tree(String packageName) {
    return packageName + "..";
  }
}
