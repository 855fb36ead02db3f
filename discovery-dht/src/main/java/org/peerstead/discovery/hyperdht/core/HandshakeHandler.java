package org.peerstead.discovery.hyperdht.core;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.Firewall;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.HyperdhtError;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.noise.NoiseSession;

/**
 * Decides whom a server of this node accepts. Called by the owner thread; must be quick, because
 * the answer goes out before the call of the network returns.
 */
public interface HandshakeHandler {
  /**
   * Somebody wants to connect. What the message says may be repeated by others, whose connection
   * then comes to nothing.
   *
   * @param remote proven to hold this key, unless the message is a repetition
   * @param client where it comes from, as the relay saw it
   * @return our side of the handshake, or null to give no answer. The hole punch part is filled in
   *     unless the firewall is {@link Firewall#OPEN}, the relays for the next time always
   */
  @Nullable NoisePayload accept(
      Fixed32 remote, NoisePayload payload, NodeAddress client, long nowNanos);

  /**
   * The answer to an accepted handshake was sent, and the keys are known.
   *
   * @param isDirect whether the client talked to this node without a relay
   */
  default void accepted(
      NoiseSession session,
      NoisePayload payload,
      NodeAddress client,
      boolean isDirect,
      long nowNanos) {}

  /**
   * A client that was accepted tells about its firewall.
   *
   * @param client where it sent this from, as the relay saw it
   * @param isProven whether it repeated our token, which proves that it receives packets there
   * @return our side; round and tokens are filled in. Giving up if the server does not punch
   */
  default HolepunchPayload holepunch(
      NoiseSession session,
      HolepunchPayload payload,
      NodeAddress client,
      boolean isProven,
      long nowNanos) {
    return HolepunchPayload.failed(HyperdhtError.ABORTED, payload.round());
  }
}
