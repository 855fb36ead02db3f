/** Tests. */
@NullMarked
package org.peerstead.node.dht;

import org.jspecify.annotations.NullMarked;
