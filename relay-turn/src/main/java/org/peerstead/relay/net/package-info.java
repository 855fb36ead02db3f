/** What the shells that put a relay on the network have in common. */
@NullMarked
package org.peerstead.relay.net;

import org.jspecify.annotations.NullMarked;
