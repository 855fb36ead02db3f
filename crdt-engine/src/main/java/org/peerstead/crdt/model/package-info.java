/**
 * The values an Automerge document is made of: identifiers, scalars, objects, marks and spans.
 *
 * <p>Everything here is immutable and safe to share between threads. Field widths and orderings
 * follow the Automerge binary format as written by {@code @automerge/automerge} 3.5.0.
 */
@NullMarked
package org.peerstead.crdt.model;

import org.jspecify.annotations.NullMarked;
