package org.peerstead.simulation.network;

import org.jspecify.annotations.Nullable;

/** A host, with all ports open to its only program. */
public final class NetworkHost extends Site {
  final int number;
  final NetworkProgram program;
  private final @Nullable Nat nat;
  private boolean isUp = true;

  NetworkHost(
      UdpNetwork network,
      int number,
      int address,
      Place place,
      @Nullable Nat nat,
      NetworkProgram program) {
    super(network, address, place);
    this.number = number;
    this.nat = nat;
    this.program = program;
  }

  /** The translator it is behind, null when its address is public. */
  public @Nullable Nat nat() {
    return nat;
  }

  /** Sends one datagram; {@code content} must not be changed afterwards. */
  public void send(int localPort, int toHost, int toPort, byte[] content) {
    if (isUp) {
      packetsSent++;
      bytesSent += content.length;
      network.send(this, localPort, toHost, toPort, content);
    }
  }

  /** Has to be called after anybody but the network made the program do something. */
  public void deadlineChanged() {
    network.reschedule(this);
  }

  /** Whether it sends, receives and is driven. */
  public boolean isUp() {
    return isUp;
  }

  /** Switches it off: nothing is sent, received or driven. */
  public void goDown() {
    isUp = false;
    network.reschedule(this);
  }

  /** Switches it on again. */
  public void comeUp() {
    isUp = true;
    network.reschedule(this);
  }
}
