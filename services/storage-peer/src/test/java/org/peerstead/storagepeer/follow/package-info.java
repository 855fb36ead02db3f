/** Tests. */
@NullMarked
package org.peerstead.storagepeer.follow;

import org.jspecify.annotations.NullMarked;
