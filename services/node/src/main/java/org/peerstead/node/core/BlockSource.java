package org.peerstead.node.core;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Cuts a stream into blocks: by size or by lines. Not thread-safe. */
final class BlockSource {
  private final InputStream in;
  private final int blockBytes;
  private final boolean isByLine;

  /**
   * @param blockBytes largest block; longer lines are cut
   * @param isByLine one block per line, without its end
   */
  BlockSource(InputStream in, int blockBytes, boolean isByLine) {
    this.in = in;
    this.blockBytes = blockBytes;
    this.isByLine = isByLine;
  }

  /** The next block, or null at the end. */
  byte @Nullable [] next() throws IOException {
    if (!isByLine) {
      byte[] block = in.readNBytes(blockBytes);
      return block.length == 0 ? null : block;
    }
    int first = in.read();
    if (first < 0) {
      return null;
    }
    var line = new ByteArrayOutputStream();
    for (int next = first; next >= 0 && next != '\n'; next = in.read()) {
      line.write(next);
      if (line.size() == blockBytes) {
        break;
      }
    }
    return line.toByteArray();
  }
}
