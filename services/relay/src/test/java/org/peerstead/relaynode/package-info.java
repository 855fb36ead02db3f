/** The relay as a service. */
@NullMarked
package org.peerstead.relaynode;

import org.jspecify.annotations.NullMarked;
