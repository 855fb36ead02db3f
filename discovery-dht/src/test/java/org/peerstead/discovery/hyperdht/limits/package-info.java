/** Tests of the limits on sources. */
@NullMarked
package org.peerstead.discovery.hyperdht.limits;

import org.jspecify.annotations.NullMarked;
