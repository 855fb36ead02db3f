/**
 * The decisions of a document's sync: which session is told what, and when a document counts as
 * unavailable. State machines without input, output, clock or threads.
 *
 * <p>Specification: automerge-repo 2.5.6, class DocSynchronizer, as its peers see it from outside.
 * Entry point: {@link org.peerstead.merge.core.DocumentSync}.
 */
@NullMarked
package org.peerstead.merge.core;

import org.jspecify.annotations.NullMarked;
