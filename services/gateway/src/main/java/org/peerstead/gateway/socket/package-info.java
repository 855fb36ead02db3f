/**
 * The sockets below {@code /sync}: Vert.x WebSockets, bus channels and timers around {@link
 * org.peerstead.gateway.core.SyncHub}. No protocol decision is made here.
 *
 * <p>Vert.x is used directly, not through an extension's annotated endpoints, because reading has
 * to be paused per socket and the fate of each written frame has to be known.
 */
@NullMarked
package org.peerstead.gateway.socket;

import org.jspecify.annotations.NullMarked;
