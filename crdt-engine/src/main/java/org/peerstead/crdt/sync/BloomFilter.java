package org.peerstead.crdt.sync;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ChangeHash;

/**
 * A set of change hashes that may claim too much but never too little.
 *
 * <p>The parameters travel with the filter, so a peer may use other ones than ours (10 bits and 7
 * probes per entry, about 1 % false positives). Because change hashes are SHA-256 values already,
 * probe positions are taken from their first twelve bytes by triple hashing:
 *
 * <pre>
 * x, y, z = little-endian unsigned 32-bit numbers at hash offsets 0, 4, 8, each modulo m (m = number of bits, a multiple of 8)
 * probe 1 = x; then repeatedly x = (x + y) mod m, y = (y + z) mod m, next probe = x
 * </pre>
 *
 * <p>Wire layout: no bytes at all for a filter without entries, else
 *
 * <pre>
 * entries      unsigned LEB128, at most 32 bits
 * bitsPerEntry unsigned LEB128, at most 32 bits
 * probes       unsigned LEB128, at most 32 bits
 * bits         ceil(entries * bitsPerEntry / 8) bytes; bit i is bit (i mod 8), counted from the least significant, of byte i / 8
 * </pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class BloomFilter {
  /** Bits per entry of the filters made here. */
  public static final int BITS_PER_ENTRY = 10;

  /** Probes per entry of the filters made here. */
  public static final int PROBES = 7;

  /** The filter that contains nothing. */
  public static final BloomFilter EMPTY = new BloomFilter(0, BITS_PER_ENTRY, PROBES, new byte[0]);

  private final int entries;
  private final int bitsPerEntry;
  private final int probes;
  private final byte[] bits;

  private BloomFilter(int entries, int bitsPerEntry, int probes, byte[] bits) {
    this.entries = entries;
    this.bitsPerEntry = bitsPerEntry;
    this.probes = probes;
    this.bits = bits;
  }

  /**
   * A filter received from a peer.
   *
   * @param bits owned by the new filter; its length must be {@code bitsLength(entries,
   *     bitsPerEntry)} and not 0 when there are entries
   */
  static BloomFilter received(int entries, int bitsPerEntry, int probes, byte[] bits) {
    if (bits.length != bitsLength(entries, bitsPerEntry) || (entries != 0 && bits.length == 0)) {
      throw new IllegalArgumentException(
          "%d entries of %d bits do not fit %d bytes"
              .formatted(entries, bitsPerEntry, bits.length));
    }
    return new BloomFilter(entries, bitsPerEntry, probes, bits);
  }

  /** Bytes taken by the bit field; exact for any two unsigned 31-bit numbers. */
  static long bitsLength(int entries, int bitsPerEntry) {
    return ((long) entries * bitsPerEntry + 7) >>> 3;
  }

  /** Starts a filter for exactly {@code entries} hashes. */
  static Builder builder(int entries) {
    return new Builder(entries);
  }

  /** Number of hashes the maker put in; 0 contains nothing. */
  public int entries() {
    return entries;
  }

  /** Bits per entry, as chosen by the maker. */
  public int bitsPerEntry() {
    return bitsPerEntry;
  }

  /** Probes per hash, as chosen by the maker. */
  public int probes() {
    return probes;
  }

  /** Size of the bit field in bytes. */
  public int bitsSize() {
    return bits.length;
  }

  void copyBits(byte[] target, int offset) {
    System.arraycopy(bits, 0, target, offset, bits.length);
  }

  /** Whether the hash may be in the set; {@code false} is certain. */
  public boolean contains(ChangeHash hash) {
    if (entries == 0) {
      return false;
    }
    long modulo = 8L * bits.length;
    long x = hash.littleEndianUint32(0) % modulo;
    long y = hash.littleEndianUint32(4) % modulo;
    long z = hash.littleEndianUint32(8) % modulo;
    if (isClear(x)) {
      return false;
    }
    for (int i = 1; i < probes; i++) {
      x = (x + y) % modulo;
      y = (y + z) % modulo;
      if (isClear(x)) {
        return false;
      }
    }
    return true;
  }

  private boolean isClear(long bit) {
    return (bits[(int) (bit >>> 3)] & (1 << (bit & 7))) == 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BloomFilter that
        && entries == that.entries
        && bitsPerEntry == that.bitsPerEntry
        && probes == that.probes
        && Arrays.equals(bits, that.bits);
  }

  @Override
  public int hashCode() {
    return Objects.hash(entries, bitsPerEntry, probes, Arrays.hashCode(bits));
  }

  @Override
  public String toString() {
    return "BloomFilter[entries=%d, bitsPerEntry=%d, probes=%d]"
        .formatted(entries, bitsPerEntry, probes);
  }

  /** Collects hashes; used once. */
  static final class Builder {
    private final int entries;
    private final byte[] bits;

    private Builder(int entries) {
      this.entries = entries;
      this.bits = new byte[Math.toIntExact(bitsLength(entries, BITS_PER_ENTRY))];
    }

    void add(ChangeHash hash) {
      long modulo = 8L * bits.length;
      long x = hash.littleEndianUint32(0) % modulo;
      long y = hash.littleEndianUint32(4) % modulo;
      long z = hash.littleEndianUint32(8) % modulo;
      set(x);
      for (int i = 1; i < PROBES; i++) {
        x = (x + y) % modulo;
        y = (y + z) % modulo;
        set(x);
      }
    }

    private void set(long bit) {
      bits[(int) (bit >>> 3)] |= (byte) (1 << (bit & 7));
    }

    BloomFilter build() {
      return entries == 0 ? EMPTY : new BloomFilter(entries, BITS_PER_ENTRY, PROBES, bits);
    }
  }
}
