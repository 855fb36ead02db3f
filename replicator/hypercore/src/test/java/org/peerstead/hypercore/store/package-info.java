/** Tests of the stores: one contract for both, and what only the durable one promises. */
@NullMarked
package org.peerstead.hypercore.store;

import org.jspecify.annotations.NullMarked;
