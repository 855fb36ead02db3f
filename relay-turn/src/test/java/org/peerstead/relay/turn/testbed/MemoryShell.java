package org.peerstead.relay.turn.testbed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.DatagramOutput;
import org.peerstead.relay.turn.DatagramPath;
import org.peerstead.relay.turn.PeerSink;
import org.peerstead.relay.turn.RelaySocket;
import org.peerstead.relay.turn.RelaySockets;

/** Sockets of memory: what an engine sends is kept in lists. */
public final class MemoryShell implements DatagramOutput, RelaySockets {
  /** A datagram to a UDP client. */
  public record ToClient(int listener, TransportAddress client, byte[] bytes) {}

  /** A datagram to a peer. */
  public record ToPeer(
      IpFamily family, int fromPort, TransportAddress peer, byte[] bytes, boolean dontFragment) {}

  /** A relay socket. */
  public final class Socket implements RelaySocket {
    public final IpFamily family;
    public final int port;
    public final PeerSink owner;

    Socket(IpFamily family, int port, PeerSink owner) {
      this.family = family;
      this.port = port;
      this.owner = owner;
    }

    @Override
    public void send(
        long high,
        long low,
        int to,
        MemorySegment memory,
        long offset,
        int length,
        boolean dontFragment) {
      IpAddress ip = new IpAddress(family, high, low);
      toPeers.add(
          new ToPeer(
              family,
              port,
              new TransportAddress(ip, to),
              bytes(memory, offset, length),
              dontFragment));
    }

    @Override
    public void close() {
      sockets.remove(new Key(family, port));
    }
  }

  private record Key(IpFamily family, int port) {}

  public final Queue<ToClient> toClients = new ArrayDeque<>();
  public final Queue<ToPeer> toPeers = new ArrayDeque<>();
  public final List<Runnable> tasks = new ArrayList<>();
  private final Map<Key, Socket> sockets = new HashMap<>();
  private final Set<Key> taken = new HashSet<>();
  private boolean isOutOfDescriptors;

  /** Another program holds a port. */
  public void take(IpFamily family, int port) {
    taken.add(new Key(family, port));
  }

  public void setOutOfDescriptors(boolean isOut) {
    isOutOfDescriptors = isOut;
  }

  public int openSockets() {
    return sockets.size();
  }

  public @Nullable Socket socket(IpFamily family, int port) {
    return sockets.get(new Key(family, port));
  }

  @Override
  public @Nullable RelaySocket open(IpFamily family, int port, PeerSink owner) {
    Key key = new Key(family, port);
    if (isOutOfDescriptors || taken.contains(key) || sockets.containsKey(key)) {
      return null;
    }
    Socket socket = new Socket(family, port, owner);
    sockets.put(key, socket);
    return socket;
  }

  @Override
  public boolean canForbidFragments() {
    return true;
  }

  @Override
  public boolean send(DatagramPath path, byte[] message) {
    toClients.add(new ToClient(path.listener(), path.client(), message));
    return true;
  }

  @Override
  public boolean sendChannelData(
      DatagramPath path, int channel, MemorySegment memory, long offset, int length) {
    byte[] frame = new byte[4 + length];
    frame[0] = (byte) (channel >> 8);
    frame[1] = (byte) channel;
    frame[2] = (byte) (length >> 8);
    frame[3] = (byte) length;
    System.arraycopy(bytes(memory, offset, length), 0, frame, 4, length);
    return send(path, frame);
  }

  @Override
  public boolean sendGathered(
      DatagramPath path,
      byte[] head,
      int headLength,
      MemorySegment memory,
      long offset,
      int length,
      int padding) {
    byte[] message = new byte[headLength + length + padding];
    System.arraycopy(head, 0, message, 0, headLength);
    System.arraycopy(bytes(memory, offset, length), 0, message, headLength, length);
    return send(path, message);
  }

  private static byte[] bytes(MemorySegment memory, long offset, int length) {
    return memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }
}
