/**
 * Signed append-only logs that npm hypercore cannot tell from its own.
 *
 * <p>Spec: npm {@code hypercore} 11.39.5, {@code corestore} 7.12.5; written down in {@code
 * docs/protocols/hypercore.md}.
 */
@NullMarked
package org.peerstead.hypercore;

import org.jspecify.annotations.NullMarked;
