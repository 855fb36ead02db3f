package org.peerstead.interop;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an application does with a DHT. Byte strings are hex; key pairs come from seeds of 32 bytes.
 */
interface DhtClient {
  /** Announces a peer under a topic; returns how many nodes store the record, 0 if unknown. */
  int announce(String topic, String seed);

  /** Public keys of the peers of a topic. */
  Set<String> lookup(String topic);

  /** Takes an announcement back. */
  void unannounce(String topic, String seed);

  /** Stores a value; returns its hash. */
  String immutablePut(String value);

  /** The value with this hash, null when there is none. */
  @Nullable String immutableGet(String hash);

  /** Stores a value that its owner can replace; returns the owner's public key. */
  String mutablePut(String seed, long seq, String value);

  /** The newest value of an owner, null when there is none. */
  @Nullable String mutableGet(String publicKey);

  /** Whether some node knows the way to the server with this key. */
  boolean isFound(String publicKey);
}
