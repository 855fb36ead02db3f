package org.peerstead.discovery.rpc.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * An answer.
 *
 * @param token allows the host that asked to store something here soon
 * @param closerNodes nodes nearer to the target; empty when there are none or none were asked for
 * @param error 0 for none, else see {@link RpcError} and the commands of HyperDHT
 * @param value payload of the answer
 */
public record Response(
    int transaction,
    NodeAddress to,
    @Nullable Fixed32 id,
    @Nullable Fixed32 token,
    List<NodeAddress> closerNodes,
    long error,
    @Nullable Slice value)
    implements Packet {}
