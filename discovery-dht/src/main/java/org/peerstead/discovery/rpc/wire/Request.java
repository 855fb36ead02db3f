package org.peerstead.discovery.rpc.wire;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A question, or a message passed on through a node.
 *
 * @param token what the receiver gave to the sender's host before; needed to store anything
 * @param internal whether {@code command} is one of {@link InternalCommand} and not one of HyperDHT
 * @param command number of the command; unknown ones are answered with an error
 * @param target the point of the key space that the question is about
 * @param value payload of the command
 */
public record Request(
    int transaction,
    NodeAddress to,
    @Nullable Fixed32 id,
    @Nullable Fixed32 token,
    boolean internal,
    long command,
    @Nullable Fixed32 target,
    @Nullable Slice value)
    implements Packet {}
