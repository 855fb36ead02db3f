package org.peerstead.merge;

import java.util.List;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.events.Hash32;

/** Change hashes as the engine and as the bus name them. */
final class Hashes {
  private Hashes() {}

  static Hash32 fromEngine(ChangeHash hash) {
    return Hash32.of(hash.toBytes());
  }

  static List<Hash32> fromEngine(List<ChangeHash> hashes) {
    return hashes.stream().map(Hashes::fromEngine).toList();
  }

  static ChangeHash toEngine(Hash32 hash) {
    return ChangeHash.of(hash.toArray());
  }

  static List<ChangeHash> toEngine(List<Hash32> hashes) {
    return hashes.stream().map(Hashes::toEngine).toList();
  }
}
