package org.peerstead.discovery.hyperdht.limits;

import java.util.Arrays;
import org.peerstead.securestream.crypto.Entropy;

/**
 * Token buckets by key in a table of fixed size, eight places to a row.
 *
 * <p>A bucket is the point in time at which it will be full again: taking one moves it by the
 * interval of the rate, and it may lie at most a burst ahead of now (the generic cell rate
 * algorithm). A bucket that is full holds no information, so its place can be given away.
 */
final class BucketTable {
  /** A key and a time. */
  static final int BYTES_PER_ENTRY = Integer.BYTES + Long.BYTES;

  private static final int WAYS = 8;

  private final int[] keys;
  private final long[] fullAt;
  private final int rowMask;
  private final long secret;
  private final long intervalNanos;
  private final long burstNanos;
  private boolean isEmpty = true;

  BucketTable(SourceRate rate, int entries, Entropy secrets) {
    if (entries < 64 || entries > 1 << 22) {
      throw new IllegalArgumentException(entries + " remembered sources, not 64 to 2^22");
    }
    int size = Integer.highestOneBit(entries - 1) << 1;
    keys = new int[size];
    fullAt = new long[size];
    rowMask = size / WAYS - 1;
    long random = 0;
    for (byte b : secrets.next(Long.BYTES)) {
      random = random << 8 | (b & 0xff);
    }
    secret = random | 1;
    intervalNanos = rate.intervalNanos();
    burstNanos = rate.burst() * intervalNanos;
  }

  /** The place of the bucket of {@code key}; if it was not known, of a full one. */
  int find(int key, long nowNanos) {
    if (isEmpty) {
      // Times are only comparable to each other: before the first call there is nothing to fill in.
      Arrays.fill(fullAt, nowNanos);
      isEmpty = false;
    }
    int row = row(key);
    int fullest = row;
    for (int i = row; i < row + WAYS; i++) {
      if (keys[i] == key) {
        return i;
      }
      if (fullAt[i] - fullAt[fullest] < 0) {
        fullest = i;
      }
    }
    keys[fullest] = key;
    fullAt[fullest] = nowNanos;
    return fullest;
  }

  boolean isAllowed(int place, long nowNanos) {
    return Math.max(fullAt[place] - nowNanos, 0) + intervalNanos <= burstNanos;
  }

  void take(int place, long nowNanos) {
    fullAt[place] = nowNanos + Math.max(fullAt[place] - nowNanos, 0) + intervalNanos;
  }

  private int row(int key) {
    long mixed = (key ^ secret >>> 32) * secret;
    mixed ^= mixed >>> 29;
    mixed *= 0xBF58476D1CE4E5B9L;
    return ((int) (mixed >>> 32) & rowMask) * WAYS;
  }
}
