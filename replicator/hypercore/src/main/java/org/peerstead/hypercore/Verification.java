package org.peerstead.hypercore;

import java.util.List;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What reading all of a core again has shown.
 *
 * @param fork of the head that was checked
 * @param length of the head that was checked
 * @param blocksChecked stored blocks that were hashed
 * @param bytesChecked their bytes
 * @param nodesChecked stored tree nodes that were compared with their children or blocks
 * @param defectCount all defects
 * @param defects the first {@value #MAX_DEFECTS} of them
 * @param isComplete false when the core was truncated meanwhile or the node closed, so that it must
 *     be done again
 */
public record Verification(
    Fixed32 key,
    long fork,
    long length,
    long blocksChecked,
    long bytesChecked,
    long nodesChecked,
    long defectCount,
    List<Defect> defects,
    boolean isComplete) {
  /** How many defects are described. */
  public static final int MAX_DEFECTS = 100;

  /** Whether all of it was read and nothing is wrong. */
  public boolean isSound() {
    return isComplete && defectCount == 0;
  }
}
