/**
 * Signatures beside Bouncy Castle and libsodium (JMH). Entry point: {@link
 * org.peerstead.benchmarks.crypto.SignatureBench}.
 */
@NullMarked
package org.peerstead.benchmarks.crypto;

import org.jspecify.annotations.NullMarked;
