package org.peerstead.hypercore.replication;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.peerstead.hypercore.wire.HypercoreMessage.Want;

/**
 * Areas of a core that a peer wants to be told about. Few of them; beyond the limits the peer is
 * taken to want everything. Not thread-safe.
 */
final class RemoteWants {
  /** Longest area; npm ignores longer ones. */
  static final long MAX_BLOCKS = 2_097_152;

  private static final int MIN_BLOCKS = 32;
  private static final int MAX_AREAS = 512;
  private static final int MAX_SIZES = 4;
  private static final int MAX_ANY = 16;

  private static final class Areas {
    final long blocks;
    final Set<Long> numbers = new HashSet<>();

    Areas(long blocks) {
      this.blocks = blocks;
    }
  }

  private final List<Areas> sizes = new ArrayList<>(1);
  private final List<Want> any = new ArrayList<>(0);
  private int areas;
  private boolean isAll;

  /** Returns whether the want is to be answered. */
  boolean add(Want want) {
    if (want.isAny()) {
      if (any.size() < MAX_ANY) {
        any.add(want);
      } else {
        isAll = true;
      }
      return true;
    }
    if (want.length() > MAX_BLOCKS) {
      return false;
    }
    if (!isArea(want.start(), want.length()) || areas >= MAX_AREAS) {
      isAll = true;
      return true;
    }
    long number = want.start() / want.length();
    for (Areas each : sizes) {
      if (each.blocks == want.length()) {
        areas += each.numbers.add(number) ? 1 : 0;
        return true;
      }
    }
    if (sizes.size() >= MAX_SIZES) {
      isAll = true;
      return true;
    }
    Areas made = new Areas(want.length());
    made.numbers.add(number);
    sizes.add(made);
    areas++;
    return true;
  }

  void remove(long start, long length, boolean isAny) {
    if (isAny) {
      any.removeIf(each -> each.start() == start && each.length() == length);
      return;
    }
    if (!isArea(start, length)) {
      return;
    }
    for (Areas each : sizes) {
      if (each.blocks == length && each.numbers.remove(start / length)) {
        areas--;
        if (each.numbers.isEmpty()) {
          sizes.remove(each);
        }
        return;
      }
    }
  }

  /** Whether one of the blocks with from <= index < to is wanted; may err on the side of yes. */
  boolean wants(long from, long to) {
    if (isAll) {
      return true;
    }
    for (Want each : any) {
      if (from < each.start() + each.length() && to > each.start()) {
        return true;
      }
    }
    for (Areas each : sizes) {
      long first = from / each.blocks;
      long last = (to - 1) / each.blocks;
      if (last - first > 3) {
        return true;
      }
      for (long number = first; number <= last; number++) {
        if (each.numbers.contains(number)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isArea(long start, long length) {
    return length >= MIN_BLOCKS
        && length <= MAX_BLOCKS
        && Long.bitCount(length) == 1
        && (start & (length - 1)) == 0;
  }
}
