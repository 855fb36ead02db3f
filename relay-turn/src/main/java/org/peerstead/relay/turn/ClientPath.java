package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.TransportAddress;

/**
 * The way to a client and back: what RFC 8656 calls a 5-tuple. Used by the owner thread of the
 * engine that it belongs to.
 *
 * <p>Memory that is handed to a sending method belongs to the caller of the engine; it is valid
 * until that caller flushes its shell. A shell that keeps it longer copies it.
 */
public abstract sealed class ClientPath permits DatagramPath, ConnectionPath {
  /** The allocation of this 5-tuple, kept here by the engine so that it needs no search. */
  @Nullable Allocation allocation;

  /** Set where the allocation of this client belongs to another loop. */
  @Nullable Handover handover;

  /** Tells the loop of the client that this path is known no more. */
  @Nullable Runnable whenForgotten;

  /** Whether the client has shown who it is and holds something here, or on another loop. */
  public final boolean hasAllocation() {
    return allocation != null || handover != null;
  }

  final void forgotten() {
    Runnable action = whenForgotten;
    if (action != null) {
      whenForgotten = null;
      action.run();
    }
  }

  public abstract ClientTransport transport();

  /** The client as the relay sees it: its reflexive address. */
  public abstract TransportAddress client();

  /** The address of the relay that the client sends to. */
  public abstract TransportAddress server();

  /** Which of the shell's listeners it came through. */
  public abstract int listener();

  /**
   * Sends a whole STUN message.
   *
   * @param message belongs to this path from now on
   * @return whether it was taken; false when a slow reader has too much waiting
   */
  public abstract boolean send(byte[] message);

  /**
   * Sends a ChannelData message (RFC 8656 section 12.4): the header is written here, and padding
   * where the transport wants it.
   *
   * @return whether it was taken
   */
  public abstract boolean sendChannelData(
      int channel, MemorySegment memory, long offset, int length);

  /**
   * Sends {@code head}, then the payload, then zero bytes.
   *
   * @param head copied before this method returns
   * @return whether it was taken
   */
  public abstract boolean sendGathered(
      byte[] head, int headLength, MemorySegment memory, long offset, int length, int padding);
}
