package org.peerstead.simulation.network;

/**
 * Something with an address and an access line: a host or a translator. Counts what passes its
 * line; sizes are those of the UDP payload.
 */
public abstract sealed class Site permits NetworkHost, Nat {
  final UdpNetwork network;
  private final int address;
  private final Place place;
  private int side;
  private double loss;

  /** The current or next outage of the line. */
  long outageStartsNanos = Long.MAX_VALUE;

  long outageEndsNanos = Long.MAX_VALUE;

  long packetsSent;
  long bytesSent;
  long packetsReceived;
  long bytesReceived;

  Site(UdpNetwork network, int address, Place place) {
    this.network = network;
    this.address = address;
    this.place = place;
  }

  /** IPv4 address as one big-endian number. */
  public int address() {
    return address;
  }

  /** Where it is. */
  public Place place() {
    return place;
  }

  /** The side of the network it is on while that is cut in parts, 0 at first. */
  public int side() {
    return side;
  }

  /** Puts it on another side; matters while {@link UdpNetwork#cut} is on. */
  public void moveToSide(int newSide) {
    side = newSide;
  }

  double loss() {
    return loss;
  }

  /** Loses packets on its own line, in both directions, besides those that the network loses. */
  public void loseOnLine(double probability) {
    loss = probability;
  }

  /** Datagrams sent, also those that got lost. */
  public long packetsSent() {
    return packetsSent;
  }

  /** Their bytes. */
  public long bytesSent() {
    return bytesSent;
  }

  /** Datagrams that arrived. */
  public long packetsReceived() {
    return packetsReceived;
  }

  /** Their bytes. */
  public long bytesReceived() {
    return bytesReceived;
  }

  /** Begins to count anew. */
  public void resetCounts() {
    packetsSent = 0;
    bytesSent = 0;
    packetsReceived = 0;
    bytesReceived = 0;
  }
}
