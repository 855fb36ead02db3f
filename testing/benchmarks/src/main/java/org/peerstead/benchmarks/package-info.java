/**
 * Measurements of Peerstead beside other people's software, on one machine and in one run.
 *
 * <p>Entry type: {@link org.peerstead.benchmarks.Benchmarks}. Nothing here is a test: no run fails
 * because a number is too large. The readings are explained in {@code docs/performance.md}.
 */
@NullMarked
package org.peerstead.benchmarks;

import org.jspecify.annotations.NullMarked;
