package org.peerstead.crdt.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing byte buffer. Reusable through {@link #clear()}; not thread-safe. */
public final class ByteWriter {
  private byte[] bytes;
  private int size;

  public ByteWriter() {
    this(64);
  }

  public ByteWriter(int capacity) {
    this.bytes = new byte[capacity];
  }

  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  /** The backing array; valid up to {@link #size()} until the next write. */
  public byte[] array() {
    return bytes;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes =
          Arrays.copyOf(
              bytes, Math.max(Math.addExact(size, more), bytes.length + (bytes.length >> 1)));
    }
  }

  public void writeByte(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  public void write(byte[] source) {
    write(source, 0, source.length);
  }

  public void write(byte[] source, int offset, int length) {
    ensure(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  public void write(ByteWriter other) {
    write(other.bytes, 0, other.size);
  }

  public void writeUleb(long value) {
    ensure(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  public void writeSleb(long value) {
    ensure(10);
    long rest = value;
    while (rest < -64 || rest > 63) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>= 7;
    }
    bytes[size++] = (byte) (rest & 0x7F);
  }

  /** The low {@code length} bytes of {@code value}, least significant first. */
  public void writeLittleEndian(long value, int length) {
    ensure(length);
    long rest = value;
    for (int i = 0; i < length; i++) {
      bytes[size++] = (byte) rest;
      rest >>>= 8;
    }
  }

  public void writeLengthPrefixed(byte[] source) {
    writeUleb(source.length);
    write(source);
  }

  public void writeString(String text) {
    writeLengthPrefixed(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Number of bytes {@link #writeUleb} takes. */
  public static int ulebSize(long value) {
    return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
  }
}
