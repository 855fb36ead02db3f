/**
 * What changed between two states of a document, in steps that a copy of the first state can follow
 * to become the second.
 *
 * <p>Modelled on the patches of {@code @automerge/automerge} 3.5.0. Entry: {@code Document.diff};
 * the algorithm is {@link org.peerstead.crdt.patch.Differ}. Patches are immutable values; computing
 * them belongs to the thread that owns the document.
 */
@NullMarked
package org.peerstead.crdt.patch;

import org.jspecify.annotations.NullMarked;
