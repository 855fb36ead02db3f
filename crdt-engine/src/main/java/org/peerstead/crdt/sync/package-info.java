/**
 * Automerge's sync protocol as a pure state machine: two documents exchange messages over a
 * reliable, ordered channel until they hold the same changes, without a server that knows who has
 * what.
 *
 * <p>Specification: the messages and decisions of {@code @automerge/automerge} 3.5.0 (both message
 * versions, capabilities, sync reset, read-only peers); the idea is "Byzantine Eventual Consistency
 * and the Fundamental Limits of Peer-to-Peer Databases" (arXiv 2012.00472).
 *
 * <p>Entry: {@link org.peerstead.crdt.sync.SyncProtocol}. No I/O, clock or thread in here; a {@link
 * org.peerstead.crdt.sync.SyncState} belongs to one (document, peer) pair and to the thread that
 * owns the document. Everything received is hostile until decoded: every length is checked against
 * the bytes present before memory is taken.
 */
@NullMarked
package org.peerstead.crdt.sync;

import org.jspecify.annotations.NullMarked;
