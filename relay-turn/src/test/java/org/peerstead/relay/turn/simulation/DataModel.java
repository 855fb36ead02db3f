package org.peerstead.relay.turn.simulation;

import static org.peerstead.relay.turn.simulation.RelayModel.check;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.simulation.Held.Bound;
import org.peerstead.relay.turn.simulation.Held.Half;
import org.peerstead.relay.turn.simulation.Held.Path;
import org.peerstead.relay.turn.testbed.MemoryShell.ToClient;
import org.peerstead.relay.turn.testbed.MemoryShell.ToPeer;

/** Which data may pass, where to and in what form. */
final class DataModel {
  private final RelayModel model;

  /** Where the client came from that has just moved. */
  @Nullable Path movedFrom;

  DataModel(RelayModel model) {
    this.model = model;
  }

  /** ChannelData of a client; whether it passed. */
  boolean onChannelData(Path path, byte[] bytes, List<ToPeer> sent, long nowNanos) {
    Held one = model.at(path, nowNanos);
    int number = (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
    int length = (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
    Bound channel = one == null ? null : one.live(number, nowNanos);
    if (one == null || channel == null || length > bytes.length - 4) {
      check(sent.isEmpty(), "passed without a channel");
      return false;
    }
    byte[] payload = Arrays.copyOfRange(bytes, 4, 4 + length);
    return toPeer(one, path, channel.peer(), payload, sent, nowNanos);
  }

  /**
   * A Send indication; whether it passed.
   *
   * @param isRubbish whether bytes were changed on the way, so that dropping it is fine
   */
  boolean onSend(Path path, Wire message, List<ToPeer> sent, boolean isRubbish, long nowNanos) {
    Held one = model.at(path, nowNanos);
    byte[] address = message.value(0x0012);
    byte[] payload = message.value(0x0013);
    boolean isComplete =
        address != null
            && payload != null
            && (address.length == 8 || address.length == 20)
            && !message.hasUnknownRequired();
    if (isRubbish && (sent.isEmpty() || !isComplete)) {
      check(sent.isEmpty(), "rubbish passed");
      return false;
    }
    TransportAddress peer = isComplete ? message.address(0x0012) : null;
    if (one == null || peer == null || payload == null) {
      check(sent.isEmpty(), "passed without an allocation or an address");
      return false;
    }
    return toPeer(one, path, peer, payload, sent, nowNanos);
  }

  private boolean toPeer(
      Held one,
      Path path,
      TransportAddress peer,
      byte[] payload,
      List<ToPeer> sent,
      long nowNanos) {
    Half half = one.live(peer.ip().family(), nowNanos);
    boolean isAllowed =
        half != null
            && half.permits(peer.ip(), nowNanos)
            && model.isPermitted(peer.ip())
            && model.isPortPermitted(peer);
    if (half == null || !isAllowed) {
      check(sent.isEmpty(), "passed to " + peer + " without a permission");
      return false;
    }
    check(sent.size() == 1, sent.size() + " packets to " + peer);
    ToPeer packet = sent.getFirst();
    TransportAddress local = new TransportAddress(model.bounds.local(peer.ip()), peer.port());
    check(packet.peer().equals(local), "to " + packet.peer() + " instead of " + local);
    check(packet.fromPort() == half.port, "from another port");
    check(Arrays.equals(packet.bytes(), payload), "not what was sent");
    one.packetsUp++;
    one.bytesUp += payload.length;
    model.packetsUp++;
    if (path.equals(one.nextPath)) {
      movedFrom = one.path;
      one.path = path;
      one.nextPath = null;
      one.ticket = one.nextTicket;
      one.nextTicket = null;
    }
    return true;
  }

  /** A peer's datagram came to a relayed port; whether it passed. */
  boolean onPeer(
      IpFamily family,
      int port,
      TransportAddress from,
      byte[] payload,
      List<ToClient> sent,
      long nowNanos) {
    TransportAddress peer = new TransportAddress(model.bounds.advertised(from.ip()), from.port());
    Held one = model.atPort(family, port, nowNanos);
    Half half = one == null ? null : one.live(family, nowNanos);
    boolean isOwn = model.policy.judge(peer.ip()).onlyRelayedPorts();
    if (one == null
        || half == null
        || !half.permits(peer.ip(), nowNanos)
        || (isOwn && !model.isPortPermitted(peer))) {
      check(sent.isEmpty(), "let " + peer + " in");
      return false;
    }
    check(sent.size() == 1, sent.size() + " packets for one of " + peer);
    ToClient packet = sent.getFirst();
    check(
        packet.client().equals(one.path.client()) && packet.listener() == one.path.listener(),
        "to somebody else");
    int channel = one.channelTo(peer, nowNanos);
    if (channel >= 0) {
      check(Wire.isChannelData(packet.bytes()), "the channel was not used");
      byte[] head = {
        (byte) (channel >> 8), (byte) channel, (byte) (payload.length >> 8), (byte) payload.length
      };
      check(Arrays.equals(packet.bytes(), 0, 4, head, 0, 4), "another channel or length");
      check(
          Arrays.equals(packet.bytes(), 4, packet.bytes().length, payload, 0, payload.length),
          "not what was sent");
    } else {
      @Nullable Wire data = Wire.parse(packet.bytes());
      if (data == null) {
        throw new AssertionError("neither ChannelData nor STUN");
      }
      check(data.method == Wire.DATA && data.messageClass == Wire.INDICATION, "no Data indication");
      check(peer.equals(data.address(0x0012)), "from another peer");
      check(Arrays.equals(data.need(0x0013), payload), "not what was sent");
    }
    passedDown(one, payload);
    return true;
  }

  /** A peer's datagram went to the loop of the client, whose connection did not take it. */
  void onRefusedElsewhere(IpFamily family, int port, byte[] payload, long nowNanos) {
    Held one = model.atPort(family, port, nowNanos);
    if (one == null) {
      throw new AssertionError("nobody's packet was refused");
    }
    passedDown(one, payload);
  }

  private void passedDown(Held one, byte[] payload) {
    one.packetsDown++;
    one.bytesDown += payload.length;
    model.packetsDown++;
  }
}
