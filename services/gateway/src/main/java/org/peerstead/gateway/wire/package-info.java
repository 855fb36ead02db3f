/**
 * automerge-repo's WebSocket wire format, as {@code @automerge/automerge-repo-network-websocket}
 * 2.5.6 speaks it: one CBOR map (RFC 8949) per binary frame, and document ids in base58check.
 *
 * <p>Entry point: {@link org.peerstead.gateway.wire.RepoFrameCodec}. Bytes and records only; what
 * to answer is decided in {@code org.peerstead.gateway.core}.
 */
@NullMarked
package org.peerstead.gateway.wire;

import org.jspecify.annotations.NullMarked;
