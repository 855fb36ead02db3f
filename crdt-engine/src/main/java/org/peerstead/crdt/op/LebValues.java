package org.peerstead.crdt.op;

/** Integers inside values whose encoding was checked when they entered the document. */
final class LebValues {
  private LebValues() {}

  static long unsigned(byte[] bytes) {
    long value = 0;
    for (int i = 0; i < bytes.length; i++) {
      value |= (long) (bytes[i] & 0x7F) << i * 7;
    }
    return value;
  }

  static long signed(byte[] bytes) {
    long value = unsigned(bytes);
    int bits = bytes.length * 7;
    return bits < 64 && bits > 0 && (bytes[bytes.length - 1] & 0x40) != 0
        ? value | -1L << bits
        : value;
  }
}
