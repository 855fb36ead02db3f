/**
 * The service that owns documents: it keeps them durably, runs the sync conversations with all
 * sessions, and tells the rest of the system what changed.
 *
 * <p>Entry points: {@link org.peerstead.merge.Documents} (the service without its bus), {@link
 * org.peerstead.merge.MergeBus} (its face to the bus). A document belongs to one {@link
 * org.peerstead.merge.DocumentOwner} at a time, which one virtual thread runs; no lock is held over
 * input or output.
 */
@NullMarked
package org.peerstead.merge;

import org.jspecify.annotations.NullMarked;
