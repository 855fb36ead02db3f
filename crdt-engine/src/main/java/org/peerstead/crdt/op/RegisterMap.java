package org.peerstead.crdt.op;

import java.util.Arrays;

/**
 * The registers of one object: key number (or element row) to two lists of rows, linked through
 * {@link OpColumns#next}. The live list holds the visible operations, greatest id first; the dead
 * list all others that have a row, in no order.
 *
 * <p>Open addressing with linear probing, a power of two of slots, at most 2/3 full; nothing is
 * ever removed.
 */
final class RegisterMap {
  private int[] keys;
  private int[] live;
  private int[] dead;
  private int size;

  RegisterMap(int expected) {
    int capacity = 4;
    while (capacity * 2 < expected * 3) {
      capacity *= 2;
    }
    allocate(capacity);
  }

  private void allocate(int capacity) {
    keys = new int[capacity];
    live = new int[capacity];
    dead = new int[capacity];
    Arrays.fill(keys, -1);
  }

  int size() {
    return size;
  }

  /** Number of slots; slots without a key are those where {@link #keyAt} is -1. */
  int slots() {
    return keys.length;
  }

  int keyAt(int slot) {
    return keys[slot];
  }

  long retainedBytes() {
    return keys.length * 12L;
  }

  /** The slot of a key, or -1. */
  int find(int key) {
    int mask = keys.length - 1;
    for (int slot = mix(key) & mask; ; slot = slot + 1 & mask) {
      if (keys[slot] == key) {
        return slot;
      }
      if (keys[slot] == -1) {
        return -1;
      }
    }
  }

  /** The slot of a key, made when it is absent. Slots move when the map grows. */
  int findOrAdd(int key) {
    int found = find(key);
    if (found >= 0) {
      return found;
    }
    if ((size + 1) * 3 > keys.length * 2) {
      int[] oldKeys = keys;
      int[] oldLive = live;
      int[] oldDead = dead;
      allocate(keys.length * 2);
      for (int i = 0; i < oldKeys.length; i++) {
        if (oldKeys[i] != -1) {
          int slot = free(oldKeys[i]);
          keys[slot] = oldKeys[i];
          live[slot] = oldLive[i];
          dead[slot] = oldDead[i];
        }
      }
    }
    int slot = free(key);
    keys[slot] = key;
    live[slot] = OpColumns.NONE;
    dead[slot] = OpColumns.NONE;
    size++;
    return slot;
  }

  private int free(int key) {
    int mask = keys.length - 1;
    int slot = mix(key) & mask;
    while (keys[slot] != -1) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private static int mix(int key) {
    int h = key * 0x9E3779B9;
    return h ^ h >>> 15;
  }

  int live(int slot) {
    return live[slot];
  }

  int dead(int slot) {
    return dead[slot];
  }

  void addLive(int slot, int row, OpColumns ops, ActorTable actors) {
    int at = live[slot];
    if (at == OpColumns.NONE || actors.compare(ops.id(at), ops.id(row)) < 0) {
      ops.setNext(row, at);
      live[slot] = row;
      return;
    }
    int after = ops.next(at);
    int steps = 1;
    while (after != OpColumns.NONE && actors.compare(ops.id(after), ops.id(row)) > 0) {
      at = after;
      after = ops.next(after);
      steps++;
    }
    ops.addWork(steps);
    ops.setNext(row, after);
    ops.setNext(at, row);
  }

  void addDead(int slot, int row, OpColumns ops) {
    ops.setNext(row, dead[slot]);
    dead[slot] = row;
  }

  void removeLive(int slot, int row, OpColumns ops) {
    live[slot] = unlink(live[slot], row, ops);
  }

  void removeDead(int slot, int row, OpColumns ops) {
    dead[slot] = unlink(dead[slot], row, ops);
  }

  private static int unlink(int head, int row, OpColumns ops) {
    if (head == row) {
      return ops.next(row);
    }
    int at = head;
    int steps = 1;
    while (ops.next(at) != row) {
      at = ops.next(at);
      steps++;
    }
    ops.addWork(steps);
    ops.setNext(at, ops.next(row));
    return head;
  }
}
