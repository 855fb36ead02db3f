/**
 * A byte-compatible Automerge engine: documents that many people edit and that always merge.
 *
 * <p>Entry type: {@link org.peerstead.crdt.Document}. Storage format, semantics and sync protocol
 * are those of {@code @automerge/automerge} 3.5.0; {@code docs/protocols/automerge.md} lists what
 * is implemented and where this engine is deliberately stricter. No I/O, no clock, no threads, no
 * run-time dependencies.
 */
@NullMarked
package org.peerstead.crdt;

import org.jspecify.annotations.NullMarked;
