package org.peerstead.crdt.sync;

/**
 * What a received message did to the document and to the conversation.
 *
 * @param firstRow row of the first change added to the document's graph; new changes are {@code
 *     firstRow} to {@code firstRow + changesApplied - 1}
 * @param changesApplied changes added to the graph, former orphans included
 * @param changesQueued orphans waiting for dependencies after the message (all of them, not only
 *     new ones)
 * @param headsChanged whether the document's heads differ from before
 * @param changesIgnored whether the message had changes that our read-only mode left out
 * @param peerReset whether the peer asks to be sent everything again: it has no changes at all, or
 *     said that it ignored what it got
 */
public record ReceiveOutcome(
    int firstRow,
    int changesApplied,
    int changesQueued,
    boolean headsChanged,
    boolean changesIgnored,
    boolean peerReset) {}
