package org.peerstead.relay.turn.ports;

import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * The relayed ports of one relay address. Thread-safe; used on control messages only.
 *
 * <p>A port is picked evenly from all that are free, so that nobody can guess the next one (RFC
 * 8656 section 7.2 wants that). A port that came back rests for a while, so that late packets of
 * its old session do not meet a new one; the permissions of the new one are the second line. When
 * only resting ports are left, {@link #take} and {@link #takeEven} use those that have rested
 * longest rather than refuse: otherwise a client that allocates and frees quickly could lock out
 * everybody else. Pairs are never taken from resting ports.
 *
 * <p>Every operation takes constant time, averaged over all; memory is about 28 bytes per port.
 */
public final class PortPool {
  /** Returned when no port is free. */
  public static final int NONE = -1;

  private final int first;
  private final int count;
  private final RandomGenerator random;
  private final long quarantineNanos;

  /** Ports that are free, as offsets from {@link #first}. */
  private final NumberSet free;

  /** Halves of even ports that are free, as offsets from that of {@link #first}. */
  private final NumberSet evenFree;

  /** As {@link #evenFree}, those whose successor is free too. */
  private final NumberSet pairsFree;

  private final BitSet inUse;
  private int usedCount;

  /** Ring of resting ports, the longest resting first. */
  private final int[] resting;

  private final long[] restingUntil;
  private int restingHead;
  private int restingCount;

  /**
   * A pool in which all ports are free.
   *
   * @param first lowest port, from 1
   * @param last highest port, to 65,535
   * @param random unpredictable to clients, and thread-safe when it is shared
   * @param quarantineNanos how long a port rests; 0 or more
   */
  public PortPool(int first, int last, RandomGenerator random, long quarantineNanos) {
    if (first < 1 || last > 65_535 || first > last) {
      throw new IllegalArgumentException("no range of ports: " + first + " to " + last);
    }
    if (quarantineNanos < 0) {
      throw new IllegalArgumentException("ports cannot rest for " + quarantineNanos + " ns");
    }
    this.first = first;
    this.count = last - first + 1;
    this.random = random;
    this.quarantineNanos = quarantineNanos;
    this.free = new NumberSet(count);
    this.evenFree = new NumberSet(half(count - 1) + 1);
    this.pairsFree = new NumberSet(half(count - 1) + 1);
    this.inUse = new BitSet(count);
    this.resting = new int[count];
    this.restingUntil = new long[count];
    for (int i = 0; i < count; i++) {
      setFree(i);
    }
  }

  /**
   * Takes any port.
   *
   * @return {@link #NONE} when all are in use
   */
  public synchronized int take(long nowNanos) {
    wake(nowNanos);
    if (free.count() == 0 && restingCount > 0) {
      wakeOne();
    }
    if (free.count() == 0) {
      return NONE;
    }
    int number = free.at(random.nextInt(free.count()));
    setInUse(number);
    return first + number;
  }

  /**
   * Takes an even port (EVEN-PORT with R = 0).
   *
   * @return {@link #NONE} when all even ones are in use
   */
  public synchronized int takeEven(long nowNanos) {
    wake(nowNanos);
    while (evenFree.count() == 0 && restingCount > 0) {
      wakeOne();
    }
    return takeEvenFrom(evenFree);
  }

  /**
   * Takes an even port and the next one (EVEN-PORT with R = 1). Each is given back on its own.
   *
   * @return the even one; {@link #NONE} when no such pair is free
   */
  public synchronized int takeEvenPair(long nowNanos) {
    wake(nowNanos);
    int port = takeEvenFrom(pairsFree);
    if (port != NONE) {
      setInUse(port - first + 1);
    }
    return port;
  }

  /**
   * Gives a port back.
   *
   * @throws IllegalStateException when it was not taken
   */
  public synchronized void giveBack(int port, long nowNanos) {
    int number = port - first;
    if (number < 0 || number >= count || !inUse.get(number)) {
      throw new IllegalStateException("port " + port + " was not taken");
    }
    inUse.clear(number);
    usedCount--;
    int tail = restingHead + restingCount;
    tail = tail >= count ? tail - count : tail;
    resting[tail] = number;
    restingUntil[tail] = nowNanos + quarantineNanos;
    restingCount++;
    wake(nowNanos);
  }

  /** Ports that can be taken: free ones and resting ones. */
  public synchronized int free() {
    return count - usedCount;
  }

  /** Ports of this pool. */
  public int size() {
    return count;
  }

  /** Takes one of a set of halves. */
  private int takeEvenFrom(NumberSet set) {
    if (set.count() == 0) {
      return NONE;
    }
    int port = (set.at(random.nextInt(set.count())) + first / 2) * 2;
    setInUse(port - first);
    return port;
  }

  /** Ends the rest of those that have rested enough. */
  private void wake(long nowNanos) {
    while (restingCount > 0 && restingUntil[restingHead] - nowNanos <= 0) {
      wakeOne();
    }
  }

  private void wakeOne() {
    int number = resting[restingHead];
    restingHead = restingHead + 1 == count ? 0 : restingHead + 1;
    restingCount--;
    setFree(number);
  }

  private void setFree(int number) {
    free.add(number);
    if (isEven(number)) {
      evenFree.add(half(number));
      if (number + 1 < count && free.contains(number + 1)) {
        pairsFree.add(half(number));
      }
    } else if (number > 0 && free.contains(number - 1)) {
      pairsFree.add(half(number - 1));
    }
  }

  private void setInUse(int number) {
    inUse.set(number);
    usedCount++;
    free.remove(number);
    if (isEven(number)) {
      evenFree.remove(half(number));
      pairsFree.remove(half(number));
    } else if (number > 0) {
      pairsFree.remove(half(number - 1));
    }
  }

  private boolean isEven(int number) {
    return (first + number) % 2 == 0;
  }

  private int half(int number) {
    return (first + number) / 2 - first / 2;
  }
}
