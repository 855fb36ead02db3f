/** Tests of the connections, over the loopback interface. */
@NullMarked
package org.peerstead.hypercore.net;

import org.jspecify.annotations.NullMarked;
