package org.peerstead.hypercore.replication;

import java.util.List;
import org.peerstead.hypercore.core.Bitfield;

/**
 * How far up a block's path the nearest known ancestor is.
 *
 * <p>The tree is not read for it. A block that is stored, or that is on its way on the same channel
 * before this one, brings its path with all siblings up to a root: so of a block whose nearest
 * known relative is below their common ancestor at level n + 1, the ancestor at level n is known,
 * as a sibling on the relative's path. Without any relative the root is known. Nodes that are
 * stored for other reasons are asked for again, which is correct and rare.
 */
final class PathLevels {
  private PathLevels() {}

  /** Level of the root over block {@code index} in a tree of {@code length} > index blocks. */
  static int ofRoot(long index, long length) {
    return highestBit(index ^ length);
  }

  /** Levels up to what is stored, at most {@code limit}. */
  static int ofStored(Bitfield stored, long index, int limit) {
    for (int level = 0; level < limit; level++) {
      long start = ((index >>> level) ^ 1) << level;
      long found = stored.firstSet(start);
      if (found != Bitfield.NONE && found < start + (1L << level)) {
        return level;
      }
    }
    return limit;
  }

  /** Levels up to what requests in flight bring, at most {@code limit}. */
  static int ofInFlight(List<BlockState> inFlight, long index, int limit) {
    int level = limit;
    for (int i = 0; i < inFlight.size(); i++) {
      level = Math.min(level, highestBit(inFlight.get(i).index ^ index));
    }
    return level;
  }

  /** Levels that somebody with {@code length} blocks may lack at most. */
  static int mostMissing(long index, long length) {
    return index < length ? ofRoot(index, length) : 0;
  }

  private static int highestBit(long value) {
    return 63 - Long.numberOfLeadingZeros(value);
  }
}
