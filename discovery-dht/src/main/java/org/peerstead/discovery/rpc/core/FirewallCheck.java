package org.peerstead.discovery.rpc.core;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.CompactWriter;

/**
 * Asks a few nodes to answer to the server socket instead of the one that asks. When enough answers
 * arrive there, under the address that others see, strangers can reach it. Not thread-safe.
 *
 * <p>Specification: npm {@code dht-rpc} 6.27.0; {@code docs/protocols/hyperdht.md}.
 */
final class FirewallCheck {
  /** Nodes asked. */
  static final int WITNESSES = 5;

  private static final int NEEDED_OF_ALL = 3;

  private final RpcNode node;
  private final Consumer<@Nullable NatSampler> done;
  private final NatSampler sampler = new NatSampler();
  private final int witnesses;
  private int missing;
  private int arrived;

  private FirewallCheck(RpcNode node, int witnesses, Consumer<@Nullable NatSampler> done) {
    this.node = node;
    this.witnesses = witnesses;
    this.done = done;
    this.missing = witnesses;
  }

  /**
   * Starts a check.
   *
   * @param done gets the addresses under which the server socket was seen, null when strangers do
   *     not reach it
   */
  static void start(RpcNode node, Consumer<@Nullable NatSampler> done, long nowNanos) {
    Set<NodeAddress> witnesses = new LinkedHashSet<>();
    @Nullable TableNode next = node.table().newest();
    while (next != null && witnesses.size() < WITNESSES) {
      witnesses.add(next.address);
      next = next.older;
    }
    if (witnesses.size() < WITNESSES) {
      witnesses.addAll(node.bootstrapNodes());
    }
    if (witnesses.isEmpty()) {
      done.accept(null);
      return;
    }
    List<NodeAddress> asked = new ArrayList<>(witnesses);
    FirewallCheck check = new FirewallCheck(node, asked.size(), done);
    for (NodeAddress witness : asked) {
      node.ask(witness, pingBack(node.localServerPort()), check.new Pong(), nowNanos);
    }
  }

  /** The request for an answer to {@code port}. */
  static OutgoingRequest pingBack(int port) {
    return new OutgoingRequest(
        true,
        InternalCommand.PING_NAT,
        null,
        null,
        new CompactWriter(2).uint16(port).toSlice(),
        OutgoingRequest.DEFAULT_RETRIES);
  }

  private final class Pong implements ReplyListener {
    @Override
    public void replied(Reply reply, long nowNanos) {
      if (node.lastSocket() == SocketSide.SERVER) {
        arrived++;
        sampler.add(reply.response().to());
      }
      end();
    }

    @Override
    public void failed(long nowNanos) {
      end();
    }

    private void end() {
      missing--;
      if (missing == 0) {
        done.accept(isReachable() ? sampler : null);
      }
    }
  }

  private boolean isReachable() {
    return arrived >= (witnesses >= WITNESSES ? NEEDED_OF_ALL : 1)
        && sampler.isHostKnown()
        && node.nat().isHostKnown()
        && sampler.host() == node.nat().host()
        && sampler.port() == node.localServerPort();
  }
}
