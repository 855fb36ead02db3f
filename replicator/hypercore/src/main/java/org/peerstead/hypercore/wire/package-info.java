/**
 * The messages of the channel {@code hypercore/alpha} and their bytes.
 *
 * <p>Spec: npm {@code hypercore} 11.39.5, lib/messages.js and lib/caps.js. Entry: {@link
 * org.peerstead.hypercore.wire.HypercoreCodec}.
 */
@NullMarked
package org.peerstead.hypercore.wire;

import org.jspecify.annotations.NullMarked;
