package org.peerstead.relay.turn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunError;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransportAddress;

/**
 * Answers Binding requests: what a client's address looks like from here (RFC 8489), and, where the
 * relay has two addresses, what kind of NAT is in between (RFC 5780).
 */
final class BindingRequests {
  private static final int CHANGE_IP = 0x04;
  private static final int CHANGE_PORT = 0x02;

  /** A padded answer fills a packet of Ethernet (RFC 5780 section 7.6). */
  private static final int PADDED_BYTES = 1_472;

  private final RelayShard shard;
  private final TurnConfig.@Nullable Discovery discovery;

  BindingRequests(RelayShard shard, TurnConfig config) {
    this.shard = shard;
    discovery = config.discovery();
  }

  boolean isKnown(int attribute) {
    return switch (attribute) {
      case StunAttribute.CHANGE_REQUEST, StunAttribute.RESPONSE_PORT, StunAttribute.PADDING ->
          discovery != null;
      default -> false;
    };
  }

  void handle(ClientPath path, StunMessage request) throws MalformedStunException {
    boolean isDiscovery = path instanceof DatagramPath && isPartOfDiscovery(path.server());
    byte[] change = request.bytes(StunAttribute.CHANGE_REQUEST);
    byte[] responsePort = request.bytes(StunAttribute.RESPONSE_PORT);
    boolean isPadded = request.has(StunAttribute.PADDING);
    if (!isDiscovery && (change != null || responsePort != null || isPadded)) {
      StunWriter refusal = StunWriter.error(request, StunError.UNKNOWN_ATTRIBUTE);
      send(path, request, refusal.unknownAttributes(List.of(StunAttribute.CHANGE_REQUEST)));
      return;
    }
    if ((responsePort != null && (isPadded || responsePort.length < 2))
        || (change != null && change.length != 4)) {
      send(path, request, StunWriter.error(request, StunError.BAD_REQUEST));
      return;
    }
    TransportAddress client = path.client();
    StunWriter answer = StunWriter.success(request);
    if (!isDiscovery) {
      answer.xorAddress(StunAttribute.XOR_MAPPED_ADDRESS, client);
      send(path, request, answer);
      return;
    }
    int flags = change == null ? 0 : change[3];
    TransportAddress origin =
        other(path.server(), (flags & CHANGE_IP) != 0, (flags & CHANGE_PORT) != 0);
    int port =
        responsePort == null
            ? client.port()
            : (responsePort[0] & 0xff) << 8 | responsePort[1] & 0xff;
    DatagramPath back =
        new DatagramPath(
            shard.output(),
            shard.listeners().indexOf(origin),
            origin,
            client.ip().family(),
            client.ip().high(),
            client.ip().low(),
            port);
    answer
        .address(StunAttribute.MAPPED_ADDRESS, client)
        .xorAddress(StunAttribute.XOR_MAPPED_ADDRESS, client)
        .address(StunAttribute.RESPONSE_ORIGIN, origin)
        .address(StunAttribute.OTHER_ADDRESS, other(path.server(), true, true));
    if (isPadded) {
      answer.bytes(StunAttribute.PADDING, new byte[(PADDED_BYTES - answer.length()) & ~3]);
    }
    send(back, request, answer);
  }

  private static void send(ClientPath path, StunMessage request, StunWriter answer) {
    if (request.hasFingerprint()) {
      answer.fingerprint();
    }
    path.send(answer.toBytes());
  }

  private boolean isPartOfDiscovery(TransportAddress server) {
    return discovery != null
        && (server.ip().equals(discovery.primary().ip())
            || server.ip().equals(discovery.alternate().ip()))
        && (server.port() == discovery.primary().port()
            || server.port() == discovery.alternate().port());
  }

  /** One of the four addresses, seen from another of them. */
  private TransportAddress other(TransportAddress server, boolean changeIp, boolean changePort) {
    TurnConfig.Discovery pair = discovery;
    if (pair == null) {
      return server;
    }
    TransportAddress first = pair.primary();
    TransportAddress second = pair.alternate();
    boolean isFirstIp = server.ip().equals(first.ip()) != changeIp;
    boolean isFirstPort = (server.port() == first.port()) != changePort;
    return new TransportAddress(
        isFirstIp ? first.ip() : second.ip(), isFirstPort ? first.port() : second.port());
  }
}
