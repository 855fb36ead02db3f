package org.peerstead.discovery.hyperdht.records;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Memory for many things of one size, addressed by number. An object of the same content would cost
 * a header, a reference and padding for each of its parts, and the collector a visit.
 *
 * <p>Slots lie in pages; a new page is taken when all slots are in use, so growing never copies
 * more than one small page. Memory is not given back, but used again. A slot that is taken is all
 * zero.
 */
final class Slots {
  /** No slot. */
  static final int NONE = -1;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int PAGE_BITS = 10;
  private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;
  private static final int FIRST_SLOTS = 4;

  private final int slotBytes;
  private byte[][] pages = new byte[1][];
  private int known;
  private int firstFree = NONE;
  private int used;

  Slots(int slotBytes) {
    this.slotBytes = slotBytes;
    pages[0] = new byte[0];
  }

  /** Slots taken and not released. */
  int used() {
    return used;
  }

  /** A slot that is nobody's, all zero. */
  int take() {
    int slot = firstFree;
    if (slot == NONE) {
      slot = known++;
      reach(slot);
    } else {
      firstFree = getInt(slot, 0);
      int at = at(slot);
      Arrays.fill(page(slot), at, at + slotBytes, (byte) 0);
    }
    used++;
    return slot;
  }

  /** Gives a slot back. */
  void release(int slot) {
    setInt(slot, 0, firstFree);
    firstFree = slot;
    used--;
  }

  private void reach(int slot) {
    int page = slot >>> PAGE_BITS;
    if (page == 0) {
      // The first page grows, so that a book with a few records is small.
      int bytes = (slot + 1) * slotBytes;
      if (pages[0].length < bytes) {
        int slots = Math.min(Math.max(2 * slot, FIRST_SLOTS), 1 << PAGE_BITS);
        pages[0] = Arrays.copyOf(pages[0], slots * slotBytes);
      }
      return;
    }
    if (page >= pages.length) {
      pages = Arrays.copyOf(pages, 2 * pages.length);
    }
    if ((slot & PAGE_MASK) == 0) {
      pages[page] = new byte[slotBytes << PAGE_BITS];
    }
  }

  private byte[] page(int slot) {
    return pages[slot >>> PAGE_BITS];
  }

  private int at(int slot) {
    return (slot & PAGE_MASK) * slotBytes;
  }

  int getInt(int slot, int offset) {
    return (int) INTS.get(page(slot), at(slot) + offset);
  }

  void setInt(int slot, int offset, int value) {
    INTS.set(page(slot), at(slot) + offset, value);
  }

  long getLong(int slot, int offset) {
    return (long) LONGS.get(page(slot), at(slot) + offset);
  }

  void setLong(int slot, int offset, long value) {
    LONGS.set(page(slot), at(slot) + offset, value);
  }

  /** The unsigned byte at an offset. */
  int getByte(int slot, int offset) {
    return page(slot)[at(slot) + offset] & 0xff;
  }

  void setFixed32(int slot, int offset, Fixed32 value) {
    value.copyTo(page(slot), at(slot) + offset);
  }

  Fixed32 getFixed32(int slot, int offset) {
    return Fixed32.of(page(slot), at(slot) + offset);
  }

  boolean isFixed32(int slot, int offset, Fixed32 value) {
    byte[] page = page(slot);
    int at = at(slot) + offset;
    return (long) LONGS.get(page, at) == value.word(0)
        && (long) LONGS.get(page, at + 8) == value.word(1)
        && (long) LONGS.get(page, at + 16) == value.word(2)
        && (long) LONGS.get(page, at + 24) == value.word(3);
  }

  void setBytes(int slot, int offset, Slice value) {
    value.copyTo(page(slot), at(slot) + offset);
  }

  /** Appends bytes of a slot to {@code out}. */
  void write(int slot, int offset, int length, CompactWriter out) {
    out.raw(Slice.of(page(slot), at(slot) + offset, length));
  }

  /** Copies bytes of a slot to {@code target}. */
  void copy(int slot, int offset, int length, byte[] target, int targetOffset) {
    System.arraycopy(page(slot), at(slot) + offset, target, targetOffset, length);
  }
}
