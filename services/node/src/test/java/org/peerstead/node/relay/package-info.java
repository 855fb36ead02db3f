/** The {@code relay} command. */
@NullMarked
package org.peerstead.node.relay;

import org.jspecify.annotations.NullMarked;
