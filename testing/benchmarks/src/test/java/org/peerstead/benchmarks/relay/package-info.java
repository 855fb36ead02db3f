/** The statistics of the relay benchmark, and the whole of it on a small scale. */
@NullMarked
package org.peerstead.benchmarks.relay;

import org.jspecify.annotations.NullMarked;
