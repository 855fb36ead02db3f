package org.peerstead.discovery.rpc.core;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * How a node behaves.
 *
 * @param bootstrap nodes that are asked first, resolved already; none for the first node of a
 *     network
 * @param mode when the node serves others
 * @param firewalled whether strangers are assumed not to reach the server socket until that is
 *     tested
 * @param publicAddress the address under which others reach the server socket, when the operator
 *     knows it; counts as the first observation
 * @param quickFirewallCheck whether the first answering node is asked to test the server socket
 *     while the node starts
 */
public record RpcConfig(
    List<NodeAddress> bootstrap,
    Mode mode,
    boolean firewalled,
    @Nullable NodeAddress publicAddress,
    boolean quickFirewallCheck) {

  /** When a node serves others. */
  public enum Mode {
    /** Never. */
    EPHEMERAL,
    /** After 20 minutes with a stable address that strangers reach. */
    ADAPTIVE,
    /** From the start. */
    PERSISTENT
  }

  /** Copies the list. */
  public RpcConfig {
    bootstrap = List.copyOf(bootstrap);
  }

  /**
   * A seed: it serves from the start, under the address that its operator states.
   *
   * @param bootstrap other seeds, empty for the first one
   */
  public static RpcConfig seed(NodeAddress publicAddress, List<NodeAddress> bootstrap) {
    return new RpcConfig(bootstrap, Mode.PERSISTENT, false, publicAddress, false);
  }

  /** A participant that finds out by itself whether it can serve. */
  public static RpcConfig participant(List<NodeAddress> bootstrap) {
    return new RpcConfig(bootstrap, Mode.ADAPTIVE, true, null, true);
  }

  /** A participant that only asks. */
  public static RpcConfig client(List<NodeAddress> bootstrap) {
    return new RpcConfig(bootstrap, Mode.EPHEMERAL, true, null, true);
  }
}
