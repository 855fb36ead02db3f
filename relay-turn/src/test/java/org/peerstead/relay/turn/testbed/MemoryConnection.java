package org.peerstead.relay.turn.testbed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Queue;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.ConnectionPath;

/** A connection of memory: what an engine sends is kept, without padding. */
public final class MemoryConnection extends ConnectionPath {
  private final ClientTransport transport;
  private final TransportAddress client;
  public final Queue<byte[]> sent = new ArrayDeque<>();
  public boolean isClosed;

  public MemoryConnection(ClientTransport transport, TransportAddress client) {
    this.transport = transport;
    this.client = client;
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
    return Testbed.SERVER;
  }

  @Override
  public int listener() {
    return 0;
  }

  @Override
  public boolean send(byte[] message) {
    sent.add(message);
    return true;
  }

  @Override
  public boolean sendChannelData(int channel, MemorySegment memory, long offset, int length) {
    byte[] head = {(byte) (channel >> 8), (byte) channel, (byte) (length >> 8), (byte) length};
    return sendGathered(head, head.length, memory, offset, length, 0);
  }

  @Override
  public boolean sendGathered(
      byte[] head, int headLength, MemorySegment memory, long offset, int length, int padding) {
    byte[] message = new byte[headLength + length];
    System.arraycopy(head, 0, message, 0, headLength);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, message, headLength, length);
    return send(message);
  }

  @Override
  public void close() {
    isClosed = true;
  }
}
