package org.peerstead.hypercore.replication;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one peer says it has of one core: a contiguous prefix that costs nothing, and pages of 4,096
 * bits beyond it. Pages are paid from a {@link Budget} that the cores of a connection share; what
 * does not fit is taken as not there. Not thread-safe.
 */
final class RemoteBitfield {
  /** {@link #next} when there is nothing more. */
  static final long NONE = -1;

  private static final int PAGE_BITS = 4_096;
  private static final int PAGE_WORDS = PAGE_BITS / Long.SIZE;

  /** What a page costs with its place in the map. */
  private static final int PAGE_BYTES = PAGE_BITS / Byte.SIZE + 80;

  /** What a page costs of which all bits are set: it is shared. */
  private static final int FULL_PAGE_BYTES = 64;

  private static final long[] FULL = full();

  /** Pages that one range beyond the prefix may fill: 268 million blocks. */
  private static final long MAX_RANGE_PAGES = 65_536;

  /** Memory that the bitfields of one connection may use, and work that they have made. */
  static final class Budget {
    private final long maxBytes;
    private long usedBytes;
    private long touchedPages;

    Budget(long maxBytes) {
      this.maxBytes = maxBytes;
    }

    long usedBytes() {
      return usedBytes;
    }

    /** Pages written or removed since the beginning. */
    long touchedPages() {
      return touchedPages;
    }

    private boolean take(int bytes) {
      if (bytes > maxBytes - usedBytes) {
        return false;
      }
      usedBytes += bytes;
      return true;
    }

    private void giveBack(int bytes) {
      usedBytes -= bytes;
    }
  }

  private final Budget budget;
  private long prefix;
  private @Nullable TreeMap<Long, long[]> pages;

  RemoteBitfield(Budget budget) {
    this.budget = budget;
  }

  private static long[] full() {
    long[] words = new long[PAGE_WORDS];
    Arrays.fill(words, -1L);
    return words;
  }

  /** Blocks from 0 on without a gap. */
  long prefix() {
    return prefix;
  }

  boolean has(long index) {
    if (index < prefix) {
      return true;
    }
    if (pages == null) {
      return false;
    }
    long[] words = pages.get(index / PAGE_BITS);
    return words != null && (words[word(index)] & (1L << index)) != 0;
  }

  /** Whether all blocks with from <= index < to are there. */
  boolean hasAll(long from, long to) {
    long index = Math.max(from, prefix);
    while (index < to) {
      long[] words = pages == null ? null : pages.get(index / PAGE_BITS);
      if (words == null) {
        return false;
      }
      long end = Math.min(to, (index / PAGE_BITS + 1) * PAGE_BITS);
      if (words != FULL) {
        for (; index < end; index++) {
          if ((words[word(index)] & (1L << index)) == 0) {
            return false;
          }
        }
      }
      index = end;
    }
    return true;
  }

  /** The first block at or after {@code from} that is there, or {@link #NONE}. */
  long next(long from) {
    if (from < prefix) {
      return from;
    }
    if (pages == null) {
      return NONE;
    }
    long firstPage = from / PAGE_BITS;
    for (Map.Entry<Long, long[]> entry : pages.tailMap(firstPage, true).entrySet()) {
      long[] words = entry.getValue();
      int bit = entry.getKey() == firstPage ? (int) (from % PAGE_BITS) : 0;
      long bits = words[bit / Long.SIZE] & (-1L << bit);
      for (int i = bit / Long.SIZE; ; ) {
        if (bits != 0) {
          return entry.getKey() * PAGE_BITS
              + (long) i * Long.SIZE
              + Long.numberOfTrailingZeros(bits);
        }
        if (++i == PAGE_WORDS) {
          break;
        }
        bits = words[i];
      }
    }
    return NONE;
  }

  /** The peer has the blocks with from <= index < to. */
  void add(long from, long to) {
    if (from <= prefix) {
      if (to > prefix) {
        prefix = to;
        absorb();
      }
      return;
    }
    long last = Math.min(to, from + MAX_RANGE_PAGES * PAGE_BITS);
    for (long index = from; index < last; ) {
      budget.touchedPages++;
      long page = index / PAGE_BITS;
      long end = Math.min(last, (page + 1) * PAGE_BITS);
      if (!fill(page, (int) (index % PAGE_BITS), (int) (end - page * PAGE_BITS))) {
        return;
      }
      index = end;
    }
  }

  /** The peer no longer has the blocks with from <= index < to. */
  void remove(long from, long to) {
    if (to <= from) {
      return;
    }
    if (from < prefix) {
      long end = prefix;
      prefix = from;
      if (to < end) {
        add(to, end);
      }
    }
    TreeMap<Long, long[]> all = pages;
    if (all == null) {
      return;
    }
    var iterator =
        all.subMap(from / PAGE_BITS, true, (to - 1) / PAGE_BITS, true).entrySet().iterator();
    while (iterator.hasNext()) {
      Map.Entry<Long, long[]> entry = iterator.next();
      budget.touchedPages++;
      long base = entry.getKey() * PAGE_BITS;
      int first = (int) Math.max(0, from - base);
      int end = (int) Math.min(PAGE_BITS, to - base);
      long[] words = entry.getValue();
      if (words == FULL && (first > 0 || end < PAGE_BITS)) {
        budget.giveBack(FULL_PAGE_BYTES);
        if (!budget.take(PAGE_BYTES)) {
          iterator.remove();
          continue;
        }
        words = FULL.clone();
        entry.setValue(words);
      }
      if (words != FULL) {
        clear(words, first, end);
      }
      if (words == FULL || isZero(words)) {
        budget.giveBack(cost(words));
        iterator.remove();
      }
    }
    if (all.isEmpty()) {
      pages = null;
    }
  }

  /**
   * A bitfield message: it replaces what was known of its blocks.
   *
   * @param start a multiple of 32
   */
  void insert(long start, int[] words) {
    remove(start, start + 32L * words.length);
    for (int i = 0; i < words.length; i++) {
      long from = start + 32L * i;
      // Runs of whole words are worth it: a full segment has 65,536 of them.
      int j = i;
      while (j < words.length && words[j] == words[i] && (words[i] == 0 || words[i] == -1)) {
        j++;
      }
      if (j > i) {
        long to = start + 32L * j;
        if (words[i] != 0) {
          add(from, to);
        }
        i = j - 1;
      } else {
        insertWord(from, words[i]);
      }
    }
    absorb();
  }

  /** Gives all memory back. */
  void clear() {
    prefix = 0;
    if (pages != null) {
      pages.values().forEach(words -> budget.giveBack(cost(words)));
      pages = null;
    }
  }

  private void insertWord(long from, int word) {
    long[] words = writable(from / PAGE_BITS);
    if (words != null) {
      int shift = (int) (from & 63);
      int at = word(from);
      words[at] |= (word & 0xffffffffL) << shift;
    }
  }

  private boolean fill(long page, int from, int to) {
    if (from == 0 && to == PAGE_BITS) {
      TreeMap<Long, long[]> all = all();
      long[] old = all.get(page);
      if (old != null) {
        budget.giveBack(cost(old));
      }
      if (!budget.take(FULL_PAGE_BYTES)) {
        all.remove(page);
        return false;
      }
      all.put(page, FULL);
      return true;
    }
    long[] words = writable(page);
    if (words == null) {
      return false;
    }
    if (words != FULL) {
      for (int bit = from; bit < to; ) {
        int shift = bit & 63;
        int bits = Math.min(to - bit, Long.SIZE - shift);
        words[bit / Long.SIZE] |= mask(shift, bits);
        bit += bits;
      }
    }
    return true;
  }

  private static void clear(long[] words, int from, int to) {
    for (int bit = from; bit < to; ) {
      int shift = bit & 63;
      int bits = Math.min(to - bit, Long.SIZE - shift);
      words[bit / Long.SIZE] &= ~mask(shift, bits);
      bit += bits;
    }
  }

  private static long mask(int shift, int bits) {
    return bits == Long.SIZE ? -1L : ((1L << bits) - 1) << shift;
  }

  /** A page that may be written, or null when it costs too much. */
  private long @Nullable [] writable(long page) {
    TreeMap<Long, long[]> all = all();
    long[] words = all.get(page);
    if (words != null && words != FULL) {
      return words;
    }
    if (!budget.take(PAGE_BYTES)) {
      return null;
    }
    if (words == null) {
      words = new long[PAGE_WORDS];
    } else {
      budget.giveBack(FULL_PAGE_BYTES);
      words = FULL.clone();
    }
    all.put(page, words);
    return words;
  }

  private TreeMap<Long, long[]> all() {
    TreeMap<Long, long[]> all = pages;
    if (all == null) {
      all = new TreeMap<>();
      pages = all;
    }
    return all;
  }

  /** Lets the prefix swallow what follows it, and pages that lie inside it. */
  private void absorb() {
    while (pages != null) {
      Map.Entry<Long, long[]> first = pages.firstEntry();
      if (first == null) {
        pages = null;
        return;
      }
      long base = first.getKey() * PAGE_BITS;
      if (base > prefix) {
        return;
      }
      if (base + PAGE_BITS > prefix) {
        while (prefix < base + PAGE_BITS
            && (first.getValue()[word(prefix)] & (1L << prefix)) != 0) {
          prefix++;
        }
        if (prefix < base + PAGE_BITS) {
          return;
        }
      }
      budget.giveBack(cost(first.getValue()));
      pages.pollFirstEntry();
    }
  }

  private static int cost(long[] words) {
    return words == FULL ? FULL_PAGE_BYTES : PAGE_BYTES;
  }

  private static int word(long index) {
    return (int) (index % PAGE_BITS) / Long.SIZE;
  }

  private static boolean isZero(long[] words) {
    for (long word : words) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }
}
