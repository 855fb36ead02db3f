package org.peerstead.crdt.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;

/**
 * A change whose bytes are sound but whose references have not been looked at.
 *
 * @param hash its identity
 * @param deps its dependencies, ascending
 * @param actors the author first, then the other actors in byte order
 * @param seq 1-based number among the author's changes
 * @param startOp counter of the first operation, at least 1
 * @param time seconds since 1970 by convention; 0 without
 * @param message empty without
 * @param extra bytes behind the columns; null without
 * @param body the array that value offsets refer to
 * @param bodyStart where the body of the type-1 chunk begins in {@code body}
 * @param bodyEnd where it ends
 * @param firstOp its first operation in the buffer that it was decoded into
 * @param opCount number of operations
 * @param isVerbatim true when it has columns that this engine does not know, so that its bytes must
 *     be kept
 */
public record ParsedChange(
    ChangeHash hash,
    List<ChangeHash> deps,
    ActorId[] actors,
    long seq,
    long startOp,
    long time,
    String message,
    byte @Nullable [] extra,
    byte[] body,
    int bodyStart,
    int bodyEnd,
    int firstOp,
    int opCount,
    boolean isVerbatim) {}
