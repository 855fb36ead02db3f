/**
 * The operations of a document in memory: packed columns in the order of application, indexed by
 * object.
 *
 * <p>No operation is a Java object. A <em>row</em> is the 0-based position of an operation in
 * {@link org.peerstead.crdt.op.OpColumns}; rows never move, the operations of one change are
 * neighbours, and every reference between operations (object, element, predecessor, successor) is a
 * row. Sequences keep their order in a counted B+ tree, so that no edit, local or remote, scans its
 * object. Not thread-safe; internal to the engine.
 */
@NullMarked
package org.peerstead.crdt.op;

import org.jspecify.annotations.NullMarked;
