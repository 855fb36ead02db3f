/**
 * What clients of npm {@code blind-peer} say to a server that keeps cores without being able to
 * read them: the channel {@code blind-peer}, and the methods {@code add-core} and {@code
 * delete-core} over {@code protomux-rpc}. Messages and bytes only.
 *
 * <p>Spec: npm {@code blind-peer} 3.8.1, {@code blind-peer-encodings} 3.3.0, {@code protomux-rpc}
 * 1.10.0. Not here: {@code wakeup} and {@code query-top-k}. Entry: {@link
 * org.peerstead.hypercore.blindpeer.BlindPeerCodec}.
 */
@NullMarked
package org.peerstead.hypercore.blindpeer;

import org.jspecify.annotations.NullMarked;
