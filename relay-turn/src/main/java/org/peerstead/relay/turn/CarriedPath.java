package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.peerstead.relay.stun.TransportAddress;

/**
 * A client whose allocation lives on another loop than its connection: what is sent here is copied
 * and leaves on the loop of the connection. The way back of a {@link Handover}.
 */
final class CarriedPath extends ConnectionPath {
  private final ClientPath front;
  private final TurnServer frontEngine;
  private final Crossing crossing;
  private final ClientTransport transport;
  private final TransportAddress client;
  private final TransportAddress server;
  private final int listener;

  /**
   * Made on the loop of the connection.
   *
   * @param front the client as the engine of that loop sees it
   */
  CarriedPath(ClientPath front, TurnServer frontEngine) {
    this.front = front;
    this.frontEngine = frontEngine;
    crossing = new Crossing(frontEngine);
    transport = front.transport();
    client = front.client();
    server = front.server();
    listener = front.listener();
  }

  @Override
  public ClientTransport transport() {
    return transport;
  }

  @Override
  public TransportAddress client() {
    return client;
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
    return crossing.post(message.length, () -> front.send(message));
  }

  @Override
  public boolean sendChannelData(int channel, MemorySegment memory, long offset, int length) {
    MemorySegment copy = copy(memory, offset, length);
    return crossing.post(length, () -> check(front.sendChannelData(channel, copy, 0, length)));
  }

  @Override
  public boolean sendGathered(
      byte[] head, int headLength, MemorySegment memory, long offset, int length, int padding) {
    byte[] headCopy = Arrays.copyOf(head, headLength);
    MemorySegment copy = copy(memory, offset, length);
    return crossing.post(
        headLength + length,
        () -> check(front.sendGathered(headCopy, headLength, copy, 0, length, padding)));
  }

  private static MemorySegment copy(MemorySegment memory, long offset, int length) {
    return MemorySegment.ofArray(memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
  }

  /** Counts what the connection did not take: here it had counted as relayed by then. */
  private void check(boolean isTaken) {
    if (!isTaken) {
      frontEngine
          .counters()
          .drop(transport.isStream() ? DropReason.SLOW_CLIENT : DropReason.TOO_LARGE);
    }
  }

  @Override
  public void close() {
    if (front instanceof ConnectionPath connection) {
      frontEngine.execute(connection::close);
    }
  }
}
