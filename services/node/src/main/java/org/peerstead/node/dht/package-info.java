/**
 * The {@code dht} command: what a running node knows of the distributed hash table. Entry point:
 * {@link org.peerstead.node.dht.DhtCommand}.
 */
@NullMarked
package org.peerstead.node.dht;

import org.jspecify.annotations.NullMarked;
