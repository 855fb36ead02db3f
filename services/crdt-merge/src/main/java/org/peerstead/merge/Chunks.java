package org.peerstead.merge;

import java.util.List;

/** Concatenation: what a reader of Automerge chunks takes for several of them. */
final class Chunks {
  private Chunks() {}

  static byte[] join(List<byte[]> chunks) {
    if (chunks.size() == 1) {
      return chunks.getFirst();
    }
    int size = 0;
    for (byte[] chunk : chunks) {
      size = Math.addExact(size, chunk.length);
    }
    byte[] joined = new byte[size];
    int at = 0;
    for (byte[] chunk : chunks) {
      System.arraycopy(chunk, 0, joined, at, chunk.length);
      at += chunk.length;
    }
    return joined;
  }
}
