package org.peerstead.discovery.mdns;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.core.DropReason;
import org.peerstead.discovery.mdns.core.LanLink;
import org.peerstead.discovery.mdns.core.LinkListener;
import org.peerstead.discovery.mdns.core.LinkPeer;
import org.peerstead.discovery.mdns.wire.DnsMessage;
import org.peerstead.discovery.mdns.wire.HostAddress;
import org.peerstead.discovery.mdns.wire.TopicDigest;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * This node in its local networks: announces it on every interface, finds others, and follows
 * interfaces that come and go and computers that sleep. Everything happens on one thread of its
 * own; all methods may be called from any thread.
 *
 * <p>A network that takes no multicast costs nothing but silence: what cannot be opened is tried
 * again at the next look at the interfaces.
 */
public final class LanDiscovery implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LanDiscovery.class.getName());
  private static final long MILLISECOND = 1_000_000L;

  /** The wall clock may run ahead of the other so much before that counts as a sleep. */
  private static final long SLEEP_MILLIS = 10_000;

  /** Datagrams that are read from one socket before others have their turn. */
  private static final int MAX_READS = 64;

  /** Own names that are remembered: one link hears what another one says. */
  private static final int MAX_OWN_NAMES = 128;

  private static final long CLOSE_MILLIS = 2000;

  private final LanConfig config;
  private final LanListener listener;
  private final Entropy secrets;
  private final RandomGenerator chance;
  private final LongSupplier epochMillis;
  private final Selector selector;
  private final Thread thread;
  private final LanCounters counters = new LanCounters();
  private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private volatile boolean isClosing;
  private volatile List<LanPeer> peers = List.of();
  private volatile int linkCount;

  // Of the thread only.
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final Set<String> ownNames = new LinkedHashSet<>();
  private final byte[] datagram = new byte[DnsMessage.MAX_BYTES + 1];
  private Set<Fixed32> topics;
  private int dhtPort;

  private LanDiscovery(
      LanConfig config,
      Collection<Fixed32> topics,
      LanListener listener,
      Entropy secrets,
      LongSupplier epochMillis)
      throws IOException {
    this.config = config;
    this.topics = Set.copyOf(topics);
    this.dhtPort = config.dhtPort();
    this.listener = listener;
    this.secrets = secrets;
    this.chance = new SplittableRandom(ByteBuffer.wrap(secrets.next(Long.BYTES)).getLong());
    this.epochMillis = epochMillis;
    this.selector = Selector.open();
    this.thread = Thread.ofPlatform().name("peerstead-lan").daemon().unstarted(this::run);
  }

  /**
   * Begins to announce this node and to look for others.
   *
   * @param topics what this node shares, as 32-byte hashes (discovery keys); they leave this
   *     process only as a salted digest
   * @param listener told who comes and goes
   * @param secrets for names and salts; used on the thread of discovery
   * @param epochMillis wall clock, milliseconds since 1970; tells that the computer slept
   * @throws IOException when the process may not have another selector
   */
  public static LanDiscovery start(
      LanConfig config,
      Collection<Fixed32> topics,
      LanListener listener,
      Entropy secrets,
      LongSupplier epochMillis)
      throws IOException {
    var discovery = new LanDiscovery(config, topics, listener, secrets, epochMillis);
    discovery.thread.start();
    return discovery;
  }

  /** What this node shares is now this; the network hears of it at most once in a while. */
  public void setTopics(Collection<Fixed32> newTopics) {
    Set<Fixed32> copy = Set.copyOf(newTopics);
    command(() -> {
      if (copy.equals(topics)) {
        return;
      }
      topics = copy;
      long now = System.nanoTime();
      for (Link link : links.values()) {
        link.engine.setTopics(copy, now);
        link.matchAgain();
      }
    });
  }

  /** A HyperDHT node of this process began to listen on a UDP port, or with 0 ended. */
  public void setDhtPort(int port) {
    command(() -> {
      dhtPort = port;
      long now = System.nanoTime();
      links.values().forEach(link -> link.engine.setDhtPort(port, now));
    });
  }

  /**
   * The computer slept or the network changed: takes new names and asks who is there. Happens by
   * itself too; a system that knows earlier says so.
   */
  public void wakeUp() {
    command(() -> {
      rescan();
      long now = System.nanoTime();
      links.values().forEach(link -> link.engine.wakeUp(now));
    });
  }

  /** Who is there now. */
  public List<LanPeer> peers() {
    return peers;
  }

  /** Numbers since the start. */
  public LanStatus status() {
    return counters.status(linkCount, peers.size());
  }

  /** Says goodbye and ends; the listener is told that all peers are lost. */
  @Override
  public void close() {
    isClosing = true;
    selector.wakeup();
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void command(Runnable task) {
    if (!isClosing) {
      commands.add(task);
      selector.wakeup();
    }
  }

  // ---------------------------------------------------------------------------------------------
  // The thread

  private void run() {
    try {
      long rescanNanos = config.rescanInterval().toNanos();
      rescan();
      long nextScan = System.nanoTime() + rescanNanos;
      long lastNanos = System.nanoTime();
      long lastMillis = epochMillis.getAsLong();
      while (!isClosing) {
        long now = System.nanoTime();
        long next = nextScan;
        for (Link link : links.values()) {
          next = Math.min(next, link.engine.nextDeadlineNanos());
        }
        long waitMillis = Math.max(0, (next - now + MILLISECOND - 1) / MILLISECOND);
        if (waitMillis > 0) {
          selector.select(this::readable, waitMillis);
        } else {
          selector.selectNow(this::readable);
        }
        for (Runnable task = commands.poll(); task != null; task = commands.poll()) {
          task.run();
        }
        now = System.nanoTime();
        long millis = epochMillis.getAsLong();
        if (millis - lastMillis - (now - lastNanos) / MILLISECOND > SLEEP_MILLIS) {
          rescan();
          for (Link link : links.values()) {
            link.engine.wakeUp(now);
          }
          nextScan = now + rescanNanos;
        } else if (nextScan <= now) {
          rescan();
          nextScan = now + rescanNanos;
        }
        lastMillis = millis;
        lastNanos = now;
        for (Link link : links.values()) {
          link.engine.advance(now);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "discovery in the local network ended", e);
    } finally {
      long now = System.nanoTime();
      links.values().forEach(link -> link.engine.close(now));
      links.values().forEach(Link::close);
      links.clear();
      linkCount = 0;
      try {
        selector.close();
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "the selector did not close", e);
      }
    }
  }

  private void readable(SelectionKey key) {
    if (key.attachment() instanceof Reader reader) {
      reader.read();
    }
  }

  private void rescan() {
    Map<String, NetworkView> views;
    try {
      views = NetworkView.scan(config);
    } catch (SocketException e) {
      LOG.log(System.Logger.Level.DEBUG, "the interfaces cannot be listed", e);
      return;
    }
    long now = System.nanoTime();
    for (Link link : List.copyOf(links.values())) {
      NetworkView view = views.get(link.name);
      // What failed once fails again: only new sockets know whether the network is back.
      if (view == null || !link.fits(view)) {
        links.remove(link.name);
        link.engine.close(now);
        link.close();
      } else {
        link.engine.setAddresses(view.addresses(), now);
      }
    }
    for (NetworkView view : views.values()) {
      if (!links.containsKey(view.device().getName())) {
        open(view, now);
      }
    }
    linkCount = links.size();
  }

  private void open(NetworkView view, long now) {
    var link = new Link(view);
    for (boolean isIpv4 : new boolean[] {true, false}) {
      if (view.has(isIpv4)) {
        try {
          LinkSocket socket = LinkSocket.open(view.device(), isIpv4);
          link.sockets.put(isIpv4, socket);
          socket
              .channel()
              .register(selector, SelectionKey.OP_READ, new Reader(link, socket, isIpv4));
        } catch (IOException e) {
          LOG.log(
              System.Logger.Level.DEBUG,
              "no multicast on " + link.name + (isIpv4 ? " (IPv4): " : " (IPv6): ") + e);
        }
      }
    }
    if (link.sockets.isEmpty()) {
      return;
    }
    links.put(link.name, link);
    link.engine.start(view.addresses(), dhtPort, topics, now);
  }

  /** What a selection key leads to. */
  private final class Reader {
    private final Link link;
    private final LinkSocket socket;
    private final boolean isIpv4;

    Reader(Link link, LinkSocket socket, boolean isIpv4) {
      this.link = link;
      this.socket = socket;
      this.isIpv4 = isIpv4;
    }

    void read() {
      try {
        for (int i = 0; i < MAX_READS; i++) {
          ByteBuffer buffer = ByteBuffer.wrap(datagram);
          InetSocketAddress from = socket.receive(buffer);
          if (from == null) {
            return;
          }
          counters.receivedDatagrams.increment();
          counters.receivedBytes.add(buffer.position());
          link.engine.receive(
              HostAddress.of(from.getAddress().getAddress()),
              from.getPort(),
              datagram,
              buffer.position(),
              System.nanoTime());
        }
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "the socket of " + link.name + " failed", e);
        link.isBroken = true;
        link.sockets.remove(isIpv4);
        socket.close();
      }
    }
  }

  /** One interface. */
  private final class Link implements LinkListener {
    final String name;
    final NetworkView view;
    final LanLink engine;
    final Map<Boolean, LinkSocket> sockets = new HashMap<>();
    private final Map<String, LinkPeer> known = new LinkedHashMap<>();
    private final Map<String, LanPeer> told = new LinkedHashMap<>();
    boolean isBroken;

    Link(NetworkView view) {
      this.view = view;
      this.name = view.device().getName();
      this.engine = new LanLink(config.link(), this, secrets, chance);
    }

    /** Whether its sockets are still the right ones. */
    boolean fits(NetworkView now) {
      return !isBroken
          && now.device().getIndex() == view.device().getIndex()
          && now.has(true) == view.has(true)
          && now.has(false) == view.has(false);
    }

    void close() {
      sockets.values().forEach(LinkSocket::close);
    }

    @Override
    public void multicast(byte[] message) {
      sockets.values().forEach(socket -> count(socket.multicast(message), message));
    }

    @Override
    public void unicast(byte[] message, HostAddress to, int port) {
      LinkSocket socket = sockets.get(to.isIpv4());
      InetSocketAddress target = socketAddress(to, port);
      if (socket != null && target != null) {
        count(socket.send(message, target), message);
      }
    }

    private void count(boolean isSent, byte[] message) {
      if (isSent) {
        counters.sentDatagrams.increment();
        counters.sentBytes.add(message.length);
      } else {
        counters.failedSends.increment();
      }
    }

    @Override
    public void renamed(String instance) {
      counters.renames.increment();
      ownNames.add(instance);
      if (ownNames.size() > MAX_OWN_NAMES) {
        ownNames.remove(ownNames.iterator().next());
      }
    }

    @Override
    public void dropped(DropReason reason) {
      counters.dropped(reason);
    }

    @Override
    public void found(LinkPeer peer) {
      if (!ownNames.contains(peer.instance())) {
        known.put(peer.instance(), peer);
        tell(peer);
      }
    }

    @Override
    public void lost(LinkPeer peer) {
      known.remove(peer.instance());
      LanPeer gone = told.remove(peer.instance());
      if (gone != null) {
        publish();
        tellListener(() -> listener.lost(gone));
      }
    }

    /** Our topics are others: peers may have become interesting. */
    void matchAgain() {
      List.copyOf(known.values()).forEach(this::tell);
    }

    private void tell(LinkPeer peer) {
      var seen =
          new LanPeer(
              name,
              peer.instance(),
              socketAddresses(peer, peer.tcpPort()),
              socketAddresses(peer, peer.text().dhtPort()),
              mayShare(peer));
      if (!seen.equals(told.put(peer.instance(), seen))) {
        publish();
        tellListener(() -> listener.found(seen));
      }
    }

    private void publish() {
      var all = new ArrayList<LanPeer>();
      links.values().forEach(link -> all.addAll(link.told.values()));
      peers = List.copyOf(all);
    }

    private List<InetSocketAddress> socketAddresses(LinkPeer peer, int port) {
      var targets = new ArrayList<InetSocketAddress>();
      for (HostAddress address : peer.addresses()) {
        InetSocketAddress target = port == 0 ? null : socketAddress(address, port);
        if (target != null) {
          targets.add(target);
        }
      }
      return targets;
    }

    private @Nullable InetSocketAddress socketAddress(HostAddress address, int port) {
      Slice bytes = address.bytes();
      try {
        // A link-local address means nothing without the interface.
        InetAddress host =
            !address.isIpv4() && address.isLinkLocal()
                ? Inet6Address.getByAddress(null, bytes.toByteArray(), view.device())
                : InetAddress.getByAddress(bytes.toByteArray());
        return new InetSocketAddress(host, port);
      } catch (UnknownHostException e) {
        // The interface has lost its IPv6 meanwhile.
        return null;
      }
    }
  }

  private static void tellListener(Runnable news) {
    try {
      news.run();
    } catch (RuntimeException e) {
      // A bug of theirs; the others still want to be found.
      LOG.log(System.Logger.Level.ERROR, "the listener failed", e);
    }
  }

  /** Whether a connection to this peer could be of use. */
  private boolean mayShare(LinkPeer peer) {
    TopicDigest digest = peer.text().digest();
    if (peer.tcpPort() == 0 || topics.isEmpty()) {
      return false;
    }
    if (digest == null || topics.size() > LanConfig.MAX_TESTED_TOPICS) {
      return true;
    }
    for (Fixed32 topic : topics) {
      if (digest.mayContain(topic)) {
        return true;
      }
    }
    return false;
  }
}
