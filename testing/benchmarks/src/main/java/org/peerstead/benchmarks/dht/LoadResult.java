package org.peerstead.benchmarks.dht;

/**
 * What one run of the load generator saw.
 *
 * @param sent requests
 * @param answered requests with an answer of the expected kind
 * @param wrong requests with another answer
 * @param lost requests without an answer
 * @param nanos from the first request to the last answer
 */
record LoadResult(long sent, long answered, long wrong, long lost, long nanos) {
  /** Both runs together. */
  LoadResult plus(LoadResult other) {
    return new LoadResult(
        sent + other.sent,
        answered + other.answered,
        wrong + other.wrong,
        lost + other.lost,
        nanos + other.nanos);
  }
}
