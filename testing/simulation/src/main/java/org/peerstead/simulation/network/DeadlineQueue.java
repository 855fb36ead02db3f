package org.peerstead.simulation.network;

import java.util.Arrays;

/**
 * The next deadline of each host, by its number; of two with the same time the smaller number comes
 * first. A heap that knows where each host stands in it.
 */
final class DeadlineQueue {
  private static final int FIRST_CAPACITY = 64;
  private static final int ABSENT = -1;

  private long[] times = new long[FIRST_CAPACITY];
  private int[] hosts = new int[FIRST_CAPACITY];
  private int[] positions = absent(0, new int[FIRST_CAPACITY]);
  private int size;

  private static int[] absent(int from, int[] array) {
    Arrays.fill(array, from, array.length, ABSENT);
    return array;
  }

  /** The first deadline; {@link Long#MAX_VALUE} when there is none. */
  long firstNanos() {
    return size == 0 ? Long.MAX_VALUE : times[0];
  }

  /** The host with the first deadline. */
  int firstHost() {
    return hosts[0];
  }

  /** Sets the deadline of {@code host}; {@link Long#MAX_VALUE} for none. */
  void set(int host, long atNanos) {
    if (host >= positions.length) {
      int old = positions.length;
      positions = absent(old, Arrays.copyOf(positions, Math.max(2 * old, host + 1)));
    }
    int position = positions[host];
    if (position == ABSENT) {
      if (atNanos != Long.MAX_VALUE) {
        if (size == times.length) {
          times = Arrays.copyOf(times, 2 * size);
          hosts = Arrays.copyOf(hosts, 2 * size);
        }
        siftUp(size++, atNanos, host);
      }
    } else if (atNanos == Long.MAX_VALUE) {
      positions[host] = ABSENT;
      size--;
      if (position < size) {
        move(position, times[size], hosts[size]);
      }
    } else if (times[position] != atNanos) {
      move(position, atNanos, host);
    }
  }

  private void move(int position, long time, int host) {
    if (position > 0 && isBefore(time, host, (position - 1) / 2)) {
      siftUp(position, time, host);
    } else {
      siftDown(position, time, host);
    }
  }

  private boolean isBefore(long time, int host, int index) {
    return time < times[index] || time == times[index] && host < hosts[index];
  }

  private void siftUp(int from, long time, int host) {
    int at = from;
    while (at > 0) {
      int parent = (at - 1) / 2;
      if (!isBefore(time, host, parent)) {
        break;
      }
      place(at, times[parent], hosts[parent]);
      at = parent;
    }
    place(at, time, host);
  }

  private void siftDown(int from, long time, int host) {
    int at = from;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && isBefore(times[child + 1], hosts[child + 1], child)) {
        child++;
      }
      if (isBefore(time, host, child)) {
        break;
      }
      place(at, times[child], hosts[child]);
      at = child;
    }
    place(at, time, host);
  }

  private void place(int at, long time, int host) {
    times[at] = time;
    hosts[at] = host;
    positions[host] = at;
  }
}
