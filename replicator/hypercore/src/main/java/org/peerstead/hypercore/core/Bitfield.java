package org.peerstead.hypercore.core;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.CoreBatch;
import org.peerstead.hypercore.store.CoreStorage;

/**
 * Which blocks are present. A contiguous prefix costs nothing, however long it is; beyond it there
 * is a page of 1,024 bits wherever at least one is set.
 *
 * <p>Changes are collected and written with {@link #store}. Not thread-safe.
 */
public final class Bitfield {
  private static final int PAGE_BITS = CoreStorage.PAGE_BITS;
  private static final int PAGE_WORDS = PAGE_BITS / Long.SIZE;

  /** {@link #firstSet} when there is none. */
  public static final long NONE = -1;

  private static final class Page {
    final long[] words;
    boolean isDirty;

    Page(long[] words) {
      this.words = words;
    }
  }

  /** All below this is set; the bit at this index is not. */
  private long contiguous;

  private boolean isContiguousDirty;

  /** Pages that reach beyond the prefix; bits of theirs below it have no meaning. */
  private final TreeMap<Long, Page> pages = new TreeMap<>();

  /** Neighbours are asked for one after the other: saves most lookups. */
  private @Nullable Page lastPage;

  private long lastPageIndex = NONE;

  /** No bit set. */
  public Bitfield() {}

  /** What a store holds. */
  public static Bitfield load(CoreStorage storage) {
    Bitfield bitfield = new Bitfield();
    bitfield.contiguous = storage.contiguousLength();
    storage.visitPages((page, words) -> {
      if ((page + 1) * PAGE_BITS > bitfield.contiguous) {
        bitfield.pages.put(page, new Page(words));
      }
    });
    bitfield.advance();
    return bitfield;
  }

  /** Blocks from 0 on without a gap. */
  public long contiguousLength() {
    return contiguous;
  }

  /** Whether a block is present. */
  public boolean get(long index) {
    if (index < contiguous) {
      return true;
    }
    Page page = page(index / PAGE_BITS);
    return page != null && (page.words[wordOf(index)] & (1L << index)) != 0;
  }

  /** The first block at or after {@code from} that is not present. */
  public long firstUnset(long from) {
    long index = Math.max(from, contiguous);
    while (true) {
      Page page = page(index / PAGE_BITS);
      if (page == null) {
        return index;
      }
      int bit = nextBit(page.words, (int) (index % PAGE_BITS), true);
      if (bit < PAGE_BITS) {
        return index - index % PAGE_BITS + bit;
      }
      index = index - index % PAGE_BITS + PAGE_BITS;
    }
  }

  /** The first block at or after {@code from} that is present, or {@link #NONE}. */
  public long firstSet(long from) {
    if (from < contiguous) {
      return from;
    }
    long firstPage = from / PAGE_BITS;
    for (Map.Entry<Long, Page> entry : pages.tailMap(firstPage).entrySet()) {
      int start = entry.getKey() == firstPage ? (int) (from % PAGE_BITS) : 0;
      int bit = nextBit(entry.getValue().words, start, false);
      if (bit < PAGE_BITS) {
        return entry.getKey() * PAGE_BITS + bit;
      }
    }
    return NONE;
  }

  /** How many blocks with from <= index < to are present. */
  public long count(long from, long to) {
    if (to <= from) {
      return 0;
    }
    long count = Math.max(0, Math.min(to, contiguous) - from);
    long start = Math.max(from, contiguous);
    for (Map.Entry<Long, Page> entry :
        pages
            .subMap(start / PAGE_BITS, true, Math.max(start, to - 1) / PAGE_BITS, true)
            .entrySet()) {
      long base = entry.getKey() * PAGE_BITS;
      long first = Math.max(start, base);
      long end = Math.min(to, base + PAGE_BITS);
      for (long index = first; index < end; ) {
        int shift = (int) (index & 63);
        long bits = Math.min(end - index, Long.SIZE - shift);
        long mask = bits == Long.SIZE ? -1L : ((1L << bits) - 1) << shift;
        count += Long.bitCount(entry.getValue().words[wordOf(index)] & mask);
        index += bits;
      }
    }
    return count;
  }

  /**
   * Copies bits in the form of a bitfield message.
   *
   * @param start index of the first bit, a multiple of 32
   * @param target words of 32 bits, lowest block in bit 0; overwritten
   * @return whether any bit is set
   */
  public boolean copyWords(long start, int[] target) {
    if (start % Integer.SIZE != 0) {
      throw new IllegalArgumentException(start + " is not a multiple of 32");
    }
    boolean any = false;
    for (int i = 0; i < target.length; i++) {
      target[i] = word32(start + (long) i * Integer.SIZE);
      any |= target[i] != 0;
    }
    return any;
  }

  private int word32(long index) {
    if (index + Integer.SIZE <= contiguous) {
      return -1;
    }
    Page page = page(index / PAGE_BITS);
    int word = page == null ? 0 : (int) (page.words[wordOf(index)] >>> (index & 63));
    if (index < contiguous) {
      word |= (1 << (contiguous - index)) - 1;
    }
    return word;
  }

  /** Marks a block as present. Returns whether it was not before. */
  public boolean set(long index) {
    if (get(index)) {
      return false;
    }
    if (index == contiguous) {
      contiguous = index + 1;
      isContiguousDirty = true;
      advance();
    } else {
      Page page = pageForWriting(index / PAGE_BITS);
      page.words[wordOf(index)] |= 1L << index;
    }
    return true;
  }

  /** Marks the blocks with from <= index < to as present. */
  public void setRange(long from, long to) {
    if (to <= from) {
      return;
    }
    if (from <= contiguous) {
      if (to > contiguous) {
        contiguous = to;
        isContiguousDirty = true;
        advance();
      }
      return;
    }
    fill(from, to, true);
  }

  /** Marks the blocks with from <= index < to as absent. */
  public void clearRange(long from, long to) {
    if (to <= from) {
      return;
    }
    if (from < contiguous) {
      long end = contiguous;
      // What was known as prefix from here on becomes pages.
      for (long page = from / PAGE_BITS; page <= (end - 1) / PAGE_BITS; page++) {
        Page written = pageForWriting(page);
        long base = page * PAGE_BITS;
        set(written.words, base, base, Math.min(end, base + PAGE_BITS), true);
      }
      contiguous = from;
      isContiguousDirty = true;
    }
    long last = (to - 1) / PAGE_BITS;
    for (Map.Entry<Long, Page> entry :
        pages.subMap(from / PAGE_BITS, true, last, true).entrySet()) {
      long base = entry.getKey() * PAGE_BITS;
      set(
          entry.getValue().words,
          base,
          Math.max(from, base),
          Math.min(to, base + PAGE_BITS),
          false);
      entry.getValue().isDirty = true;
    }
  }

  /** Puts what changed since the last call into a batch. */
  void store(CoreBatch batch) {
    if (isContiguousDirty) {
      batch.contiguousLength(contiguous);
      isContiguousDirty = false;
    }
    var iterator = pages.entrySet().iterator();
    while (iterator.hasNext()) {
      Map.Entry<Long, Page> entry = iterator.next();
      Page page = entry.getValue();
      if (page.isDirty) {
        batch.page(entry.getKey(), page.words);
        page.isDirty = false;
        if (isZero(page.words)) {
          iterator.remove();
          forgetLastPage();
        }
      }
    }
  }

  /** Pages held in memory. */
  int pageCount() {
    return pages.size();
  }

  private void fill(long from, long to, boolean value) {
    for (long page = from / PAGE_BITS; page <= (to - 1) / PAGE_BITS; page++) {
      long base = page * PAGE_BITS;
      set(
          pageForWriting(page).words,
          base,
          Math.max(from, base),
          Math.min(to, base + PAGE_BITS),
          value);
    }
  }

  /** Lets the prefix swallow what follows it, and pages that lie inside it. */
  private void advance() {
    long before = contiguous;
    contiguous = firstUnset(contiguous);
    isContiguousDirty |= contiguous != before;
    while (!pages.isEmpty() && (pages.firstKey() + 1) * PAGE_BITS <= contiguous) {
      pages.pollFirstEntry();
      forgetLastPage();
    }
  }

  private @Nullable Page page(long pageIndex) {
    if (pageIndex != lastPageIndex) {
      lastPage = pages.get(pageIndex);
      lastPageIndex = pageIndex;
    }
    return lastPage;
  }

  private Page pageForWriting(long pageIndex) {
    Page page = page(pageIndex);
    if (page == null) {
      page = new Page(new long[PAGE_WORDS]);
      pages.put(pageIndex, page);
      lastPage = page;
    }
    page.isDirty = true;
    return page;
  }

  private void forgetLastPage() {
    lastPage = null;
    lastPageIndex = NONE;
  }

  private static int wordOf(long index) {
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

  private static void set(long[] words, long base, long from, long to, boolean value) {
    int first = (int) (from - base);
    int end = (int) (to - base);
    if (first == 0 && end == PAGE_BITS) {
      Arrays.fill(words, value ? -1L : 0L);
      return;
    }
    for (int bit = first; bit < end; ) {
      int shift = bit & 63;
      int bits = Math.min(end - bit, Long.SIZE - shift);
      long mask = bits == Long.SIZE ? -1L : ((1L << bits) - 1) << shift;
      if (value) {
        words[bit / Long.SIZE] |= mask;
      } else {
        words[bit / Long.SIZE] &= ~mask;
      }
      bit += bits;
    }
  }

  /** The first bit from {@code start} on that is clear or set, or {@link #PAGE_BITS}. */
  private static int nextBit(long[] words, int start, boolean clear) {
    int word = start / Long.SIZE;
    long bits = (clear ? ~words[word] : words[word]) & (-1L << start);
    while (bits == 0) {
      if (++word == PAGE_WORDS) {
        return PAGE_BITS;
      }
      bits = clear ? ~words[word] : words[word];
    }
    return word * Long.SIZE + Long.numberOfTrailingZeros(bits);
  }
}
