package org.peerstead.gateway.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes CBOR as cbor-x 1.x does with {@code useRecords: false, tagUint8Array: false}, so that our
 * frames are byte for byte what automerge-repo's own server would send: map lengths always in two
 * bytes, everything else minimal, integers above 32 bits as floating point. Not thread-safe.
 */
final class CborWriter {
  private static final long UINT32_MAX = 0xffff_ffffL;

  private byte[] bytes;
  private int size;

  /**
   * @param expectedBytes initial room; grows when exceeded
   */
  CborWriter(int expectedBytes) {
    bytes = new byte[Math.max(16, expectedBytes)];
  }

  /**
   * @param entries number of entries, at most 65535
   */
  CborWriter map(int entries) {
    room(3);
    bytes[size++] = (byte) 0xb9;
    bytes[size++] = (byte) (entries >>> 8);
    bytes[size++] = (byte) entries;
    return this;
  }

  CborWriter array(int items) {
    header(4, items);
    return this;
  }

  CborWriter text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    header(3, utf8.length);
    return raw(utf8);
  }

  CborWriter bytes(byte[] string) {
    header(2, string.length);
    return raw(string);
  }

  CborWriter bool(boolean value) {
    room(1);
    bytes[size++] = (byte) (value ? 0xf5 : 0xf4);
    return this;
  }

  CborWriter undefined() {
    room(1);
    bytes[size++] = (byte) 0xf7;
    return this;
  }

  /**
   * @param value 0 to 2^53 - 1
   */
  CborWriter number(long value) {
    if (value <= UINT32_MAX) {
      header(0, value);
      return this;
    }
    room(9);
    bytes[size++] = (byte) 0xfb;
    fixed(Double.doubleToLongBits(value), 8);
    return this;
  }

  byte[] toBytes() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }

  private CborWriter raw(byte[] source) {
    room(source.length);
    System.arraycopy(source, 0, bytes, size, source.length);
    size += source.length;
    return this;
  }

  private void header(int major, long argument) {
    room(5);
    int type = major << 5;
    if (argument < 24) {
      bytes[size++] = (byte) (type | argument);
    } else if (argument < 0x100) {
      bytes[size++] = (byte) (type | 24);
      fixed(argument, 1);
    } else if (argument < 0x1_0000) {
      bytes[size++] = (byte) (type | 25);
      fixed(argument, 2);
    } else {
      bytes[size++] = (byte) (type | 26);
      fixed(argument, 4);
    }
  }

  private void fixed(long value, int length) {
    for (int shift = 8 * (length - 1); shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(size, more)));
    }
  }
}
