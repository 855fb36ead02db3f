/**
 * Replication: the protocol {@code hypercore/alpha} over many connections and many cores, both
 * roles at once.
 *
 * <p>Entry: {@link org.peerstead.hypercore.replication.Replicator}. Nothing here does input or
 * output, reads a clock or starts a thread: plain messages of a secure stream come in, plain
 * messages go out through {@link org.peerstead.hypercore.replication.Link}, time is a parameter.
 * One thread owns a replicator and everything that it hands out.
 *
 * <p>Spec: npm {@code hypercore} 11.39.5, lib/replicator.js and lib/wants.js.
 */
@NullMarked
package org.peerstead.hypercore.replication;

import org.jspecify.annotations.NullMarked;
