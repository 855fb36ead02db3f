package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.ChannelData;
import org.peerstead.relay.stun.DataIndication;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.SendIndication;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayCounters.Count;

/**
 * Carries packets between clients and peers (RFC 8656 sections 11 and 12). Nothing is allocated and
 * nothing is copied here but the heads of Data indications. Not thread-safe.
 */
final class DataPath {
  /** The longest payload of a UDP datagram over IPv4. */
  private static final int MAX_UDP_PAYLOAD = 65_507;

  private final RelayContext context;
  private final Allocations allocations;
  private final RelayCounters counters;
  private final long salt;
  private final SendIndication sendIndication = new SendIndication();
  private final byte[] head = new byte[DataIndication.MAX_HEAD_BYTES];

  /** Tells indications apart; nobody answers them, so they need not be secret. */
  private long nextTransaction;

  DataPath(RelayContext context, Allocations allocations, RelayCounters counters) {
    this.context = context;
    this.allocations = allocations;
    this.counters = counters;
    salt = context.secrets().nextLong();
    nextTransaction = context.secrets().nextLong();
  }

  /** For tables whose keys others choose. */
  long salt() {
    return salt;
  }

  /** ChannelData of a client. */
  void channelData(
      @Nullable ClientPath path, MemorySegment memory, long offset, int length, long nowNanos) {
    Allocation allocation = path == null ? null : path.allocation;
    if (path == null || allocation == null) {
      counters.drop(DropReason.NO_ALLOCATION);
      return;
    }
    int dataLength = ChannelData.dataLength(memory, offset, length);
    if (dataLength < 0) {
      drop(allocation, DropReason.MALFORMED);
      return;
    }
    Channel channel = allocation.channels.find(ChannelData.channel(memory, offset));
    if (channel == null || !channel.isLive(nowNanos)) {
      drop(allocation, DropReason.CHANNEL_UNBOUND);
      return;
    }
    if (!channel.permission.isLive(nowNanos)) {
      drop(allocation, DropReason.NO_PERMISSION);
      return;
    }
    if (path != allocation.path) {
      allocations.arrivedOn(allocation, path);
    }
    toPeer(
        channel.relayed,
        channel.high(),
        channel.low(),
        channel.tag(),
        memory,
        offset + ChannelData.HEADER_BYTES,
        dataLength,
        false,
        nowNanos);
  }

  /** A Send indication of a client (RFC 8656 section 11.2). */
  void sendIndication(
      @Nullable ClientPath path, MemorySegment memory, long offset, int length, long nowNanos) {
    Allocation allocation = path == null ? null : path.allocation;
    if (path == null || allocation == null) {
      counters.drop(DropReason.NO_ALLOCATION);
      return;
    }
    switch (sendIndication.read(memory, offset, length)) {
      case MALFORMED -> {
        drop(allocation, DropReason.MALFORMED);
        return;
      }
      case INCOMPLETE, UNKNOWN_ATTRIBUTE -> {
        drop(allocation, DropReason.INCOMPLETE);
        return;
      }
      case OK -> {}
    }
    RelayedAddress relayed = allocation.relayed(sendIndication.family());
    if (relayed == null) {
      drop(allocation, DropReason.FAMILY_MISMATCH);
      return;
    }
    Permission permission =
        relayed.permissions.find(sendIndication.high(), sendIndication.low(), 0);
    if (permission == null || !permission.isLive(nowNanos)) {
      drop(allocation, DropReason.NO_PERMISSION);
      return;
    }
    if (!context.policy().allowsPort(permission.verdict, sendIndication.port())) {
      drop(allocation, DropReason.PORT_FORBIDDEN);
      return;
    }
    if (path != allocation.path) {
      allocations.arrivedOn(allocation, path);
    }
    toPeer(
        relayed,
        sendIndication.high(),
        sendIndication.low(),
        sendIndication.port(),
        memory,
        offset + sendIndication.dataOffset(),
        sendIndication.dataLength(),
        sendIndication.dontFragment(),
        nowNanos);
  }

  private void toPeer(
      RelayedAddress relayed,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      boolean dontFragment,
      long nowNanos) {
    Allocation allocation = relayed.allocation;
    RelaySocket socket = relayed.socket;
    if (socket == null || !relayed.isLive(nowNanos)) {
      drop(allocation, DropReason.NO_ALLOCATION);
      return;
    }
    if (length > MAX_UDP_PAYLOAD) {
      drop(allocation, DropReason.TOO_LARGE);
      return;
    }
    if (!allocation.share.admitUp(length, nowNanos)) {
      drop(allocation, DropReason.BANDWIDTH);
      return;
    }
    IpAddress advertised = relayed.host.advertised();
    if (low == advertised.low() && high == advertised.high()) {
      // Another allocation here: the packet must not depend on what translates our address.
      IpAddress local = relayed.host.local();
      socket.send(local.high(), local.low(), port, memory, offset, length, dontFragment);
    } else {
      socket.send(high, low, port, memory, offset, length, dontFragment);
    }
    allocation.packetsUp++;
    allocation.bytesUp += length;
    counters.increment(Count.PACKETS_UP);
    counters.add(Count.BYTES_UP, length);
  }

  /** A datagram of a peer (RFC 8656 section 11.3). */
  void fromPeer(
      RelayedAddress relayed,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      long nowNanos) {
    Allocation allocation = relayed.allocation;
    long peerHigh = high;
    long peerLow = low;
    IpAddress local = relayed.host.local();
    if (low == local.low() && high == local.high()) {
      // Another allocation here, which clients know by the advertised address.
      peerHigh = relayed.host.advertised().high();
      peerLow = relayed.host.advertised().low();
    }
    Permission permission = relayed.permissions.find(peerHigh, peerLow, 0);
    if (permission == null || !permission.isLive(nowNanos) || !relayed.isLive(nowNanos)) {
      drop(allocation, DropReason.PEER_NOT_PERMITTED);
      return;
    }
    if (permission.verdict.onlyRelayedPorts()
        && !context.policy().allowsPort(permission.verdict, port)) {
      drop(allocation, DropReason.PORT_FORBIDDEN);
      return;
    }
    if (!allocation.share.admitDown(length, nowNanos)) {
      drop(allocation, DropReason.BANDWIDTH);
      return;
    }
    ClientPath path = allocation.path;
    Channel channel = relayed.channels.find(peerHigh, peerLow, port);
    boolean isTaken;
    if (channel != null && channel.isLive(nowNanos)) {
      isTaken =
          fits(path, ChannelData.HEADER_BYTES + length)
              && path.sendChannelData(channel.number, memory, offset, length);
    } else {
      isTaken =
          sendDataIndication(
              path, relayed.family(), peerHigh, peerLow, port, memory, offset, length);
    }
    if (!isTaken) {
      boolean mayBeSlow = path.transport().isStream() || path instanceof CarriedPath;
      boolean isSlow = mayBeSlow && DataIndication.fits(relayed.family(), length);
      drop(allocation, isSlow ? DropReason.SLOW_CLIENT : DropReason.TOO_LARGE);
      return;
    }
    allocation.packetsDown++;
    allocation.bytesDown += length;
    counters.increment(Count.PACKETS_DOWN);
    counters.add(Count.BYTES_DOWN, length);
  }

  private boolean sendDataIndication(
      ClientPath path,
      IpFamily family,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length) {
    if (!DataIndication.fits(family, length)) {
      return false;
    }
    int padding = DataIndication.padding(length);
    nextTransaction += 0x9E37_79B9_7F4A_7C15L;
    int headLength =
        DataIndication.writeHead(
            head, (int) salt, nextTransaction, family, high, low, port, length);
    return fits(path, headLength + length + padding)
        && path.sendGathered(head, headLength, memory, offset, length, padding);
  }

  private static boolean fits(ClientPath path, int length) {
    return path.transport().isStream() || length <= MAX_UDP_PAYLOAD;
  }

  /** An ICMP error about a packet to a peer (RFC 8656 section 11.5). */
  void unreachable(
      RelayedAddress relayed,
      long high,
      long low,
      int port,
      int type,
      int code,
      int data,
      long nowNanos) {
    boolean isTold =
        relayed.family() == IpFamily.V4 ? type == 3 || type == 11 : type >= 1 && type <= 3;
    Permission permission = relayed.permissions.find(high, low, 0);
    if (!isTold || permission == null || !permission.isLive(nowNanos)) {
      return;
    }
    nextTransaction += 0x9E37_79B9_7F4A_7C15L;
    counters.increment(Count.ICMP_ERRORS);
    relayed.allocation.path.send(
        StunWriter.indication(StunMethod.DATA, new TransactionId((int) salt, nextTransaction))
            .xorAddress(
                StunAttribute.XOR_PEER_ADDRESS,
                new TransportAddress(new IpAddress(relayed.family(), high, low), port))
            .icmp(type, code, data)
            .toBytes());
  }

  private void drop(Allocation allocation, DropReason reason) {
    allocation.drops++;
    counters.drop(reason);
  }
}
