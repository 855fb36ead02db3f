package org.peerstead.simulation.network;

import java.util.Arrays;

/**
 * Packets on their way, by time of arrival; of two with the same time the one sent first. A heap
 * over arrays of numbers, whose places are used again.
 */
final class PacketQueue {
  private static final int FIRST_CAPACITY = 1_024;
  private static final int FAN_OUT = 4;
  private static final byte[] NOTHING = {};

  /** Heap of arrival times, and beside each the place of the packet. */
  private long[] times = new long[FIRST_CAPACITY];

  private int[] places = new int[FIRST_CAPACITY];
  private int size;

  private long[] orders = new long[FIRST_CAPACITY];
  private int[] fromHosts = new int[FIRST_CAPACITY];
  private int[] toHosts = new int[FIRST_CAPACITY];

  /** Source port in the upper half. */
  private int[] ports = new int[FIRST_CAPACITY];

  private Site[] senders = new Site[FIRST_CAPACITY];
  private byte[][] contents = new byte[FIRST_CAPACITY][];
  private int[] free = new int[FIRST_CAPACITY];
  private int freeCount;
  private long nextOrder;

  PacketQueue() {
    for (int i = FIRST_CAPACITY - 1; i >= 0; i--) {
      free[freeCount++] = i;
    }
  }

  int size() {
    return size;
  }

  /** Arrival of the first packet; {@link Long#MAX_VALUE} when there is none. */
  long firstNanos() {
    return size == 0 ? Long.MAX_VALUE : times[0];
  }

  void add(
      long atNanos,
      Site sender,
      int fromHost,
      int fromPort,
      int toHost,
      int toPort,
      byte[] content) {
    if (freeCount == 0) {
      grow();
    }
    int place = free[--freeCount];
    orders[place] = nextOrder++;
    fromHosts[place] = fromHost;
    toHosts[place] = toHost;
    ports[place] = fromPort << 16 | toPort;
    senders[place] = sender;
    contents[place] = content;
    siftUp(size++, atNanos, place);
  }

  /** Takes the first packet out; what it was stays readable until the next {@link #add}. */
  int removeFirst() {
    int place = places[0];
    size--;
    if (size > 0) {
      siftDown(times[size], places[size]);
    }
    free[freeCount++] = place;
    return place;
  }

  int fromHost(int place) {
    return fromHosts[place];
  }

  int fromPort(int place) {
    return ports[place] >>> 16;
  }

  int toHost(int place) {
    return toHosts[place];
  }

  int toPort(int place) {
    return ports[place] & 0xffff;
  }

  byte[] takeContent(int place) {
    byte[] content = contents[place];
    contents[place] = NOTHING;
    return content;
  }

  Site sender(int place) {
    return senders[place];
  }

  private void grow() {
    int old = orders.length;
    int capacity = 2 * old;
    times = Arrays.copyOf(times, capacity);
    places = Arrays.copyOf(places, capacity);
    orders = Arrays.copyOf(orders, capacity);
    fromHosts = Arrays.copyOf(fromHosts, capacity);
    toHosts = Arrays.copyOf(toHosts, capacity);
    ports = Arrays.copyOf(ports, capacity);
    senders = Arrays.copyOf(senders, capacity);
    contents = Arrays.copyOf(contents, capacity);
    free = Arrays.copyOf(free, capacity);
    for (int i = capacity - 1; i >= old; i--) {
      free[freeCount++] = i;
    }
  }

  private boolean isBefore(long time, int place, int index) {
    return time < times[index] || time == times[index] && orders[place] < orders[places[index]];
  }

  private void siftUp(int from, long time, int place) {
    int at = from;
    while (at > 0) {
      int parent = (at - 1) / FAN_OUT;
      if (!isBefore(time, place, parent)) {
        break;
      }
      times[at] = times[parent];
      places[at] = places[parent];
      at = parent;
    }
    times[at] = time;
    places[at] = place;
  }

  private void siftDown(long time, int place) {
    int at = 0;
    while (true) {
      int first = FAN_OUT * at + 1;
      if (first >= size) {
        break;
      }
      int least = first;
      for (int i = first + 1; i < Math.min(first + FAN_OUT, size); i++) {
        if (isBefore(times[i], places[i], least)) {
          least = i;
        }
      }
      if (isBefore(time, place, least)) {
        break;
      }
      times[at] = times[least];
      places[at] = places[least];
      at = least;
    }
    times[at] = time;
    places[at] = place;
  }
}
