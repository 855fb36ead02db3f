package org.peerstead.hypercore;

import java.time.Duration;
import org.peerstead.hypercore.net.NetworkConfig;
import org.peerstead.hypercore.replication.ReplicationConfig;

/**
 * Limits and times of {@link Hypercores}. Immutable.
 *
 * @param network of connections
 * @param replication of the protocol
 * @param maxIdleCores cores that nobody uses and that stay open for the next one, 0 or more;
 *     default 256
 * @param maxWaitingCalls calls that wait for the owner's thread, above which calls fail with {@code
 *     OVERLOADED}; default 65,536
 * @param closeTimeout how long {@link Hypercores#close} waits for what is under way; default 10 s
 */
public record HypercoresConfig(
    NetworkConfig network,
    ReplicationConfig replication,
    int maxIdleCores,
    int maxWaitingCalls,
    Duration closeTimeout) {
  /** The defaults. */
  public static final HypercoresConfig DEFAULT =
      new HypercoresConfig(
          NetworkConfig.DEFAULT, ReplicationConfig.DEFAULT, 256, 65_536, Duration.ofSeconds(10));

  /** Checks the bounds. */
  public HypercoresConfig {
    if (maxIdleCores < 0 || maxWaitingCalls < 1 || closeTimeout.isNegative()) {
      throw new IllegalArgumentException("a limit outside its bounds");
    }
  }

  /** With other limits of connections. */
  public HypercoresConfig withNetwork(NetworkConfig other) {
    return new HypercoresConfig(other, replication, maxIdleCores, maxWaitingCalls, closeTimeout);
  }

  /** With other limits of the protocol. */
  public HypercoresConfig withReplication(ReplicationConfig other) {
    return new HypercoresConfig(network, other, maxIdleCores, maxWaitingCalls, closeTimeout);
  }

  /** With another number of cores kept open. */
  public HypercoresConfig withMaxIdleCores(int cores) {
    return new HypercoresConfig(network, replication, cores, maxWaitingCalls, closeTimeout);
  }
}
