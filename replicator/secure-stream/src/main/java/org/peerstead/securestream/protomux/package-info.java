/**
 * Many channels on one stream of messages, as npm {@code protomux} 3.12.1 runs them.
 *
 * <p>A message is {@code uint channel | uint type | payload}. Channel 0 is control: 0 batch, 1 open
 * {@code uint local id, string protocol, buffer id, handshake}, 2 reject {@code uint id}, 3 close
 * {@code uint id}. A batch is {@code uint channel}, then {@code uint length, bytes} per item, where
 * length 0 is followed by the channel of the next items.
 *
 * <p>Entry point: {@link org.peerstead.securestream.protomux.Protomux}.
 */
@NullMarked
package org.peerstead.securestream.protomux;

import org.jspecify.annotations.NullMarked;
