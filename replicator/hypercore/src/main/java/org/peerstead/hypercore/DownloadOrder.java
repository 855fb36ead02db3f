package org.peerstead.hypercore;

/** In which order the blocks of a download are asked for. */
public enum DownloadOrder {
  /** Ascending. */
  LINEAR,
  /** Spread over the range, so that many peers soon have different blocks. */
  RANDOM
}
