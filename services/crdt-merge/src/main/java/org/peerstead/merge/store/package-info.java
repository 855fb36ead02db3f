/**
 * Where documents are kept: the storage port, its in-memory form, and the layout of what is stored.
 *
 * <p>A document is a snapshot (one Automerge file, possibly absent) followed by a log of chunk
 * sequences; loading their concatenation gives the document. Entry point: {@link
 * org.peerstead.merge.store.DocumentStore}.
 */
@NullMarked
package org.peerstead.merge.store;

import org.jspecify.annotations.NullMarked;
