package org.peerstead.crdt.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ChangeHash;

/**
 * The applied changes in the order of application, which is a topological order: every dependency
 * has a smaller number. A <em>change number</em> is the 0-based position in that order.
 */
public final class ChangeLog {
  private int size;
  private final HashIndex hashes;
  private int[] actor;
  private int[] seq;
  private int[] startOp;
  private int[] opCount;
  private int[] firstRow;
  private long[] time;
  private int[] depsStart;
  private int[] deps;
  private final Map<Integer, String> messages = new HashMap<>();
  private final Map<Integer, byte[]> extras = new HashMap<>();
  private final Map<Integer, byte[]> verbatim = new HashMap<>();
  private final List<IntList> byActor = new ArrayList<>();
  private int[] heads = new int[2];
  private int headCount;
  private long maxOp;
  private long sideBytes;

  /** A growing list of change numbers. */
  private static final class IntList {
    int[] items = new int[2];
    int size;

    void add(int item) {
      if (size == items.length) {
        items = Arrays.copyOf(items, size + (size >> 1) + 1);
      }
      items[size++] = item;
    }
  }

  public ChangeLog(int capacity) {
    hashes = new HashIndex(capacity);
    actor = new int[capacity];
    seq = new int[capacity];
    startOp = new int[capacity];
    opCount = new int[capacity];
    firstRow = new int[capacity];
    time = new long[capacity];
    depsStart = new int[capacity + 1];
    deps = new int[capacity];
  }

  public int size() {
    return size;
  }

  public long retainedBytes() {
    return actor.length * 32L + deps.length * 4L + hashes.retainedBytes() + sideBytes;
  }

  /** Greatest operation counter of all changes; 0 without any. */
  public long maxOp() {
    return maxOp;
  }

  /**
   * Adds a change whose dependencies are all present; returns its number. {@code hash} has 32 bytes
   * at {@code hashOffset}.
   */
  public int add(
      byte[] hash,
      int hashOffset,
      int actorNumber,
      long start,
      int operations,
      int row,
      long timestamp,
      String message,
      int[] dependencies,
      int dependencyCount,
      byte @Nullable [] extra,
      byte @Nullable [] raw) {
    if (size == actor.length) {
      int capacity = size + (size >> 1) + 4;
      actor = Arrays.copyOf(actor, capacity);
      seq = Arrays.copyOf(seq, capacity);
      startOp = Arrays.copyOf(startOp, capacity);
      opCount = Arrays.copyOf(opCount, capacity);
      firstRow = Arrays.copyOf(firstRow, capacity);
      time = Arrays.copyOf(time, capacity);
      depsStart = Arrays.copyOf(depsStart, capacity + 1);
    }
    int number = size++;
    hashes.add(hash, hashOffset);
    actor[number] = actorNumber;
    startOp[number] = (int) start;
    opCount[number] = operations;
    firstRow[number] = row;
    time[number] = timestamp;
    if (!message.isEmpty()) {
      messages.put(number, message);
      sideBytes += 80 + message.length();
    }
    if (extra != null && extra.length > 0) {
      extras.put(number, extra);
      sideBytes += 80 + extra.length;
    }
    if (raw != null) {
      verbatim.put(number, raw);
      sideBytes += 80 + raw.length;
    }
    int from = depsStart[number];
    if (from + dependencyCount > deps.length) {
      deps =
          Arrays.copyOf(deps, Math.max(from + dependencyCount, deps.length + (deps.length >> 1)));
    }
    System.arraycopy(dependencies, 0, deps, from, dependencyCount);
    depsStart[number + 1] = from + dependencyCount;
    int kept = 0;
    for (int i = 0; i < headCount; i++) {
      boolean isDependency = false;
      for (int j = 0; j < dependencyCount; j++) {
        isDependency |= heads[i] == dependencies[j];
      }
      if (!isDependency) {
        heads[kept++] = heads[i];
      }
    }
    if (kept == heads.length) {
      heads = Arrays.copyOf(heads, kept * 2);
    }
    heads[kept] = number;
    headCount = kept + 1;
    while (byActor.size() <= actorNumber) {
      byActor.add(new IntList());
    }
    IntList own = byActor.get(actorNumber);
    own.add(number);
    seq[number] = own.size;
    maxOp = Math.max(maxOp, start + operations - 1);
    return number;
  }

  public ChangeHash hash(int number) {
    return hashes.get(number);
  }

  public void copyHash(int number, byte[] target, int offset) {
    hashes.copyTo(number, target, offset);
  }

  /** Order of two changes' hashes as unsigned bytes. */
  public int compareHashes(int a, int b) {
    return hashes.compare(a, b);
  }

  /** The number of the change with this hash, or -1. */
  public int find(ChangeHash hash) {
    return hashes.find(hash);
  }

  public int find(byte[] source, int offset) {
    return hashes.find(source, offset);
  }

  public int actor(int number) {
    return actor[number];
  }

  public int seq(int number) {
    return seq[number];
  }

  public long startOp(int number) {
    return Integer.toUnsignedLong(startOp[number]);
  }

  public int opCount(int number) {
    return opCount[number];
  }

  /** Counter of the last operation; {@code startOp - 1} for a change without operations. */
  public long maxOp(int number) {
    return startOp(number) + opCount[number] - 1;
  }

  public int firstRow(int number) {
    return firstRow[number];
  }

  public long time(int number) {
    return time[number];
  }

  /** The message; empty when there is none. */
  public String message(int number) {
    String message = messages.isEmpty() ? null : messages.get(number);
    return message == null ? "" : message;
  }

  /** Bytes behind the columns of the change; null when there are none. */
  public byte @Nullable [] extra(int number) {
    return extras.isEmpty() ? null : extras.get(number);
  }

  /**
   * The raw chunk of a change with columns that this engine cannot rebuild; null for all others.
   */
  public byte @Nullable [] verbatim(int number) {
    return verbatim.isEmpty() ? null : verbatim.get(number);
  }

  public boolean hasVerbatim() {
    return !verbatim.isEmpty();
  }

  public int dependencyCount(int number) {
    return depsStart[number + 1] - depsStart[number];
  }

  /** A dependency's change number; dependencies stand in the order of their hashes. */
  public int dependency(int number, int index) {
    return deps[depsStart[number] + index];
  }

  /** Number of changes of an actor. */
  public int changesOf(int actorNumber) {
    return actorNumber < byActor.size() ? byActor.get(actorNumber).size : 0;
  }

  /** Number of the actor's change with a sequence number from 1 on. */
  public int changeOf(int actorNumber, int sequence) {
    return byActor.get(actorNumber).items[sequence - 1];
  }

  /** Row of an operation, or -1. */
  public int rowOf(int actorNumber, long counter) {
    if (actorNumber >= byActor.size()) {
      return -1;
    }
    IntList own = byActor.get(actorNumber);
    int low = 0;
    int high = own.size - 1;
    while (low <= high) {
      int middle = low + high >>> 1;
      if (startOp(own.items[middle]) <= counter) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    if (high < 0) {
      return -1;
    }
    int change = own.items[high];
    long offset = counter - startOp(change);
    return offset < opCount[change] ? firstRow[change] + (int) offset : -1;
  }

  /** The change that holds a row. */
  public int changeOfRow(int row) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = low + high >>> 1;
      if (firstRow[middle] <= row) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  /** Change numbers of the heads in the order of their hashes. */
  public int[] headsInHashOrder() {
    return sortByHash(Arrays.copyOf(heads, headCount));
  }

  /** Sorts change numbers by hash, in place. */
  public int[] sortByHash(int[] numbers) {
    for (int i = 1; i < numbers.length; i++) {
      int item = numbers[i];
      int at = i;
      while (at > 0 && compareHashes(numbers[at - 1], item) > 0) {
        numbers[at] = numbers[at - 1];
        at--;
      }
      numbers[at] = item;
    }
    return numbers;
  }

  public boolean isHead(int number) {
    for (int i = 0; i < headCount; i++) {
      if (heads[i] == number) {
        return true;
      }
    }
    return false;
  }

  public List<ChangeHash> heads() {
    int[] numbers = headsInHashOrder();
    List<ChangeHash> out = new ArrayList<>(numbers.length);
    for (int number : numbers) {
      out.add(hash(number));
    }
    return List.copyOf(out);
  }

  /** The given changes and everything they depend on, as a set of change numbers. */
  public BitSet ancestorsOrSelf(int[] numbers) {
    BitSet seen = new BitSet(size);
    int max = -1;
    for (int number : numbers) {
      seen.set(number);
      max = Math.max(max, number);
    }
    for (int number = max;
        number >= 0;
        number = number == 0 ? -1 : seen.previousSetBit(number - 1)) {
      for (int i = depsStart[number]; i < depsStart[number + 1]; i++) {
        seen.set(deps[i]);
      }
    }
    return seen;
  }

  /**
   * Change numbers, ascending, of all changes that are not among {@code have} or their ancestors.
   * Costs as many steps as there are changes between the two frontiers. Unknown hashes are ignored.
   */
  public int[] notIn(Collection<ChangeHash> have) {
    PriorityQueue<Integer> frontier = new PriorityQueue<>((a, b) -> Integer.compare(b, a));
    Map<Integer, Boolean> wanted = new HashMap<>();
    int open = 0;
    for (int i = 0; i < headCount; i++) {
      wanted.put(heads[i], true);
      frontier.add(heads[i]);
      open++;
    }
    boolean hasKnown = false;
    for (ChangeHash hash : have) {
      int number = find(hash);
      if (number >= 0) {
        hasKnown = true;
        Boolean before = wanted.put(number, false);
        if (before == null) {
          frontier.add(number);
        } else if (before) {
          open--;
        }
      }
    }
    if (!hasKnown) {
      int[] all = new int[size];
      for (int i = 0; i < size; i++) {
        all[i] = i;
      }
      return all;
    }
    IntList found = new IntList();
    while (open > 0) {
      Integer number = frontier.remove();
      boolean isWanted = Boolean.TRUE.equals(wanted.remove(number));
      if (isWanted) {
        found.add(number);
        open--;
      }
      for (int i = depsStart[number]; i < depsStart[number + 1]; i++) {
        Boolean before = wanted.get(deps[i]);
        if (before == null) {
          wanted.put(deps[i], isWanted);
          frontier.add(deps[i]);
          open += isWanted ? 1 : 0;
        } else if (before && !isWanted) {
          wanted.put(deps[i], false);
          open--;
        }
      }
    }
    int[] numbers = Arrays.copyOf(found.items, found.size);
    Arrays.sort(numbers);
    return numbers;
  }
}
