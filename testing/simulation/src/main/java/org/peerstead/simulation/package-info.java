/**
 * Seeded test support: property tests that print the seed of a failure and shrink its script, and a
 * clock that moves only when told.
 *
 * <p>Used at test scope by every other module. Entry points: {@link
 * org.peerstead.simulation.SeededCases} and {@link org.peerstead.simulation.ManualClock}. No test
 * framework is needed: failures are plain {@link AssertionError}s.
 */
@NullMarked
package org.peerstead.simulation;

import org.jspecify.annotations.NullMarked;
