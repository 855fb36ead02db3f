/** The DHT benchmark on a small scale. */
@NullMarked
package org.peerstead.benchmarks.dht;

import org.jspecify.annotations.NullMarked;
