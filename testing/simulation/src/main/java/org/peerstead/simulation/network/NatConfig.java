package org.peerstead.simulation.network;

/**
 * How a network address translator behaves.
 *
 * @param lifetimeNanos a binding is forgotten when nothing was sent through it for this long;
 *     packets from outside do not renew it
 * @param hairpin whether hosts behind it reach each other through its public address
 * @param preservesPorts whether the public port is the inner one when that is free
 */
public record NatConfig(NatKind kind, long lifetimeNanos, boolean hairpin, boolean preservesPorts) {
  private static final long TWO_MINUTES = 120_000_000_000L;

  /** Checks the lifetime. */
  public NatConfig {
    if (lifetimeNanos <= 0) {
      throw new IllegalArgumentException("lifetime " + lifetimeNanos + " ns, must be above 0");
    }
  }

  /** A router as sold: bindings live 2 minutes, no hairpin, ports are kept unless symmetric. */
  public static NatConfig of(NatKind kind) {
    return new NatConfig(kind, TWO_MINUTES, false, kind != NatKind.SYMMETRIC);
  }
}
