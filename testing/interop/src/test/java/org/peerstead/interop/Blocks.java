package org.peerstead.interop;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Content of a core that both sides can make from a few words, so that it need not be handed over:
 * block {@code i} is SHA-256 of {@code label:i}, repeated up to its size. A size between the two
 * limits follows from the same hash.
 */
record Blocks(String label, int minBytes, int maxBytes) {
  /** Blocks of one size. */
  static Blocks of(String label, int bytes) {
    return new Blocks(label, bytes, bytes);
  }

  byte[] block(long index) {
    byte[] hash = sha256((label + ":" + index).getBytes(StandardCharsets.UTF_8));
    long chance =
        Integer.toUnsignedLong(ByteBuffer.wrap(hash).order(ByteOrder.LITTLE_ENDIAN).getInt());
    byte[] block = new byte[minBytes + (int) (chance % (maxBytes - minBytes + 1))];
    for (int at = 0; at < block.length; at += hash.length) {
      System.arraycopy(hash, 0, block, at, Math.min(hash.length, block.length - at));
    }
    return block;
  }

  List<byte[]> blocks(long from, int count) {
    List<byte[]> blocks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      blocks.add(block(from + i));
    }
    return blocks;
  }

  String digest(long index) {
    return digest(block(index));
  }

  /** SHA-256 of the blocks from {@code from} (inclusive) to {@code to} (exclusive), in hex. */
  List<String> digests(long from, long to) {
    List<String> digests = new ArrayList<>();
    for (long i = from; i < to; i++) {
      digests.add(digest(i));
    }
    return digests;
  }

  static String digest(byte[] bytes) {
    return HexFormat.of().formatHex(sha256(bytes));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
