package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.hyperdht.limits.SourceLimiter;
import org.peerstead.discovery.rpc.core.AddressScope;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Entropy;

/**
 * What each source may cost this node and others. Memory is fixed at construction; not thread-safe.
 *
 * <p>Hosts of this machine and of private networks are not limited by default: nobody far away
 * receives what is sent to such an address, and one machine may run a whole network under test.
 */
final class SourceShares {
  /** How long a host counts as proven after it showed a token, 20 min. */
  private static final long PROVEN_SECONDS = 20 * 60;

  private static final int WAYS = 4;

  private final SourceLimiter relaying;
  private final SourceLimiter signatures;
  private final SourceLimiter values;

  private final boolean limitsNearSources;
  private final int provenRows;
  private final int[] provenHosts;
  private final long[] provenUntil;
  private final long startedNanos;

  SourceShares(HyperdhtConfig config, Entropy secrets, long nowNanos) {
    int sources = config.rememberedSources();
    relaying = new SourceLimiter(config.relaying(), config.relayingOfNetwork(), sources, secrets);
    signatures =
        new SourceLimiter(config.signatures(), config.signaturesOfNetwork(), sources, secrets);
    values = new SourceLimiter(config.values(), config.valuesOfNetwork(), sources, secrets);
    limitsNearSources = config.limitsNearSources();
    provenRows = Math.max(Integer.highestOneBit(sources) / WAYS, 1);
    provenHosts = new int[provenRows * WAYS];
    provenUntil = new long[provenRows * WAYS];
    startedNanos = nowNanos;
  }

  /** Whether one more message of {@code source} is passed on. */
  boolean mayRelay(NodeAddress source, long nowNanos) {
    return isFree(source) || relaying.tryAcquire(source.host(), nowNanos);
  }

  /** Whether one more signature of {@code source} is checked. */
  boolean mayVerify(NodeAddress source, long nowNanos) {
    return isFree(source) || signatures.tryAcquire(source.host(), nowNanos);
  }

  /** Whether an answer to {@code source} may carry a value. */
  boolean mayAnswerWithValue(NodeAddress source, long nowNanos) {
    return isFree(source)
        || isProven(source.host(), nowNanos)
        || values.tryAcquire(source.host(), nowNanos);
  }

  /** {@code source} showed a valid token: it receives what is sent to its address. */
  void proved(NodeAddress source, long nowNanos) {
    long now = seconds(nowNanos);
    int host = source.host();
    int row = row(host);
    int oldest = row;
    for (int i = row; i < row + WAYS; i++) {
      if (provenHosts[i] == host) {
        provenUntil[i] = now + PROVEN_SECONDS;
        return;
      }
      if (provenUntil[i] < provenUntil[oldest]) {
        oldest = i;
      }
    }
    provenHosts[oldest] = host;
    provenUntil[oldest] = now + PROVEN_SECONDS;
  }

  private boolean isProven(int host, long nowNanos) {
    int row = row(host);
    for (int i = row; i < row + WAYS; i++) {
      if (provenHosts[i] == host) {
        return provenUntil[i] > seconds(nowNanos);
      }
    }
    return false;
  }

  private long seconds(long nowNanos) {
    return (nowNanos - startedNanos) / 1_000_000_000L;
  }

  private int row(int host) {
    int mixed = host * 0x9E3779B1;
    return (mixed >>> 8 & provenRows - 1) * WAYS;
  }

  private boolean isFree(NodeAddress source) {
    return !limitsNearSources && isNear(source);
  }

  private static boolean isNear(NodeAddress source) {
    return switch (AddressScope.of(source.host())) {
      case LOOPBACK, PRIVATE, LINK_LOCAL -> true;
      case PUBLIC, SHARED, MULTICAST, RESERVED -> false;
    };
  }
}
