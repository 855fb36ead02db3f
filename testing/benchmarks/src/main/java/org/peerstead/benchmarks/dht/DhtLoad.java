package org.peerstead.benchmarks.dht;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.net.DatagramSockets;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.MalformedPacketException;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.Slice;

/**
 * Asks one node as fast as it answers, with a bounded number of open requests: each answer lets the
 * next request go. One thread, one socket. A request that is not answered in {@link #TIMEOUT_NANOS}
 * counts as lost and is not repeated.
 *
 * <p>Not thread-safe.
 */
final class DhtLoad implements AutoCloseable {
  private static final int TRANSACTIONS = 1 << 16;
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Makes the packets of the requests. */
  @FunctionalInterface
  interface Requests {
    /** A whole packet, whose transaction number does not matter; null when there are no more. */
    byte @Nullable [] next();
  }

  /** Tells the expected answers from others. */
  @FunctionalInterface
  interface Expected {
    /** Looks at one answer: the whole packet. */
    boolean accepts(byte[] packet);
  }

  private final DatagramSockets sockets;
  private final NodeAddress server;
  private final int window;

  /** When each open request was sent; 0 for none. */
  private final long[] sentAt = new long[TRANSACTIONS];

  private int transaction;
  private int open;
  private long sent;
  private long answered;
  private long wrong;
  private long lost;
  private long nowNanos;
  private byte[] lastAnswer = new byte[0];

  /**
   * A load generator for one node.
   *
   * @param window requests that are open at the same time, 1 to 512
   */
  DhtLoad(NodeAddress server, int window) throws IOException {
    this.server = server;
    this.window = window;
    sockets =
        DatagramSockets.open(
            NodeAddress.parseHost("127.0.0.1"), PortRange.ANY, PortRange.ANY, () -> {});
  }

  /**
   * Asks until there are no more requests or the time is over, and waits for the last answers.
   *
   * @param nanos how long requests are sent
   */
  LoadResult run(Requests requests, Expected expected, long nanos) {
    Arrays.fill(sentAt, 0);
    open = 0;
    sent = 0;
    answered = 0;
    wrong = 0;
    lost = 0;
    long start = System.nanoTime();
    long lookAt = start + LOOK_NANOS;
    boolean hasMore = true;
    nowNanos = start;
    while (hasMore || open > 0) {
      hasMore = hasMore && nowNanos - start < nanos && fill(requests);
      sockets.flush();
      sockets.await(LOOK_NANOS);
      nowNanos = System.nanoTime();
      for (SocketSide side : SocketSide.values()) {
        if (sockets.isReadable(side)) {
          int ignored = sockets.receive(side, (at, from, packet) -> take(packet, expected));
        }
      }
      if (nowNanos - lookAt > 0) {
        giveUpOld();
        lookAt = nowNanos + LOOK_NANOS;
      }
    }
    return new LoadResult(sent, answered, wrong, lost, System.nanoTime() - start);
  }

  /** Asks once and returns the answer. */
  Response ask(byte[] request) throws IOException {
    for (int attempt = 0; attempt < 5; attempt++) {
      boolean[] isSent = new boolean[1];
      LoadResult result =
          run(
              () -> isSent[0] ? null : first(request, isSent),
              packet -> {
                lastAnswer = packet;
                return true;
              },
              TIMEOUT_NANOS);
      if (result.answered() == 1) {
        try {
          return (Response) RpcCodec.decode(Slice.of(lastAnswer));
        } catch (MalformedPacketException e) {
          throw new IOException("an answer that is none", e);
        }
      }
    }
    throw new IOException(server + " does not answer");
  }

  private static byte[] first(byte[] request, boolean[] isSent) {
    isSent[0] = true;
    return request;
  }

  private boolean fill(Requests requests) {
    while (open < window) {
      byte @Nullable [] packet = requests.next();
      if (packet == null) {
        return false;
      }
      send(packet.clone());
    }
    return true;
  }

  private void send(byte[] packet) {
    transaction = transaction + 1 & 0xffff;
    packet[2] = (byte) transaction;
    packet[3] = (byte) (transaction >>> 8);
    sentAt[transaction] = nowNanos;
    open++;
    sent++;
    sockets.send(SocketSide.CLIENT, server, packet);
  }

  private void take(byte[] packet, Expected expected) {
    if (packet.length < 10 || packet[0] != 0x13) {
      // A node that met us may ask something in turn.
      return;
    }
    int number = (packet[2] & 0xff) | (packet[3] & 0xff) << 8;
    if (sentAt[number] == 0) {
      return;
    }
    sentAt[number] = 0;
    open--;
    if (expected.accepts(packet)) {
      answered++;
    } else {
      wrong++;
    }
  }

  private void giveUpOld() {
    for (int i = 0; i < TRANSACTIONS; i++) {
      if (sentAt[i] != 0 && nowNanos - sentAt[i] > TIMEOUT_NANOS) {
        sentAt[i] = 0;
        open--;
        lost++;
      }
    }
  }

  @Override
  public void close() {
    sockets.close();
  }
}
