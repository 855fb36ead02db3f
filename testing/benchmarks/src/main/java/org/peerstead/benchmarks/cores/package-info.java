/**
 * Our side of the comparison of cores with npm hypercore, which {@code
 * testing/interop/peers/bench-hypercore.mjs} runs: {@link
 * org.peerstead.benchmarks.cores.CoreChild}.
 */
@NullMarked
package org.peerstead.benchmarks.cores;

import org.jspecify.annotations.NullMarked;
