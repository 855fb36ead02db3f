package org.peerstead.hypercore.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.noise.Role;
import org.peerstead.securestream.stream.SecretStreamConfig;

/**
 * All sockets of one node: those it listens on, those it accepted and those it dialled.
 *
 * <p>Thread-safe. The owner is called on its mailbox's thread only. {@link #close} ends all of it;
 * the mailbox must live until then.
 */
public final class PeerNetwork implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PeerNetwork.class.getName());
  private static final int SCRATCH_BYTES = 64 * 1024;
  private static final int SOCKET_BACKLOG = 256;

  private final NetworkConfig config;
  private final SecretStreamConfig streamConfig;
  private final KeyPair deviceKey;
  private final Entropy entropy;
  private final Mailbox mailbox;
  private final ConnectionOwner owner;
  private final ConnectionLimits limits;
  private final NetworkCounters counters = new NetworkCounters();
  private final EventLoopGroup loops;
  private final Map<Long, Connection> connections = new ConcurrentHashMap<>();
  private final Set<Channel> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Peering> peerings = ConcurrentHashMap.newKeySet();
  private final AtomicLong lastId = new AtomicLong();
  private final FastThreadLocal<byte[]> scratch =
      new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
          return new byte[SCRATCH_BYTES];
        }
      };
  private volatile boolean isClosed;

  /**
   * A network without any socket.
   *
   * @param deviceKey proves to peers who we are
   * @param entropy thread-safe
   */
  public PeerNetwork(
      NetworkConfig config,
      KeyPair deviceKey,
      Entropy entropy,
      Mailbox mailbox,
      ConnectionOwner owner) {
    this.config = config;
    this.deviceKey = deviceKey;
    this.entropy = entropy;
    this.mailbox = mailbox;
    this.owner = owner;
    this.limits = new ConnectionLimits(config.maxConnections(), config.maxConnectionsPerAddress());
    this.streamConfig =
        new SecretStreamConfig(
            config.maxFrameBytes(),
            Integer.MAX_VALUE,
            config.keepAlive().toNanos(),
            config.idleTimeout().toNanos());
    this.loops =
        new NioEventLoopGroup(
            config.eventLoopThreads(), new DefaultThreadFactory("peerstead-peers", true));
  }

  /**
   * Accepts connections on an address.
   *
   * @param address port 0 for any that is free
   * @return completes with the address that was bound, on an event loop
   */
  public CompletableFuture<InetSocketAddress> listen(InetSocketAddress address) {
    CompletableFuture<InetSocketAddress> bound = new CompletableFuture<>();
    new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, SOCKET_BACKLOG)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.RCVBUF_ALLOCATOR, receiveBuffers())
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                accepted(channel);
              }
            })
        .bind(address)
        .addListener(
            (ChannelFutureListener)
                done -> {
                  if (done.isSuccess()) {
                    keep(done.channel());
                    bound.complete((InetSocketAddress) done.channel().localAddress());
                  } else {
                    bound.completeExceptionally(done.cause());
                  }
                });
    return bound;
  }

  /**
   * Connects to an address, again and again, until the peering is closed.
   *
   * @param address may be unresolved: then its name is looked up for each attempt
   * @param expectedKey the only peer that is wanted there, or null for any
   */
  public Peering dial(InetSocketAddress address, @Nullable Fixed32 expectedKey) {
    Peering peering = new Peering(this, address, expectedKey);
    peerings.add(peering);
    attempt(peering);
    return peering;
  }

  /** Connections with a proven peer. */
  public Collection<Connection> connections() {
    return List.copyOf(connections.values());
  }

  /** The connection with this id, or null. */
  public @Nullable Connection connection(long id) {
    return connections.get(id);
  }

  /** Numbers since the start. */
  public NetworkStats stats() {
    return counters.stats(limits.total());
  }

  /** Ends a connection, from any thread. */
  public void close(Connection connection, CloseReason reason, String detail) {
    mailbox.execute(() -> connection.close(reason, detail));
  }

  /** Ends listening, dialling and all connections, and waits a while for the sockets to close. */
  @Override
  public void close() {
    isClosed = true;
    for (Peering peering : peerings) {
      peering.close();
    }
    for (Connection connection : connections.values()) {
      close(connection, CloseReason.SHUTDOWN, "");
    }
    Set<InetSocketAddress> proven = new HashSet<>();
    connections.values().forEach(connection -> proven.add(connection.address()));
    for (Channel socket : sockets) {
      if (socket.remoteAddress() == null || !proven.contains(socket.remoteAddress())) {
        socket.close();
      }
    }
    long deadline = System.nanoTime() + Duration.ofSeconds(6).toNanos();
    for (Channel socket : List.copyOf(sockets)) {
      socket
          .closeFuture()
          .awaitUninterruptibly(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }

  // ---------------------------------------------------------------------------------------------
  // For handlers and peerings

  NetworkConfig config() {
    return config;
  }

  SecretStreamConfig streamConfig() {
    return streamConfig;
  }

  KeyPair deviceKey() {
    return deviceKey;
  }

  Entropy entropy() {
    return entropy;
  }

  Mailbox mailbox() {
    return mailbox;
  }

  ConnectionOwner owner() {
    return owner;
  }

  NetworkCounters counters() {
    return counters;
  }

  /** An array for what was read from a socket, shared by all handlers of one event loop. */
  byte[] scratch() {
    return scratch.get();
  }

  long nextId() {
    return lastId.incrementAndGet();
  }

  void connected(Connection connection, NoiseSession session) {
    connections.put(connection.id(), connection);
    mailbox.execute(() -> owner.connected(connection, session));
    if (isClosed) {
      close(connection, CloseReason.SHUTDOWN, "");
    }
  }

  void disconnected(Connection connection, CloseReason reason, String detail) {
    connections.remove(connection.id());
    counters.closed(reason);
    LOG.log(
        System.Logger.Level.DEBUG, "{0} is over: {1} {2}", connection.address(), reason, detail);
    connection.gone(reason, detail);
  }

  void refused(InetSocketAddress address, CloseReason reason, String detail) {
    counters.refused(reason);
    LOG.log(System.Logger.Level.DEBUG, "{0} was refused: {1} {2}", address, reason, detail);
    mailbox.execute(() -> owner.refused(address, reason, detail));
  }

  void forget(Peering peering) {
    peerings.remove(peering);
  }

  // ---------------------------------------------------------------------------------------------

  private void accepted(SocketChannel channel) {
    InetSocketAddress address = channel.remoteAddress();
    InetAddress source = address == null ? null : address.getAddress();
    if (address == null || source == null) {
      channel.close();
      return;
    }
    if (isClosed || !limits.enter(source)) {
      channel.close();
      refused(address, CloseReason.TOO_MANY_CONNECTIONS, "");
      return;
    }
    counters.accepted();
    keep(channel);
    channel
        .pipeline()
        .addLast(
            new ConnectionHandler(
                this, Role.RESPONDER, null, address, (reason, detail) -> limits.leave(source)));
  }

  private void keep(Channel channel) {
    sockets.add(channel);
    channel.closeFuture().addListener(done -> sockets.remove(channel));
    if (isClosed) {
      channel.close();
    }
  }

  private void attempt(Peering peering) {
    if (isClosed || !peering.begin()) {
      return;
    }
    counters.dialled();
    if (!limits.enter()) {
      refused(peering.address(), CloseReason.TOO_MANY_CONNECTIONS, "");
      again(peering, CloseReason.TOO_MANY_CONNECTIONS, "");
      return;
    }
    InetSocketAddress address = peering.address();
    if (!address.isUnresolved()) {
      connect(peering, address);
      return;
    }
    // A look-up blocks; an event loop must not.
    Thread.startVirtualThread(
        () -> connect(peering, new InetSocketAddress(address.getHostString(), address.getPort())));
  }

  private void connect(Peering peering, InetSocketAddress address) {
    var observer =
        new ConnectionHandler.Observer() {
          @Override
          public void connected(Connection connection) {
            if (!peering.connected(connection)) {
              close(connection, CloseReason.CLOSED_LOCALLY, "peering closed");
            }
          }

          @Override
          public void closed(CloseReason reason, String detail) {
            limits.leave();
            again(peering, reason, detail);
          }
        };
    if (address.isUnresolved()) {
      limits.leave();
      refused(address, CloseReason.CONNECT_FAILED, "unknown host");
      again(peering, CloseReason.CONNECT_FAILED, "unknown host");
      return;
    }
    new Bootstrap()
        .group(loops)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.RCVBUF_ALLOCATOR, receiveBuffers())
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) config.connectTimeout().toMillis())
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                keep(channel);
                channel
                    .pipeline()
                    .addLast(
                        new ConnectionHandler(
                            PeerNetwork.this,
                            Role.INITIATOR,
                            peering.expectedKey().orElse(null),
                            address,
                            observer));
              }
            })
        .connect(address)
        .addListener(
            (ChannelFutureListener)
                done -> {
                  if (!done.isSuccess()) {
                    limits.leave();
                    String detail = String.valueOf(done.cause().getMessage());
                    refused(address, CloseReason.CONNECT_FAILED, detail);
                    again(peering, CloseReason.CONNECT_FAILED, detail);
                  }
                });
  }

  private void again(Peering peering, CloseReason reason, String detail) {
    double chance = (ByteBuffer.wrap(entropy.next(Long.BYTES)).getLong() >>> 11) * 0x1.0p-53;
    Duration wait = peering.ended(reason, detail, config.redialMin(), config.redialMax(), chance);
    if (wait == null || isClosed) {
      return;
    }
    try {
      loops.schedule(() -> attempt(peering), wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "stopping: {0} is not dialled again", peering.address());
    }
  }

  private static AdaptiveRecvByteBufAllocator receiveBuffers() {
    return new AdaptiveRecvByteBufAllocator(2_048, 8_192, 256 * 1024);
  }
}
