package org.peerstead.crdt.sync;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ChangeHash;

/**
 * Bytes of {@link SyncMessage} and of persisted sync states. Stateless and thread-safe.
 *
 * <p>Message layout; uLEB is an unsigned LEB128 number in its shortest form:
 *
 * <pre>
 * type      1 byte             0x42 = V1, 0x43 = V2
 * heads     uLEB count         then count * 32 bytes
 * need      uLEB count         then count * 32 bytes
 * have      uLEB count         then per entry: lastSync (uLEB count, count * 32 bytes), uLEB length + Bloom filter
 * changes   uLEB count         then per item: uLEB length + bytes
 * flags     uLEB length        then that many bytes; the whole field may be absent
 * rest      any                ignored
 * </pre>
 *
 * <p>Persisted state layout: 0x43, uLEB count, count * 32 bytes (the shared heads); the rest is
 * ignored.
 *
 * <p>Differs from automerge 3.5.0 by its bounds: it takes memory as a message asks for it and
 * divides by zero on a filter without bits.
 */
public final class SyncMessageCodec {
  /** Hashes accepted in one list: 2 MiB of them. Honest lists hold a head per concurrent author. */
  public static final int MAX_HASHES = 65_536;

  /** Have entries accepted; Automerge writes none or one. */
  public static final int MAX_HAVE = 16;

  /** Change items accepted in one message. */
  public static final int MAX_CHANGES = 1 << 20;

  /** Probes accepted per Bloom filter, so that a question to it stays cheap; Automerge writes 7. */
  public static final int MAX_PROBES = 64;

  private static final int STATE_TYPE = 0x43;
  private static final int FLAGS_SIZE = 2;

  private SyncMessageCodec() {}

  /**
   * Reads a message.
   *
   * @throws AutomergeFormatException if a field is cut short, has an illegal number or exceeds a
   *     bound of this class
   */
  public static SyncMessage decode(byte[] bytes) throws AutomergeFormatException {
    Reader in = new Reader(bytes, 0, bytes.length);
    int type = in.unsignedByte("message type");
    SyncMessage.Version version;
    if (type == SyncMessage.Version.V1.firstByte()) {
      version = SyncMessage.Version.V1;
    } else if (type == SyncMessage.Version.V2.firstByte()) {
      version = SyncMessage.Version.V2;
    } else {
      throw new AutomergeFormatException(
          Reason.BAD_SYNC_MESSAGE,
          "a sync message begins with 0x42 or 0x43, not 0x%02x".formatted(type));
    }
    List<ChangeHash> heads = in.hashes("heads");
    List<ChangeHash> need = in.hashes("need");
    int haveCount = in.count("have entries", MAX_HAVE);
    List<Have> have = new ArrayList<>(haveCount);
    for (int i = 0; i < haveCount; i++) {
      List<ChangeHash> lastSync = in.hashes("lastSync");
      have.add(new Have(lastSync, decodeBloom(in.slice("Bloom filter"))));
    }
    int changeCount = in.count("changes", MAX_CHANGES);
    in.requireAtLeast(changeCount, "changes");
    List<Bytes> changes = new ArrayList<>(changeCount);
    for (int i = 0; i < changeCount; i++) {
      changes.add(in.bytes("change"));
    }
    return new SyncMessage(version, heads, need, have, changes, decodeFlags(in));
  }

  private static BloomFilter decodeBloom(Reader in) throws AutomergeFormatException {
    if (in.isAtEnd()) {
      return BloomFilter.EMPTY;
    }
    int entries = in.count("Bloom filter entries", Integer.MAX_VALUE);
    int bitsPerEntry = in.count("bits per Bloom filter entry", Integer.MAX_VALUE);
    int probes = in.count("Bloom filter probes", MAX_PROBES);
    long size = BloomFilter.bitsLength(entries, bitsPerEntry);
    if (entries != 0 && size == 0) {
      throw new AutomergeFormatException(
          Reason.BAD_SYNC_MESSAGE, "a Bloom filter with " + entries + " entries has no bits");
    }
    return BloomFilter.received(entries, bitsPerEntry, probes, in.take(size, "Bloom filter bits"));
  }

  private static @Nullable SyncFlags decodeFlags(Reader in) throws AutomergeFormatException {
    if (in.isAtEnd()) {
      return null;
    }
    Reader flags = in.slice("flags");
    int bits = 0;
    while (!flags.isAtEnd()) {
      int next = flags.unsignedByte("flags");
      if ((next & SyncFlags.BIT_FIELD) != 0) {
        bits |= next;
      }
    }
    return SyncFlags.ofBits(bits);
  }

  /** Writes a message; the hash lists must already be ascending. */
  public static byte[] encode(SyncMessage message) {
    Writer out = new Writer(encodedSize(message));
    out.unsignedByte(message.version().firstByte());
    out.hashes(message.heads());
    out.hashes(message.need());
    out.uLeb(message.have().size());
    for (Have have : message.have()) {
      out.hashes(have.lastSync());
      BloomFilter bloom = have.bloom();
      out.uLeb(bloomSize(bloom));
      if (bloom.entries() != 0) {
        out.uLeb(bloom.entries());
        out.uLeb(bloom.bitsPerEntry());
        out.uLeb(bloom.probes());
        out.bloomBits(bloom);
      }
    }
    out.uLeb(message.changes().size());
    for (Bytes change : message.changes()) {
      out.uLeb(change.size());
      out.raw(change.toBytes());
    }
    SyncFlags flags = message.flags();
    if (flags != null) {
      out.uLeb(FLAGS_SIZE);
      out.unsignedByte(SyncFlags.LEGACY_V2);
      out.unsignedByte(SyncFlags.BIT_FIELD | flags.toBits());
    }
    return out.finish();
  }

  private static int encodedSize(SyncMessage message) {
    long size =
        1
            + hashesSize(message.heads())
            + hashesSize(message.need())
            + uLebSize(message.have().size());
    for (Have have : message.have()) {
      int bloom = bloomSize(have.bloom());
      size += hashesSize(have.lastSync()) + uLebSize(bloom) + bloom;
    }
    size += uLebSize(message.changes().size());
    for (Bytes change : message.changes()) {
      size += uLebSize(change.size()) + (long) change.size();
    }
    return Math.toIntExact(message.flags() == null ? size : size + 1 + FLAGS_SIZE);
  }

  private static long hashesSize(List<ChangeHash> hashes) {
    return uLebSize(hashes.size()) + (long) hashes.size() * ChangeHash.SIZE;
  }

  private static int bloomSize(BloomFilter bloom) {
    return bloom.entries() == 0
        ? 0
        : uLebSize(bloom.entries())
            + uLebSize(bloom.bitsPerEntry())
            + uLebSize(bloom.probes())
            + bloom.bitsSize();
  }

  private static int uLebSize(int value) {
    return Math.max(1, (38 - Integer.numberOfLeadingZeros(value)) / 7);
  }

  /** Reads the shared heads of a persisted state. */
  static List<ChangeHash> decodeState(byte[] bytes) throws AutomergeFormatException {
    Reader in = new Reader(bytes, 0, bytes.length);
    int type = in.unsignedByte("sync state type");
    if (type != STATE_TYPE) {
      throw new AutomergeFormatException(
          Reason.BAD_SYNC_MESSAGE, "a sync state begins with 0x43, not 0x%02x".formatted(type));
    }
    return in.hashes("sharedHeads");
  }

  static byte[] encodeState(List<ChangeHash> sharedHeads) {
    Writer out = new Writer(Math.toIntExact(1 + hashesSize(sharedHeads)));
    out.unsignedByte(STATE_TYPE);
    out.hashes(sharedHeads);
    return out.finish();
  }

  /**
   * Reads forward through a range of an array; every length is checked against what is left before
   * anything is allocated.
   */
  private static final class Reader {
    private final byte[] source;
    private final int end;
    private int position;

    Reader(byte[] source, int position, int end) {
      this.source = source;
      this.position = position;
      this.end = end;
    }

    boolean isAtEnd() {
      return position == end;
    }

    int unsignedByte(String field) throws AutomergeFormatException {
      requireAtLeast(1, field);
      return Byte.toUnsignedInt(source[position++]);
    }

    /** A uLEB number up to {@code max}. */
    int count(String field, int max) throws AutomergeFormatException {
      long value = uLeb(field);
      if (value < 0 || value > max) {
        throw new AutomergeFormatException(
            Reason.LIMIT_EXCEEDED,
            "%s %s above %d".formatted(field, Long.toUnsignedString(value), max));
      }
      return (int) value;
    }

    private long uLeb(String field) throws AutomergeFormatException {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        int next = unsignedByte(field);
        if (shift == 63 && next > 1) {
          throw new AutomergeFormatException(Reason.BAD_INTEGER, field + ": number above 64 bits");
        }
        value |= (long) (next & 0x7F) << shift;
        if ((next & 0x80) == 0) {
          if (next == 0 && shift > 0) {
            throw new AutomergeFormatException(
                Reason.BAD_INTEGER, field + ": number longer than necessary");
          }
          return value;
        }
      }
    }

    List<ChangeHash> hashes(String field) throws AutomergeFormatException {
      int count = count(field, MAX_HASHES);
      requireAtLeast((long) count * ChangeHash.SIZE, field);
      List<ChangeHash> hashes = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        hashes.add(ChangeHash.of(source, position));
        position += ChangeHash.SIZE;
      }
      return hashes;
    }

    /** A reader for a length-prefixed range. */
    Reader slice(String field) throws AutomergeFormatException {
      int length = length(field);
      Reader slice = new Reader(source, position, position + length);
      position += length;
      return slice;
    }

    Bytes bytes(String field) throws AutomergeFormatException {
      int length = length(field);
      Bytes bytes = Bytes.of(source, position, length);
      position += length;
      return bytes;
    }

    private int length(String field) throws AutomergeFormatException {
      int length = count(field + " length", Integer.MAX_VALUE);
      requireAtLeast(length, field);
      return length;
    }

    byte[] take(long length, String field) throws AutomergeFormatException {
      requireAtLeast(length, field);
      byte[] taken = new byte[(int) length];
      System.arraycopy(source, position, taken, 0, taken.length);
      position += taken.length;
      return taken;
    }

    void requireAtLeast(long length, String field) throws AutomergeFormatException {
      if (length > end - position) {
        throw new AutomergeFormatException(
            Reason.TRUNCATED,
            "%s: %d bytes announced, %d left".formatted(field, length, end - position));
      }
    }
  }

  /** Writes forward into an array of exactly the right size. */
  private static final class Writer {
    private final byte[] target;
    private int position;

    Writer(int size) {
      target = new byte[size];
    }

    void unsignedByte(int value) {
      target[position++] = (byte) value;
    }

    void uLeb(int value) {
      int rest = value;
      while (rest > 0x7F) {
        unsignedByte(0x80 | (rest & 0x7F));
        rest >>>= 7;
      }
      unsignedByte(rest);
    }

    void hashes(List<ChangeHash> hashes) {
      uLeb(hashes.size());
      for (ChangeHash hash : hashes) {
        hash.writeTo(target, position);
        position += ChangeHash.SIZE;
      }
    }

    void bloomBits(BloomFilter bloom) {
      bloom.copyBits(target, position);
      position += bloom.bitsSize();
    }

    void raw(byte[] bytes) {
      System.arraycopy(bytes, 0, target, position, bytes.length);
      position += bytes.length;
    }

    byte[] finish() {
      if (position != target.length) {
        throw new IllegalStateException("wrote %d of %d bytes".formatted(position, target.length));
      }
      return target;
    }
  }
}
