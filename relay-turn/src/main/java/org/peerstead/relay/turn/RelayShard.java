package org.peerstead.relay.turn;

import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.TransportAddress;

/**
 * What a loop gives to the engine that it drives.
 *
 * @param index number of the loop among all loops of the server
 * @param listeners local addresses of the loop's listeners; an index into it names a listener
 * @param output to UDP clients
 * @param sockets for allocations
 * @param tcpSockets null where this loop has no TCP peers
 * @param loop runs tasks on the loop's thread, from any thread
 */
public record RelayShard(
    int index,
    List<TransportAddress> listeners,
    DatagramOutput output,
    RelaySockets sockets,
    @Nullable TcpRelaySockets tcpSockets,
    Executor loop) {
  public RelayShard {
    listeners = List.copyOf(listeners);
  }
}
