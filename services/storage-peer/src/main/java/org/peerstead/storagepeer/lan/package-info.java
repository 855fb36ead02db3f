/**
 * Joins discovery in the local network with replication: announces what is kept, and connects to
 * nodes nearby that may have the same. Decisions in {@link org.peerstead.storagepeer.lan.LanDials},
 * threads in {@link org.peerstead.storagepeer.lan.LocalNetwork}.
 *
 * <p>Specification: {@code docs/protocols/lan.md}.
 */
@NullMarked
package org.peerstead.storagepeer.lan;

import org.jspecify.annotations.NullMarked;
