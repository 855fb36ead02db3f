package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Carries what a client sends from the loop that the system gives it to, to the loop that owns its
 * allocation: needed after a client has changed its address (RFC 8016), since the system chooses
 * the loop by address, and a new connection may be of another kind.
 */
final class Handover {
  private final TurnServer owner;
  private final ClientPath there;
  private final Crossing crossing;

  /**
   * @param there the client as the owner of its allocation sees it
   */
  Handover(TurnServer owner, ClientPath there) {
    this.owner = owner;
    this.there = there;
    crossing = new Crossing(owner);
  }

  /**
   * @return false when too much is waiting
   */
  boolean forward(MemorySegment memory, long offset, int length, long nowNanos) {
    byte[] copy = memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    return crossing.post(length, () -> receive(MemorySegment.ofArray(copy), length, nowNanos));
  }

  private void receive(MemorySegment memory, int length, long nowNanos) {
    switch (there) {
      case DatagramPath datagrams ->
          owner.receiveDatagram(
              datagrams.listener(),
              datagrams.family(),
              datagrams.high(),
              datagrams.low(),
              datagrams.port(),
              memory,
              0,
              length,
              nowNanos);
      case ConnectionPath connection -> {
        if (!owner.receiveFrame(connection, memory, 0, length, nowNanos)) {
          connection.close();
        }
      }
    }
  }

  /** The client's connection has ended. */
  void closed(long nowNanos) {
    if (there instanceof ConnectionPath connection) {
      owner.execute(() -> owner.closed(connection, nowNanos));
    }
  }
}
