package org.peerstead.storagepeer.lan;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.LanPeer;

/**
 * Decides which nodes of the local network are dialled.
 *
 * <pre>
 * found      dialled after 0 to 3 s by chance: of two nodes that found each other, one is the first
 * its turn   not dialled while as many connections as nodes of its host are there; else dialled, or
 *            put off by 10 s when all places are taken by others that answer
 * no answer  after 3 attempts its next address, and its place is free for others
 * lost       given up 20 s later, unless it is connected or was found again under another name
 * </pre>
 *
 * A node is known by its addresses: names change. Thread-safe.
 */
final class LanDials {
  private static final long SECOND = 1_000_000_000L;
  private static final long MAX_DELAY = 3 * SECOND;
  private static final long AGAIN = 10 * SECOND;
  private static final long YIELD = 60 * SECOND;
  private static final long GRACE = 20 * SECOND;

  /** Attempts after which an address counts as one that does not answer. */
  private static final int PATIENCE = 3;

  /** Nodes that are remembered. */
  static final int MAX_NODES = 1024;

  /** What dials. Its methods do not block. */
  interface Dialler {
    /** Connects to an address, again and again, until that is closed. */
    Dial dial(InetSocketAddress address);

    /** Connections with peers at a host, whoever opened them. */
    long connections(InetAddress host);
  }

  /** A node that is dialled. */
  interface Dial extends AutoCloseable {
    /** Whether there is a proven peer. */
    boolean isConnected();

    /** Attempts so far. */
    long attempts();

    /** Ends the connection and the dialling. */
    @Override
    void close();
  }

  private static final class Node {
    final Set<String> names = new LinkedHashSet<>();
    List<InetSocketAddress> addresses;
    int next;
    long dueNanos;
    long lostNanos;
    @Nullable Dial dial;

    Node(List<InetSocketAddress> addresses, long dueNanos) {
      this.addresses = addresses;
      this.dueNanos = dueNanos;
    }

    boolean isAt(InetAddress host) {
      return addresses.stream().anyMatch(address -> host.equals(address.getAddress()));
    }

    boolean isSilent() {
      Dial now = dial;
      return now != null && !now.isConnected() && now.attempts() >= PATIENCE;
    }
  }

  private final int maxDials;
  private final Dialler dialler;
  private final RandomGenerator chance;
  private final List<Node> nodes = new ArrayList<>();

  LanDials(int maxDials, Dialler dialler, RandomGenerator chance) {
    this.maxDials = maxDials;
    this.dialler = dialler;
    this.chance = chance;
  }

  /** A node is there, or says something else than before. */
  synchronized void found(LanPeer peer, long now) {
    if (peer.addresses().isEmpty() || !peer.mayShareTopics()) {
      lost(peer, now);
      return;
    }
    String name = name(peer);
    Node node = null;
    for (Node known : nodes) {
      if (known.addresses.stream().anyMatch(peer.addresses()::contains)) {
        node = known;
      } else if (known.names.remove(name) && known.names.isEmpty()) {
        // It moved to other addresses.
        known.lostNanos = now;
      }
    }
    if (node == null) {
      if (nodes.size() >= MAX_NODES) {
        return;
      }
      node = new Node(peer.addresses(), now + (long) (chance.nextDouble() * MAX_DELAY));
      nodes.add(node);
    }
    node.names.add(name);
    node.addresses = peer.addresses();
  }

  /** A node went away, or took another name. */
  synchronized void lost(LanPeer peer, long now) {
    String name = name(peer);
    for (Node node : nodes) {
      if (node.names.remove(name) && node.names.isEmpty()) {
        node.lostNanos = now;
      }
    }
  }

  private static String name(LanPeer peer) {
    return peer.network() + "/" + peer.instance();
  }

  /** Does what is due; to be called every second or two. */
  synchronized void advance(long now) {
    for (Node node : List.copyOf(nodes)) {
      if (node.names.isEmpty()) {
        Dial dial = node.dial;
        if (now - node.lostNanos >= GRACE && (dial == null || !dial.isConnected())) {
          stop(node);
          nodes.remove(node);
        }
      } else if (node.dial == null) {
        if (node.dueNanos - now <= 0) {
          turn(node, now);
        }
      } else if (node.isSilent() && node.addresses.size() > 1) {
        stop(node);
        node.next++;
        dial(node);
      }
    }
  }

  private void turn(Node node, long now) {
    if (isReached(node)) {
      node.dueNanos = now + AGAIN;
      return;
    }
    if (dialled() >= maxDials) {
      Node silent = nodes.stream().filter(Node::isSilent).findFirst().orElse(null);
      if (silent == null) {
        node.dueNanos = now + AGAIN;
        return;
      }
      stop(silent);
      silent.next++;
      silent.dueNanos = now + YIELD;
    }
    dial(node);
  }

  /** Whether the node has connected to us, as far as can be told: it may share its host. */
  private boolean isReached(Node node) {
    var hosts = new HashSet<InetAddress>();
    node.addresses.forEach(address -> hosts.add(address.getAddress()));
    for (InetAddress host : hosts) {
      long connections = dialler.connections(host);
      if (connections > 0
          && connections >= nodes.stream().filter(other -> other.isAt(host)).count()) {
        return true;
      }
    }
    return false;
  }

  private void dial(Node node) {
    node.dial = dialler.dial(node.addresses.get(Math.floorMod(node.next, node.addresses.size())));
  }

  private static void stop(Node node) {
    Dial dial = node.dial;
    node.dial = null;
    if (dial != null) {
      dial.close();
    }
  }

  /** Nodes that are dialled or connected by us. */
  synchronized int dialled() {
    int dialled = 0;
    for (Node node : nodes) {
      dialled += node.dial == null ? 0 : 1;
    }
    return dialled;
  }

  /** Gives up all. */
  synchronized void close() {
    nodes.forEach(LanDials::stop);
    nodes.clear();
  }
}
