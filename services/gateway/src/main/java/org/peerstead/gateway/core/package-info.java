/**
 * What a sync server of automerge-repo 2.5.6 does with its clients' messages, as a state machine
 * without sockets, threads or clock: sessions, handshake, limits, ephemeral messages, gossip about
 * remote heads.
 *
 * <p>Entry point: {@link org.peerstead.gateway.core.SyncHub}. The sync protocol itself is not
 * spoken here: sync messages pass through to and from crdt-merge unread.
 */
@NullMarked
package org.peerstead.gateway.core;

import org.jspecify.annotations.NullMarked;
