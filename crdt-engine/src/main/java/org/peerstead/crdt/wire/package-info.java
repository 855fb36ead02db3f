/**
 * Bytes only: LEB128, chunks, columns and their run-length encodings, as in the Automerge binary
 * format (npm {@code @automerge/automerge} 3.5.0). Nothing here knows what an operation means.
 *
 * <p>Every reader checks lengths before it allocates and accepts canonical encodings only, because
 * a change that is not canonical cannot be rebuilt from a document and would corrupt the file that
 * it is saved into.
 */
@NullMarked
package org.peerstead.crdt.wire;

import org.jspecify.annotations.NullMarked;
