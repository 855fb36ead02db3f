package org.peerstead.crdt.sync;

import java.util.Arrays;

/** A priority queue of non-negative numbers, greatest first. Not thread-safe. */
final class RowQueue {
  private long[] heap = new long[16];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  void add(long value) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    int hole = size++;
    while (hole > 0) {
      int parent = (hole - 1) >>> 1;
      if (heap[parent] >= value) {
        break;
      }
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = value;
  }

  /** The greatest number; the queue must not be empty. */
  long peek() {
    return heap[0];
  }

  /** Removes the greatest number; the queue must not be empty. */
  long remove() {
    long greatest = heap[0];
    long last = heap[--size];
    int hole = 0;
    while (true) {
      int child = 2 * hole + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && heap[child + 1] > heap[child]) {
        child++;
      }
      if (heap[child] <= last) {
        break;
      }
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = last;
    return greatest;
  }
}
