package org.peerstead.discovery.hyperdht.limits;

import org.peerstead.securestream.crypto.Entropy;

/**
 * Decides whether one more request of a source is served: a token bucket for each host, and one for
 * each network of 256 addresses, which has to hold too.
 *
 * <p>Memory is fixed at construction ({@link #BYTES_PER_SOURCE} bytes a source), whatever arrives:
 * each source has eight places where its bucket may lie, chosen by a secret hash. When all are
 * taken, the bucket that is nearest to full is forgotten, which gives its source at most a new
 * burst. So sources are never mixed up: a flood from forged addresses can make the limiter forget,
 * but cannot use up what another source is allowed.
 *
 * <p>Not thread-safe.
 */
public final class SourceLimiter {
  /** Memory of one remembered host or network in bytes. */
  public static final int BYTES_PER_SOURCE = BucketTable.BYTES_PER_ENTRY;

  private final BucketTable hosts;
  private final BucketTable networks;
  private long limitedByHost;
  private long limitedByNetwork;

  /**
   * A limiter that has seen nobody.
   *
   * @param perHost what one address may do
   * @param perNetwork what all addresses with the same first three bytes may do together
   * @param rememberedSources hosts whose buckets are kept at a time, and a quarter as many
   *     networks; rounded up to a power of two, 64 to 2^22
   * @param secrets source of the secret of the hash
   */
  public SourceLimiter(
      SourceRate perHost, SourceRate perNetwork, int rememberedSources, Entropy secrets) {
    hosts = new BucketTable(perHost, rememberedSources, secrets);
    networks = new BucketTable(perNetwork, Math.max(rememberedSources / 4, 64), secrets);
  }

  /**
   * Takes one from the allowance of {@code host}.
   *
   * @param host IPv4 address as a big-endian number
   * @param nowNanos monotonic
   * @return false when the host or its network has none left; then nothing is taken
   */
  public boolean tryAcquire(int host, long nowNanos) {
    int ofHost = hosts.find(host, nowNanos);
    if (!hosts.isAllowed(ofHost, nowNanos)) {
      limitedByHost++;
      return false;
    }
    int ofNetwork = networks.find(host >>> 8, nowNanos);
    if (!networks.isAllowed(ofNetwork, nowNanos)) {
      limitedByNetwork++;
      return false;
    }
    hosts.take(ofHost, nowNanos);
    networks.take(ofNetwork, nowNanos);
    return true;
  }

  /** Requests refused because the host had used up its allowance. */
  public long limitedByHost() {
    return limitedByHost;
  }

  /** Requests refused because the network of the host had used up its allowance. */
  public long limitedByNetwork() {
    return limitedByNetwork;
  }
}
