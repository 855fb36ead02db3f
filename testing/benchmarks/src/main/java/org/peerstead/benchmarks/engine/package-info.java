/**
 * The CRDT engine beside npm Automerge, Yjs, Loro and the official JNI binding, on recorded editing
 * traces; and JMH benchmarks of the engine's hot operations.
 *
 * <p>Entry type: {@link org.peerstead.benchmarks.engine.EngineComparison}. Every peer runs each
 * scenario in a fresh process of its own: {@link org.peerstead.benchmarks.engine.EngineChild} on
 * the Java side, {@code peers/*.mjs} on the Node side, with the same policy, file formats and
 * names.
 */
@NullMarked
package org.peerstead.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
