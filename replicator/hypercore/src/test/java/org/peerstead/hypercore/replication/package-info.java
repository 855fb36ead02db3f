/**
 * Tests of replication: two or more replicators in one thread, with a simulated network between.
 */
@NullMarked
package org.peerstead.hypercore.replication;

import org.jspecify.annotations.NullMarked;
