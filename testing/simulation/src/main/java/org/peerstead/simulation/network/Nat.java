package org.peerstead.simulation.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network address translator with one public address. A binding is made by the first packet from
 * inside and renewed by each further one; what may come in through it depends on its {@link
 * NatKind}.
 */
public final class Nat extends Site {
  private static final int FIRST_PORT = 1_024;
  private static final int PORTS = 65_536;
  private static final int SWEEP_AT = 64;

  private final NatConfig config;
  private final Map<Integer, NetworkHost> inside = new HashMap<>();

  /** Inner host and port, for a symmetric one also the destination, to the binding. */
  private final Map<Flow, Binding> byInside = new HashMap<>();

  private final LongTable byPort = new LongTable();
  private final List<@Nullable Binding> bindings = new ArrayList<>();
  private int sweepAt = SWEEP_AT;
  private int nextPort;
  private long dropped;

  Nat(UdpNetwork network, int address, Place place, NatConfig config, int firstPort) {
    super(network, address, place);
    this.config = config;
    this.nextPort = firstPort;
  }

  private record Flow(int host, int port, int toHost, int toPort) {}

  private static final class Binding {
    final NetworkHost host;
    final Flow flow;
    final int publicPort;
    final boolean isForward;
    final LongTable contacts = new LongTable();
    long sentNanos;
    int sweepAt = SWEEP_AT;

    Binding(NetworkHost host, Flow flow, int publicPort, boolean isForward) {
      this.host = host;
      this.flow = flow;
      this.publicPort = publicPort;
      this.isForward = isForward;
    }
  }

  /** How it behaves. */
  public NatConfig config() {
    return config;
  }

  /** Packets from outside that no binding let in. */
  public long dropped() {
    return dropped;
  }

  /** Bindings, some of which may have expired. */
  public int bindings() {
    return byPort.size();
  }

  void attach(NetworkHost host) {
    if (inside.putIfAbsent(host.address(), host) != null) {
      throw new IllegalArgumentException("address " + host.address() + " is taken inside");
    }
  }

  /** Whether nobody is left inside. */
  boolean detach(NetworkHost host) {
    inside.remove(host.address());
    for (Binding binding : List.copyOf(byInside.values())) {
      if (binding.host == host) {
        forget(binding);
      }
    }
    return inside.isEmpty();
  }

  @Nullable NetworkHost inside(int address) {
    return inside.get(address);
  }

  /**
   * Opens a port for good, as an operator or UPnP does: everybody reaches {@code host} there, and
   * what it sends from the port of the same number leaves from it.
   */
  public void forward(int port, NetworkHost host) {
    Flow flow = new Flow(host.address(), port, 0, 0);
    Binding binding = new Binding(host, flow, port, true);
    byInside.put(flow, binding);
    publish(binding);
  }

  /** The public port for a packet to the given destination. */
  int outbound(NetworkHost host, int port, int toHost, int toPort, long nowNanos) {
    @Nullable Binding binding = byInside.get(new Flow(host.address(), port, 0, 0));
    if (config.kind() == NatKind.SYMMETRIC && binding == null) {
      binding = live(new Flow(host.address(), port, toHost, toPort), host, nowNanos);
    } else if (binding == null || !isLive(binding, nowNanos)) {
      binding = live(new Flow(host.address(), port, 0, 0), host, nowNanos);
    }
    binding.sentNanos = nowNanos;
    if (config.kind() == NatKind.RESTRICTED || config.kind() == NatKind.PORT_RESTRICTED) {
      binding.contacts.put(contact(toHost, toPort), nowNanos);
      if (binding.contacts.size() > binding.sweepAt) {
        binding.contacts.removeBelow(nowNanos - config.lifetimeNanos());
        binding.sweepAt = Math.max(SWEEP_AT, 2 * binding.contacts.size());
      }
    }
    return binding.publicPort;
  }

  private Binding live(Flow flow, NetworkHost host, long nowNanos) {
    @Nullable Binding known = byInside.get(flow);
    if (known != null && isLive(known, nowNanos)) {
      return known;
    }
    if (known != null) {
      forget(known);
    }
    if (byPort.size() >= sweepAt) {
      for (Binding binding : List.copyOf(byInside.values())) {
        if (!isLive(binding, nowNanos)) {
          forget(binding);
        }
      }
      sweepAt = Math.max(SWEEP_AT, 2 * byPort.size());
    }
    Binding binding = new Binding(host, flow, freePort(flow.port()), false);
    byInside.put(flow, binding);
    publish(binding);
    return binding;
  }

  private int freePort(int wanted) {
    if (config.preservesPorts() && byPort.get(wanted) == LongTable.MISSING) {
      return wanted;
    }
    for (int tries = 0; tries < PORTS; tries++) {
      nextPort = nextPort < FIRST_PORT || nextPort >= PORTS - 1 ? FIRST_PORT : nextPort + 1;
      if (byPort.get(nextPort) == LongTable.MISSING) {
        return nextPort;
      }
    }
    throw new IllegalStateException("all ports of a translator are bound");
  }

  private void publish(Binding binding) {
    int index = bindings.indexOf(null);
    if (index < 0) {
      index = bindings.size();
      bindings.add(binding);
    } else {
      bindings.set(index, binding);
    }
    byPort.put(binding.publicPort, index);
  }

  private void forget(Binding binding) {
    byInside.remove(binding.flow);
    long index = byPort.get(binding.publicPort);
    byPort.remove(binding.publicPort);
    bindings.set((int) index, null);
  }

  private boolean isLive(Binding binding, long nowNanos) {
    return binding.isForward || nowNanos - binding.sentNanos <= config.lifetimeNanos();
  }

  private long contact(int host, int port) {
    return config.kind() == NatKind.RESTRICTED ? host : (long) host << 16 | port;
  }

  /** Hands a packet from outside to the host inside that it is for, if there is one. */
  void inbound(int toPort, int fromHost, int fromPort, byte[] content, long nowNanos) {
    long index = byPort.get(toPort);
    @Nullable Binding binding = index == LongTable.MISSING ? null : bindings.get((int) index);
    if (binding == null
        || !isLive(binding, nowNanos)
        || !admits(binding, fromHost, fromPort, nowNanos)) {
      dropped++;
      return;
    }
    packetsReceived++;
    bytesReceived += content.length;
    network.deliver(binding.host, binding.flow.port(), fromHost, fromPort, content);
  }

  private boolean admits(Binding binding, int fromHost, int fromPort, long nowNanos) {
    if (binding.isForward) {
      return true;
    }
    return switch (config.kind()) {
      case FULL_CONE -> true;
      case SYMMETRIC -> binding.flow.toHost() == fromHost && binding.flow.toPort() == fromPort;
      case RESTRICTED, PORT_RESTRICTED -> {
        long sent = binding.contacts.get(contact(fromHost, fromPort));
        yield sent != LongTable.MISSING && nowNanos - sent <= config.lifetimeNanos();
      }
    };
  }
}
