/**
 * A core: a signed append-only log, what is known of it and what of it is stored.
 *
 * <p>Entry: {@link org.peerstead.hypercore.core.Corestore} opens cores, {@link
 * org.peerstead.hypercore.core.Core} is one of them. No input or output but through the store; one
 * thread owns all of it.
 *
 * <p>Spec: npm {@code hypercore} 11.39.5 (lib/core.js, lib/merkle-tree.js), {@code corestore}
 * 7.12.5.
 */
@NullMarked
package org.peerstead.hypercore.core;

import org.jspecify.annotations.NullMarked;
