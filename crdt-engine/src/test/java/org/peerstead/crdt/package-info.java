/** Tests of the document against bytes and behaviour of the npm package. */
@NullMarked
package org.peerstead.crdt;

import org.jspecify.annotations.NullMarked;
