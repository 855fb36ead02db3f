package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;

/**
 * Where an engine's datagrams to UDP clients go; the sending methods of {@link ClientPath} for a
 * whole shell. Called by the owner thread while it is in the engine.
 */
public interface DatagramOutput {
  boolean send(DatagramPath path, byte[] message);

  boolean sendChannelData(
      DatagramPath path, int channel, MemorySegment memory, long offset, int length);

  boolean sendGathered(
      DatagramPath path,
      byte[] head,
      int headLength,
      MemorySegment memory,
      long offset,
      int length,
      int padding);
}
