package org.peerstead.hypercore.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;

/** A network whose owner remembers what it is told. */
class Node implements AutoCloseable, ConnectionOwner, Mailbox.Turn {
  static final NetworkConfig CONFIG =
      NetworkConfig.DEFAULT.withRedial(Duration.ofMillis(20), Duration.ofMillis(100));

  final Entropy entropy = new SecureRandom()::nextBytes;
  final KeyPair key = KeyPair.generate(entropy);
  final Mailbox mailbox = new Mailbox("owner-of-test", 1_000, this);
  final PeerNetwork network;
  final Map<Long, Connection> open = new ConcurrentHashMap<>();
  final List<CloseReason> ended = new CopyOnWriteArrayList<>();
  final List<CloseReason> refused = new CopyOnWriteArrayList<>();
  final List<Slice> messages = new CopyOnWriteArrayList<>();
  final AtomicLong bytes = new AtomicLong();
  final AtomicInteger turnsToWrite = new AtomicInteger();
  volatile boolean isEcho;
  volatile boolean isKeeping = true;

  Node() {
    this(CONFIG);
  }

  Node(NetworkConfig config) {
    network = new PeerNetwork(config, key, entropy, mailbox, this);
    mailbox.start();
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  InetSocketAddress listen() {
    return network.listen(anyPort()).join();
  }

  Connection onlyConnection() {
    return open.values().iterator().next();
  }

  /** Keeps the owner's thread busy until the latch is open. */
  void block(CountDownLatch latch) {
    mailbox.execute(() -> {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  void send(Slice message) {
    mailbox.execute(() -> open.values().forEach(connection -> connection.send(message)));
  }

  @Override
  public void connected(Connection connection, NoiseSession session) {
    open.put(connection.id(), connection);
  }

  @Override
  public void received(Connection connection, Slice message) {
    bytes.addAndGet(message.length());
    if (isKeeping) {
      messages.add(message);
    }
    if (isEcho) {
      connection.send(message);
    }
  }

  @Override
  public void writable(Connection connection) {
    turnsToWrite.incrementAndGet();
  }

  @Override
  public void disconnected(Connection connection, CloseReason reason, String detail) {
    open.remove(connection.id());
    ended.add(reason);
  }

  @Override
  public void refused(InetSocketAddress address, CloseReason reason, String detail) {
    refused.add(reason);
  }

  @Override
  public long nextDeadlineNanos() {
    return Mailbox.NO_DEADLINE;
  }

  @Override
  public void onDeadline(long nowNanos) {}

  @Override
  public void ended(long nowNanos) {
    open.values().forEach(Connection::flush);
  }

  @Override
  public void close() {
    network.close();
    mailbox.stop(Duration.ofSeconds(5));
  }
}
