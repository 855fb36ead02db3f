package org.peerstead.discovery.hyperdht.records;

/**
 * Finds slots by the hash of what they hold. The chains run through the first four bytes of the
 * slots.
 *
 * <p>Grows by linear hashing: each new slot beyond one per chain splits one chain in two, so no
 * call ever rehashes everything.
 */
abstract class Index {
  private static final int NEXT = 0;
  private static final int CHAINS_PER_SLOT = 2;

  private final Slots slots;

  /** Of each chain the first slot plus 1. */
  private final Slots heads = new Slots(Integer.BYTES);

  private int size;

  Index(Slots slots) {
    this.slots = slots;
    heads.take();
  }

  /** The hash of what a slot holds. */
  abstract int hashOf(int slot);

  /** First slot of the chain of a hash; go on with {@link #next}. */
  int first(int hash) {
    return heads.getInt(chain(hash), 0) - 1;
  }

  int next(int slot) {
    return slots.getInt(slot, NEXT) - 1;
  }

  /** Adds a slot that is not in the index. */
  void add(int slot) {
    push(chain(hashOf(slot)), slot);
    size++;
    while (CHAINS_PER_SLOT * size > heads.used()) {
      split();
    }
  }

  /** Removes a slot that is in the index; to be called while it still holds what it held. */
  void remove(int slot) {
    int chain = chain(hashOf(slot));
    int next = slots.getInt(slot, NEXT);
    int at = heads.getInt(chain, 0) - 1;
    if (at == slot) {
      heads.setInt(chain, 0, next);
    } else {
      while (next(at) != slot) {
        at = next(at);
      }
      slots.setInt(at, NEXT, next);
    }
    size--;
  }

  private int chain(int hash) {
    int chains = heads.used();
    int mask = 2 * Integer.highestOneBit(chains) - 1;
    int chain = hash & mask;
    return chain < chains ? chain : chain & mask >>> 1;
  }

  private void push(int chain, int slot) {
    slots.setInt(slot, NEXT, heads.getInt(chain, 0));
    heads.setInt(chain, 0, slot + 1);
  }

  private void split() {
    int added = heads.take();
    int parent = added ^ Integer.highestOneBit(added);
    int slot = heads.getInt(parent, 0) - 1;
    heads.setInt(parent, 0, 0);
    while (slot != Slots.NONE) {
      int next = next(slot);
      push(chain(hashOf(slot)), slot);
      slot = next;
    }
  }
}
