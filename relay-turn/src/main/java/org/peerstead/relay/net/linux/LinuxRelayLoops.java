package org.peerstead.relay.net.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayEngineFactory;

/**
 * UDP listeners and loops of this shell. Each loop has a socket of its own on every listening
 * address, and the kernel gives a client always to the same one. Thread-safe.
 */
public final class LinuxRelayLoops implements AutoCloseable {
  private static final long CLOSING_MILLIS = TimeUnit.SECONDS.toMillis(5);

  private final List<LinuxLoop> loops;
  private final List<Thread> threads = new ArrayList<>();
  private final List<TransportAddress> listeners;

  private LinuxRelayLoops(List<LinuxLoop> loops, List<TransportAddress> listeners) {
    this.loops = List.copyOf(loops);
    this.listeners = List.copyOf(listeners);
    for (int i = 0; i < loops.size(); i++) {
      Thread thread = new Thread(loops.get(i), "relay-udp-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  /** Whether this system has what the loops need. */
  public static boolean isAvailable() {
    return LinuxCalls.isAvailable();
  }

  /**
   * Binds all listeners, makes an engine for each loop, and begins.
   *
   * @throws IOException when an address cannot be listened on; nothing is left behind then
   */
  public static LinuxRelayLoops start(LinuxRelayConfig config, RelayEngineFactory engines)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      LinuxCalls calls = new LinuxCalls(arena);
      SocketOpener opener = new SocketOpener(calls, arena);
      int[][] fds = new int[config.loops()][config.listeners().size()];
      List<TransportAddress> bound = new ArrayList<>();
      List<Integer> opened = new ArrayList<>();
      try {
        for (int i = 0; i < config.listeners().size(); i++) {
          TransportAddress address = config.listeners().get(i);
          refuseShared(address);
          for (int loop = 0; loop < config.loops(); loop++) {
            int fd =
                opener.listener(address, config.receiveBufferBytes(), config.sendBufferBytes());
            opened.add(fd);
            fds[loop][i] = fd;
            address = new TransportAddress(address.ip(), opener.port(fd));
          }
          bound.add(address);
        }
        List<LinuxLoop> loops = new ArrayList<>();
        for (int i = 0; i < config.loops(); i++) {
          loops.add(new LinuxLoop(config, i, fds[i], List.copyOf(bound), engines));
        }
        LinuxRelayLoops made = new LinuxRelayLoops(loops, bound);
        made.threads.forEach(Thread::start);
        return made;
      } catch (IOException | RuntimeException e) {
        opened.forEach(calls::close);
        throw e;
      }
    }
  }

  /**
   * Sockets that share an address also share it with those of another program that asks for the
   * same, which would then silently get half of the clients.
   */
  private static void refuseShared(TransportAddress address) throws IOException {
    if (address.port() == 0) {
      return;
    }
    try (DatagramSocket probe = new DatagramSocket(null)) {
      probe.setReuseAddress(false);
      probe.bind(address.toSocketAddress());
    } catch (SocketException e) {
      throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
    }
  }

  /** Where it listens, with the ports that were taken. */
  public List<TransportAddress> listeners() {
    return listeners;
  }

  /** What each loop has counted; cheap. */
  public List<LoopCounts> counts() {
    return loops.stream().map(LinuxLoop::counts).toList();
  }

  /** Datagrams that the system dropped since the loops were too slow; asks the system. */
  public long overflowed() {
    return loops.stream().mapToLong(LinuxLoop::overflowed).sum();
  }

  @Override
  public void close() {
    loops.forEach(LinuxLoop::close);
    for (Thread thread : threads) {
      try {
        thread.join(CLOSING_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
