/** Tests of finding nodes in the local network. */
@NullMarked
package org.peerstead.storagepeer.lan;

import org.jspecify.annotations.NullMarked;
