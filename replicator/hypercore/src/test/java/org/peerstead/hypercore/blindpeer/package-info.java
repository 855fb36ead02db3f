/** Tests. */
@NullMarked
package org.peerstead.hypercore.blindpeer;

import org.jspecify.annotations.NullMarked;
