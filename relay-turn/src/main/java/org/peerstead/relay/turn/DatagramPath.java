package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/** A client over plain UDP. */
public final class DatagramPath extends ClientPath implements AddressTable.Keyed {
  private final DatagramOutput output;
  private final int listener;
  private final TransportAddress server;
  private final IpFamily family;
  private final long high;
  private final long low;
  private final int port;

  /**
   * @param high as in {@link IpAddress#high()}
   * @param low as in {@link IpAddress#low()}
   */
  public DatagramPath(
      DatagramOutput output,
      int listener,
      TransportAddress server,
      IpFamily family,
      long high,
      long low,
      int port) {
    this.output = output;
    this.listener = listener;
    this.server = server;
    this.family = family;
    this.high = high;
    this.low = low;
    this.port = port;
  }

  public IpFamily family() {
    return family;
  }

  /** The client's address, as {@link IpAddress#high()}. */
  @Override
  public long high() {
    return high;
  }

  /** The client's address, as {@link IpAddress#low()}. */
  @Override
  public long low() {
    return low;
  }

  /** The client's port. */
  public int port() {
    return port;
  }

  /** A number for a listener, a family and a port. */
  static int tag(int listener, IpFamily family, int port) {
    return listener << 17 | (family == IpFamily.V6 ? 1 << 16 : 0) | port;
  }

  @Override
  public int tag() {
    return tag(listener, family, port);
  }

  @Override
  public ClientTransport transport() {
    return ClientTransport.UDP;
  }

  @Override
  public TransportAddress client() {
    return new TransportAddress(new IpAddress(family, high, low), port);
  }

  @Override
  public TransportAddress server() {
    return server;
  }

  @Override
  public int listener() {
    return listener;
  }

  @Override
  public boolean send(byte[] message) {
    return output.send(this, message);
  }

  @Override
  public boolean sendChannelData(int channel, MemorySegment memory, long offset, int length) {
    return output.sendChannelData(this, channel, memory, offset, length);
  }

  @Override
  public boolean sendGathered(
      byte[] head, int headLength, MemorySegment memory, long offset, int length, int padding) {
    return output.sendGathered(this, head, headLength, memory, offset, length, padding);
  }
}
