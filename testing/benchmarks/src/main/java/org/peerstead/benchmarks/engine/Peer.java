package org.peerstead.benchmarks.engine;

import java.util.Locale;

/** An implementation under comparison. */
enum Peer {
  AUTOMERGE("@automerge/automerge"),
  YJS("yjs"),
  LORO("loro-crdt"),
  JNI("org.automerge:automerge"),
  PEERSTEAD("peerstead");

  private final String packageName;

  Peer(String packageName) {
    this.packageName = packageName;
  }

  /** Its name on the command line and in the results. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  String packageName() {
    return packageName;
  }

  /** Whether it runs in Node; the others run in a JVM. */
  boolean isNode() {
    return switch (this) {
      case AUTOMERGE, YJS, LORO -> true;
      case JNI, PEERSTEAD -> false;
    };
  }

  static Peer named(String id) {
    for (Peer peer : values()) {
      if (peer.id().equals(id)) {
        return peer;
      }
    }
    throw new IllegalArgumentException("unknown peer " + id);
  }
}
