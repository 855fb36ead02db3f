package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/**
 * A relayed transport address (RFC 8656 section 3.2): the port of an allocation that peers see,
 * with who may use it.
 */
final class RelayedAddress implements PeerSink {
  final Allocation allocation;
  final RelayedHost host;
  final int port;
  final AddressTable<Permission> permissions;

  /** The live and dead channels of this address by peer. */
  final AddressTable<Channel> channels;

  private final DataPath dataPath;

  /** Null for a TCP allocation, and while it is being opened. */
  @Nullable RelaySocket socket;

  long expiresAtNanos;

  RelayedAddress(
      Allocation allocation, RelayedHost host, int port, DataPath dataPath, long expiresAtNanos) {
    this.allocation = allocation;
    this.host = host;
    this.port = port;
    this.dataPath = dataPath;
    this.expiresAtNanos = expiresAtNanos;
    permissions = new AddressTable<>(dataPath.salt());
    channels = new AddressTable<>(dataPath.salt());
  }

  IpFamily family() {
    return host.family();
  }

  TransportAddress advertised() {
    return new TransportAddress(host.advertised(), port);
  }

  boolean isLive(long nowNanos) {
    return expiresAtNanos - nowNanos > 0;
  }

  @Override
  public void receive(
      long high, long low, int port, MemorySegment memory, long offset, int length, long nowNanos) {
    dataPath.fromPeer(this, high, low, port, memory, offset, length, nowNanos);
  }

  @Override
  public void unreachable(
      long high, long low, int port, int type, int code, int data, long nowNanos) {
    dataPath.unreachable(this, high, low, port, type, code, data, nowNanos);
  }
}
