/** Tests of what the shells have in common. */
@NullMarked
package org.peerstead.relay.net;

import org.jspecify.annotations.NullMarked;
