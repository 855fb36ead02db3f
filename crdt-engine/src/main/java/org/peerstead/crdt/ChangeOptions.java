package org.peerstead.crdt;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ChangeHash;

/**
 * What a change says about itself.
 *
 * @param message any text; empty for none
 * @param timeSeconds seconds since 1970 by convention; 0 for none
 * @param at the heads to edit at, which makes the change concurrent with everything since; null for
 *     the present
 */
public record ChangeOptions(String message, long timeSeconds, @Nullable Set<ChangeHash> at) {
  public static final ChangeOptions NONE = new ChangeOptions("", 0, null);

  public ChangeOptions withMessage(String text) {
    return new ChangeOptions(text, timeSeconds, at);
  }

  public ChangeOptions withTime(long seconds) {
    return new ChangeOptions(message, seconds, at);
  }

  public ChangeOptions at(Set<ChangeHash> heads) {
    return new ChangeOptions(message, timeSeconds, Set.copyOf(heads));
  }
}
