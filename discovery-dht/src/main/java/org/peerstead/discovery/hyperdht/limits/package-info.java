/**
 * Bounds on what a source of packets may cost others, in memory that does not grow: {@link
 * org.peerstead.discovery.hyperdht.limits.SourceLimiter}. HyperDHT itself knows no such limits;
 * {@code docs/protocols/hyperdht.md} says what is limited and what a limited client sees.
 */
@NullMarked
package org.peerstead.discovery.hyperdht.limits;

import org.jspecify.annotations.NullMarked;
