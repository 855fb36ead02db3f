/** Tests of cursors against those of the npm package. */
@NullMarked
package org.peerstead.crdt.text;

import org.jspecify.annotations.NullMarked;
