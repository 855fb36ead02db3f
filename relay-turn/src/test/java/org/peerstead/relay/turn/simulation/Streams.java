package org.peerstead.relay.turn.simulation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.ConnectionPath;
import org.peerstead.relay.turn.testbed.MemoryShell.ToClient;
import org.peerstead.relay.turn.testbed.Testbed;

/** Connections of clients over TCP: nothing is lost on them, but they end, and some read slowly. */
final class Streams {
  /** Stands for TCP in a {@link Held.Path}. */
  static final int LISTENER = 2;

  /** A connection that the relay has accepted. */
  final class Connection extends ConnectionPath {
    final int engine;
    private final TransportAddress client;
    private final Consumer<byte[]> receiver;
    boolean isClosed;

    Connection(int engine, TransportAddress client, Consumer<byte[]> receiver) {
      this.engine = engine;
      this.client = client;
      this.receiver = receiver;
    }

    @Override
    public ClientTransport transport() {
      return ClientTransport.TCP;
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
      if (!isClosed) {
        out.add(new ToClient(LISTENER, client, message));
      }
      return !isClosed;
    }

    @Override
    public boolean sendChannelData(int channel, MemorySegment memory, long offset, int length) {
      byte[] head = {(byte) (channel >> 8), (byte) channel, (byte) (length >> 8), (byte) length};
      return sendGathered(head, head.length, memory, offset, length, 0);
    }

    @Override
    public boolean sendGathered(
        byte[] head, int headLength, MemorySegment memory, long offset, int length, int padding) {
      if (isClosed || random.nextInt(10) == 0) {
        hasRefused = true;
        refusedBy = engine;
        return false;
      }
      byte[] message = new byte[headLength + length + padding];
      System.arraycopy(head, 0, message, 0, headLength);
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, message, headLength, length);
      return send(message);
    }

    @Override
    public void close() {
      closing.add(this);
    }
  }

  private final RandomGenerator random;
  private final Map<TransportAddress, Connection> connections = new HashMap<>();

  /** What the engines have sent. */
  final List<ToClient> out = new ArrayList<>();

  /** Connections that an engine wants to be closed. */
  final List<Connection> closing = new ArrayList<>();

  /** Whether a connection has not taken data. */
  boolean hasRefused;

  /** The engine whose connection it was. */
  int refusedBy;

  Streams(RandomGenerator random) {
    this.random = random;
  }

  /** A client connects from an address that nobody has used before. */
  Connection open(int engine, TransportAddress client, Consumer<byte[]> receiver) {
    Connection opened = new Connection(engine, client, receiver);
    if (connections.put(client, opened) != null) {
      throw new AssertionError("connected twice from " + client);
    }
    return opened;
  }

  /** Whether a connection is closed or about to be. */
  boolean isClosing(TransportAddress client) {
    Connection connection = Objects.requireNonNull(connections.get(client));
    return connection.isClosed || closing.contains(connection);
  }

  /** What is done with a message that reaches a client. */
  Consumer<byte[]> receiver(TransportAddress client) {
    return Objects.requireNonNull(connections.get(client)).receiver;
  }
}
