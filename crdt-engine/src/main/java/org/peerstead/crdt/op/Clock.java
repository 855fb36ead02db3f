package org.peerstead.crdt.op;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import org.peerstead.crdt.model.ChangeHash;

/** A moment in a document's history: for every actor the greatest counter that had happened. */
public final class Clock {
  private long[] counters;

  private Clock(int actors) {
    counters = new long[actors];
  }

  /** The moment at which the given changes, all of which must be applied, were the heads. */
  public static Clock at(OpSet ops, Collection<ChangeHash> heads) {
    ChangeLog log = ops.log();
    int[] numbers = new int[heads.size()];
    int count = 0;
    for (ChangeHash head : heads) {
      int number = log.find(head);
      if (number < 0) {
        throw new IllegalArgumentException("the document has no change " + head);
      }
      numbers[count++] = number;
    }
    Clock clock = new Clock(ops.actors().size());
    BitSet ancestors = log.ancestorsOrSelf(numbers);
    for (int change = ancestors.nextSetBit(0);
        change >= 0;
        change = ancestors.nextSetBit(change + 1)) {
      int actor = log.actor(change);
      clock.counters[actor] = Math.max(clock.counters[actor], log.maxOp(change));
    }
    return clock;
  }

  /**
   * The moment at which the given changes had not happened, but all others had.
   *
   * @param missing change numbers, ascending, each with all changes that depend on it
   */
  public static Clock without(OpSet ops, int[] missing) {
    ChangeLog log = ops.log();
    int[] firstMissing = new int[ops.actors().size()];
    for (int change : missing) {
      int actor = log.actor(change);
      if (firstMissing[actor] == 0) {
        firstMissing[actor] = log.seq(change);
      }
    }
    Clock clock = new Clock(firstMissing.length);
    for (int actor = 0; actor < firstMissing.length; actor++) {
      int last = firstMissing[actor] == 0 ? log.changesOf(actor) : firstMissing[actor] - 1;
      clock.counters[actor] = last == 0 ? 0 : log.maxOp(log.changeOf(actor, last));
    }
    return clock;
  }

  /** Lets an actor's operations up to {@code counter} count as happened, too. */
  public void extend(int actor, long counter) {
    if (actor >= counters.length) {
      counters = Arrays.copyOf(counters, actor + 1);
    }
    counters[actor] = Math.max(counters[actor], counter);
  }

  /** Greatest counter of an actor at this moment; 0 when it had none. */
  public long counter(int actor) {
    return actor < counters.length ? counters[actor] : 0;
  }

  boolean covers(long id) {
    int actor = ActorTable.actor(id);
    return actor < counters.length && ActorTable.counter(id) <= counters[actor];
  }
}
