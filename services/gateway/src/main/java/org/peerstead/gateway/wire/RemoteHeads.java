package org.peerstead.gateway.wire;

import java.util.List;

/**
 * The heads another storage had of a document.
 *
 * @param heads change hashes as base58check text
 * @param timestampMillis when, in milliseconds since 1970 by the clock of the peer that saw it
 */
public record RemoteHeads(List<String> heads, long timestampMillis) {
  public RemoteHeads {
    heads = List.copyOf(heads);
  }
}
