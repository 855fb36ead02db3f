package org.peerstead.relay.net.netty;

import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayEngineFactory;

/**
 * Listeners and loops of this shell. Each loop has its own engine; a connection stays on the loop
 * that it was given to when it was accepted.
 *
 * <p>Thread-safe. {@link #close} ends all connections, tells the engines and stops the threads.
 */
public final class NettyRelayLoops implements AutoCloseable {
  private static final int BACKLOG = 1_024;
  private static final long CLOSING_SECONDS = 5;

  private final NettyRelayConfig config;
  private final NioEventLoopGroup group;
  private final ExecutorService handshakes;
  private final ConnectionLimits limits;
  private final ShellCounters counters = new ShellCounters();
  private final List<NettyLoop> loops = new ArrayList<>();
  private final List<TransportAddress> listeners = new ArrayList<>();
  private final List<NioServerSocketChannel> accepting = new ArrayList<>();

  private NettyRelayLoops(NettyRelayConfig config) {
    this.config = config;
    limits = new ConnectionLimits(config.bounds());
    group =
        new NioEventLoopGroup(config.loops(), new DefaultThreadFactory("peerstead-relay", true));
    handshakes =
        Executors.newFixedThreadPool(
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            new DefaultThreadFactory("peerstead-relay-tls", true));
    for (EventExecutor loop : group) {
      loops.add(new NettyLoop(config, (NioEventLoop) loop, limits, counters, handshakes));
    }
  }

  /**
   * Binds all listeners, makes an engine on each loop, and begins.
   *
   * @throws IOException when an address cannot be listened on; then nothing is left behind
   */
  public static NettyRelayLoops start(NettyRelayConfig config, RelayEngineFactory engines)
      throws IOException {
    NettyRelayLoops made = new NettyRelayLoops(config);
    List<AutoCloseable> bound = new ArrayList<>();
    try {
      made.begin(engines, bound);
      return made;
    } catch (IOException | RuntimeException e) {
      for (AutoCloseable socket : bound) {
        try {
          socket.close();
        } catch (Exception again) {
          e.addSuppressed(again);
        }
      }
      made.close();
      throw e;
    }
  }

  /** Where it listens, with the ports that were taken. */
  public List<TransportAddress> listeners() {
    return List.copyOf(listeners);
  }

  /** Numbers since the start; cheap. */
  public NettyRelayCounts counts() {
    return counters.snapshot(limits);
  }

  @Override
  public void close() {
    if (group.isShuttingDown()) {
      return;
    }
    accepting.forEach(socket -> socket.close().awaitUninterruptibly(1, TimeUnit.SECONDS));
    onEachLoop(NettyLoop::close);
    // What the loops still have to tell each other about joined connections.
    for (int i = 0; i < 3; i++) {
      onEachLoop(NettyLoop::afterCalls);
    }
    group
        .shutdownGracefully(0, CLOSING_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(2 * CLOSING_SECONDS, TimeUnit.SECONDS);
    handshakes.shutdownNow();
  }

  // ---------------------------------------------------------------------------------------------

  private void begin(RelayEngineFactory engines, List<AutoCloseable> bound) throws IOException {
    List<@Nullable ServerSocketChannel> streams = new ArrayList<>();
    List<List<DatagramChannel>> datagrams = new ArrayList<>();
    for (TransportAddress wanted : config.listeners()) {
      TransportAddress address = wanted;
      boolean isServed = isServedByV6(wanted);
      ServerSocketChannel stream = null;
      if (config.servesStreams() && !isServed) {
        stream = bindStream(wanted);
        bound.add(stream);
        address = new TransportAddress(wanted.ip(), stream.socket().getLocalPort());
      }
      streams.add(stream);
      List<DatagramChannel> shared = new ArrayList<>();
      int sockets = config.servesDatagrams() && !isServed ? (canShare() ? loops.size() : 1) : 0;
      for (int i = 0; i < sockets; i++) {
        DatagramChannel socket = DatagramListener.bind(address, sockets > 1);
        bound.add(socket);
        shared.add(socket);
        address = new TransportAddress(wanted.ip(), socket.socket().getLocalPort());
      }
      datagrams.add(shared);
      listeners.add(address);
    }
    for (int i = 0; i < loops.size(); i++) {
      startLoop(loops.get(i), i, datagrams, engines);
    }
    for (int i = 0; i < streams.size(); i++) {
      ServerSocketChannel stream = streams.get(i);
      if (stream != null) {
        NioServerSocketChannel channel = new NioServerSocketChannel(stream);
        channel.pipeline().addLast(new ConnectionAcceptor(loops, i, numberForV4(i)));
        accepting.add(channel);
        EventLoop loop = loops.get(i % loops.size()).eventLoop();
        loop.register(channel).syncUninterruptibly();
      }
    }
  }

  private void startLoop(
      NettyLoop loop,
      int index,
      List<List<DatagramChannel>> datagrams,
      RelayEngineFactory engines) {
    loop.eventLoop()
        .submit(() -> {
          List<DatagramListener> mine = new ArrayList<>();
          for (int i = 0; i < datagrams.size(); i++) {
            if (index < datagrams.get(i).size()) {
              DatagramListener listener =
                  new DatagramListener(loop, i, numberForV4(i), datagrams.get(i).get(index));
              loop.listen(i, listener);
              loop.listen(numberForV4(i), listener);
              mine.add(listener);
            }
          }
          loop.start(config.firstLoop() + index, listeners, engines);
          mine.forEach(DatagramListener::start);
        })
        .syncUninterruptibly();
  }

  private void onEachLoop(Consumer<NettyLoop> action) {
    for (NettyLoop loop : loops) {
      loop.eventLoop()
          .submit(() -> action.accept(loop))
          .awaitUninterruptibly(CLOSING_SECONDS, TimeUnit.SECONDS);
    }
  }

  private ServerSocketChannel bindStream(TransportAddress address) throws IOException {
    ServerSocketChannel channel =
        ServerSocketChannel.open(
            address.ip().family() == IpFamily.V4
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6);
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address.toSocketAddress(), BACKLOG);
      return channel;
    } catch (IOException | RuntimeException e) {
      Sockets.closeQuietly(channel);
      throw new IOException("cannot listen on " + address + " for TCP: " + e.getMessage(), e);
    }
  }

  /** The JDK's sockets on {@code ::} take IPv4 as well, so that {@code 0.0.0.0} would be taken. */
  private boolean isServedByV6(TransportAddress address) {
    return address.ip().family() == IpFamily.V4
        && address.ip().isAny()
        && config.listeners().stream()
            .anyMatch(other ->
                other.ip().family() == IpFamily.V6
                    && other.ip().isAny()
                    && other.port() == address.port());
  }

  /** The number of the listener for IPv4 clients of a socket. */
  private int numberForV4(int listener) {
    TransportAddress address = config.listeners().get(listener);
    if (address.ip().family() == IpFamily.V6 && address.ip().isAny()) {
      for (int i = 0; i < config.listeners().size(); i++) {
        TransportAddress other = config.listeners().get(i);
        if (other.port() == address.port() && isServedByV6(other)) {
          return i;
        }
      }
    }
    return listener;
  }

  /** Only Linux spreads clients evenly over sockets that share an address. */
  private boolean canShare() {
    return loops.size() > 1 && System.getProperty("os.name", "").startsWith("Linux");
  }
}
