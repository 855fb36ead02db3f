/** Tests. */
@NullMarked
package org.peerstead.storagepeer;

import org.jspecify.annotations.NullMarked;
