/** Tests of the tree, its proofs and their verification. */
@NullMarked
package org.peerstead.hypercore.merkle;

import org.jspecify.annotations.NullMarked;
