/** Tests of patches by following them. */
@NullMarked
package org.peerstead.crdt.patch;

import org.jspecify.annotations.NullMarked;
