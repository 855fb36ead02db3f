/** Tests of the sync protocol against recorded conversations, and of random networks. */
@NullMarked
package org.peerstead.crdt.sync;

import org.jspecify.annotations.NullMarked;
