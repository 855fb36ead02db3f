package org.peerstead.crdt.sync;

import java.util.List;
import org.peerstead.crdt.model.ChangeHash;

/**
 * What the sender of a message has: everything up to {@code lastSync}, and the changes in the
 * filter.
 *
 * @param lastSync heads both sides had after their last exchange, ascending
 * @param bloom the sender's changes that are not ancestors of {@code lastSync}
 */
public record Have(List<ChangeHash> lastSync, BloomFilter bloom) {
  /** Nothing at all: asks for the whole document. */
  public static final Have NOTHING = new Have(List.of(), BloomFilter.EMPTY);

  public Have {
    lastSync = List.copyOf(lastSync);
  }
}
