package org.peerstead.crdt.sync;

import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * A set of rows that lie close together: takes a bit per row from the least one on, so that a few
 * new rows at the end of a long history cost a few bytes. Not thread-safe.
 */
final class RowSet {
  private BitSet bits = new BitSet(0);
  private int base;

  boolean isEmpty() {
    return bits.isEmpty();
  }

  boolean contains(int row) {
    return row >= base && bits.get(row - base);
  }

  void add(int row) {
    if (bits.isEmpty()) {
      base = row;
    } else if (row < base) {
      rebase(row);
    }
    bits.set(row - base);
  }

  private void rebase(int newBase) {
    BitSet moved = new BitSet(base - newBase + bits.length());
    for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
      moved.set(i + base - newBase);
    }
    bits = moved;
    base = newBase;
  }

  /** Adds rows in any order, at the cost of their number and of the span they cover. */
  void addAll(int[] rows) {
    int least = Integer.MAX_VALUE;
    for (int row : rows) {
      least = Math.min(least, row);
    }
    if (rows.length > 0) {
      add(least);
    }
    for (int row : rows) {
      add(row);
    }
  }

  void remove(int row) {
    if (row >= base && bits.get(row - base)) {
      bits.clear(row - base);
      if (bits.isEmpty()) {
        bits = new BitSet(0);
      }
    }
  }

  /** The least row not below {@code from}, or -1. */
  int next(int from) {
    int found = bits.nextSetBit(Math.max(0, from - base));
    return found < 0 ? -1 : found + base;
  }

  int size() {
    return bits.cardinality();
  }

  /** All rows, ascending. */
  IntStream stream() {
    return bits.stream().map(bit -> bit + base);
  }
}
