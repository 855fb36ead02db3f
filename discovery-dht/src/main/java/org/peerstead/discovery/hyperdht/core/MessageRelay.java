package org.peerstead.discovery.hyperdht.core;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.HandshakeMessage;
import org.peerstead.discovery.hyperdht.wire.HolepunchMessage;
import org.peerstead.discovery.hyperdht.wire.RelayMode;
import org.peerstead.discovery.rpc.core.AddressScope;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.core.Exchange;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * Passes handshakes and hole punch messages on between a client and a server that announced itself
 * here, or hands them to a server of this node. No state is kept: the number of the client's
 * request travels along, and its repetitions pass through.
 *
 * <pre>
 * handshake            here is no server for it             here is the server
 * FROM_CLIENT          FROM_RELAY to the address that the   REPLY to the source
 *                      message names, else to the route;
 *                      neither: closer nodes
 * FROM_RELAY           FROM_SECOND_RELAY to the route       FROM_SERVER to the source
 * FROM_SECOND_RELAY    none                                 FROM_SERVER to the first relay
 * FROM_SERVER          REPLY as response to the client      none
 *
 * hole punch
 * FROM_CLIENT          FROM_RELAY to the address that the message names, else to the route
 * FROM_RELAY           none                                 FROM_SERVER to the source
 * FROM_SERVER          REPLY as response to the client
 * </pre>
 *
 * <p>Since a message may name any address, this is how somebody could have packets sent to a
 * stranger. A packet grows by two addresses and an id at most, each source has a limited rate, and
 * whoever comes from outside reaches inside a private network only the host that announced the
 * server. Differs from hyperdht 6.34.0, which passes everything on.
 */
final class MessageRelay {
  private final CommandServer commands;
  private final SourceShares shares;

  MessageRelay(CommandServer commands, SourceShares shares) {
    this.commands = commands;
    this.shares = shares;
  }

  void onHandshake(Exchange exchange, Slice value, long nowNanos) throws EncodingException {
    HandshakeMessage message = HandshakeMessage.decode(value);
    if (message.noise().isEmpty()) {
      exchange.drop(DropReason.INCOMPLETE_REQUEST);
      return;
    }
    @Nullable Listening server = commands.server(exchange.request().target());
    if (server == null) {
      relayHandshake(exchange, message, nowNanos);
    } else if (shares.mayRelay(exchange.from(), nowNanos)) {
      server.onHandshake(exchange, message, nowNanos);
    } else {
      exchange.drop(DropReason.RATE_LIMITED);
    }
  }

  private void relayHandshake(Exchange exchange, HandshakeMessage message, long nowNanos) {
    NodeAddress from = exchange.from();
    @Nullable NodeAddress peer = message.peerAddress();
    switch (message.mode()) {
      case FROM_CLIENT -> {
        @Nullable NodeAddress to = message.relayAddress();
        if (to == null) {
          to = commands.route(exchange.request().target());
        }
        if (to == null) {
          exchange.replyCloserNodes();
        } else {
          forward(
              exchange,
              to,
              new HandshakeMessage(RelayMode.FROM_RELAY, message.noise(), from, null).encode(),
              nowNanos);
        }
      }
      case FROM_RELAY -> {
        @Nullable NodeAddress to = commands.route(exchange.request().target());
        if (to == null) {
          exchange.drop(DropReason.NO_ROUTE);
        } else if (peer == null) {
          exchange.drop(DropReason.INCOMPLETE_REQUEST);
        } else {
          forward(
              exchange,
              to,
              new HandshakeMessage(RelayMode.FROM_SECOND_RELAY, message.noise(), peer, from)
                  .encode(),
              nowNanos);
        }
      }
      case FROM_SECOND_RELAY -> exchange.drop(DropReason.NO_ROUTE);
      case FROM_SERVER -> {
        if (peer == null) {
          exchange.drop(DropReason.INCOMPLETE_REQUEST);
        } else {
          answerClient(
              exchange,
              peer,
              new HandshakeMessage(RelayMode.REPLY, message.noise(), from, null).encode(),
              nowNanos);
        }
      }
      case REPLY -> exchange.drop(DropReason.BAD_VALUE);
    }
  }

  void onHolepunch(Exchange exchange, Slice value, long nowNanos) throws EncodingException {
    HolepunchMessage message = HolepunchMessage.decode(value);
    NodeAddress from = exchange.from();
    @Nullable NodeAddress peer = message.peerAddress();
    switch (message.mode()) {
      case FROM_CLIENT -> {
        @Nullable NodeAddress to =
            peer == null ? commands.route(exchange.request().target()) : peer;
        if (to == null) {
          exchange.drop(DropReason.NO_ROUTE);
        } else {
          forward(
              exchange,
              to,
              new HolepunchMessage(RelayMode.FROM_RELAY, message.id(), message.payload(), from)
                  .encode(),
              nowNanos);
        }
      }
      case FROM_RELAY -> {
        @Nullable Listening server = commands.server(exchange.request().target());
        if (server == null) {
          exchange.drop(DropReason.NO_ROUTE);
        } else if (peer == null) {
          exchange.drop(DropReason.INCOMPLETE_REQUEST);
        } else if (shares.mayRelay(from, nowNanos)) {
          server.onHolepunch(exchange, message, peer, nowNanos);
        } else {
          exchange.drop(DropReason.RATE_LIMITED);
        }
      }
      case FROM_SERVER -> {
        if (peer == null) {
          exchange.drop(DropReason.INCOMPLETE_REQUEST);
        } else {
          answerClient(
              exchange,
              peer,
              new HolepunchMessage(RelayMode.REPLY, message.id(), message.payload(), from).encode(),
              nowNanos);
        }
      }
      case FROM_SECOND_RELAY, REPLY -> exchange.drop(DropReason.BAD_VALUE);
    }
  }

  private void forward(Exchange exchange, NodeAddress to, Slice value, long nowNanos) {
    if (!mayReach(exchange, to)) {
      exchange.drop(DropReason.BAD_DESTINATION);
    } else if (!shares.mayRelay(exchange.from(), nowNanos)) {
      exchange.drop(DropReason.RATE_LIMITED);
    } else {
      exchange.forward(to, value);
    }
  }

  private void answerClient(Exchange exchange, NodeAddress to, Slice value, long nowNanos) {
    if (!isHost(to) || isOutsider(exchange) && isThisMachineOrLink(to)) {
      exchange.drop(DropReason.BAD_DESTINATION);
    } else if (!shares.mayRelay(exchange.from(), nowNanos)) {
      exchange.drop(DropReason.RATE_LIMITED);
    } else {
      exchange.answerThirdParty(to, value);
    }
  }

  /** Whoever comes from outside reaches inside only the hosts that announced the server. */
  private boolean mayReach(Exchange exchange, NodeAddress to) {
    if (!isHost(to)) {
      return false;
    }
    if (AddressScope.isPublic(to.host()) || !isOutsider(exchange)) {
      return true;
    }
    @Nullable NodeAddress route = commands.route(exchange.request().target());
    return route != null && route.host() == to.host();
  }

  private static boolean isHost(NodeAddress address) {
    return address.port() != 0 && AddressScope.of(address.host()) != AddressScope.MULTICAST;
  }

  private static boolean isOutsider(Exchange exchange) {
    return AddressScope.isPublic(exchange.from().host());
  }

  private static boolean isThisMachineOrLink(NodeAddress address) {
    AddressScope scope = AddressScope.of(address.host());
    return scope == AddressScope.LOOPBACK || scope == AddressScope.LINK_LOCAL;
  }
}
