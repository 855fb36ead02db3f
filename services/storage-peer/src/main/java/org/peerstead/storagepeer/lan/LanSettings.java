package org.peerstead.storagepeer.lan;

import java.time.Duration;
import java.util.Set;

/**
 * How nodes in the local network are found.
 *
 * @param interfaces names of the only network interfaces to use; empty for all that fit
 * @param isDigestPublished whether the salted digest of the kept cores is announced
 * @param rotation how long a name and a salt live
 * @param maxDials nodes that are dialled at a time
 * @param dhtPort UDP port of a DHT node of this machine to announce; 0 for none
 */
public record LanSettings(
    Set<String> interfaces,
    boolean isDigestPublished,
    Duration rotation,
    int maxDials,
    int dhtPort) {
  /** Copies the set and checks the ranges. */
  public LanSettings {
    interfaces = Set.copyOf(interfaces);
    if (maxDials < 0) {
      throw new IllegalArgumentException(maxDials + " dials");
    }
  }
}
