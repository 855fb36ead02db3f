package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.hyperdht.limits.SourceRate;
import org.peerstead.discovery.rpc.core.RpcConfig;

/**
 * How a node behaves.
 *
 * @param relaying handshakes and hole punch messages that one host may have passed on
 * @param relayingOfNetwork the same for all 256 hosts of a network
 * @param signatures signatures of one host that are checked; who sends more is not answered and
 *     tries again
 * @param signaturesOfNetwork the same for a network
 * @param values answers with a value to a host that never proved its address; further answers have
 *     none, so that forged requests bring little onto their victim
 * @param valuesOfNetwork the same for a network
 * @param rememberedSources hosts that each of these limits remembers, 16 bytes each, and as many
 *     that proved their address, 12 bytes each
 * @param limitsNearSources whether the limits hold for this machine and private networks too: a
 *     whole network under test may run there, and nobody far away receives what is sent there
 */
public record HyperdhtConfig(
    RpcConfig rpc,
    SourceRate relaying,
    SourceRate relayingOfNetwork,
    SourceRate signatures,
    SourceRate signaturesOfNetwork,
    SourceRate values,
    SourceRate valuesOfNetwork,
    int rememberedSources,
    boolean limitsNearSources) {

  /** The same limits for another node. */
  public HyperdhtConfig with(RpcConfig newRpc) {
    return new HyperdhtConfig(
        newRpc,
        relaying,
        relayingOfNetwork,
        signatures,
        signaturesOfNetwork,
        values,
        valuesOfNetwork,
        rememberedSources,
        limitsNearSources);
  }

  /** A node with the default limits, which no npm client comes near. */
  public static HyperdhtConfig of(RpcConfig rpc) {
    return new HyperdhtConfig(
        rpc,
        new SourceRate(200, 1_000),
        new SourceRate(800, 4_000),
        new SourceRate(500, 5_000),
        new SourceRate(2_000, 20_000),
        new SourceRate(100, 2_000),
        new SourceRate(400, 8_000),
        1 << 15,
        false);
  }

  /** The same for sources near and far. */
  public HyperdhtConfig withLimitsForAll() {
    return new HyperdhtConfig(
        rpc,
        relaying,
        relayingOfNetwork,
        signatures,
        signaturesOfNetwork,
        values,
        valuesOfNetwork,
        rememberedSources,
        true);
  }
}
