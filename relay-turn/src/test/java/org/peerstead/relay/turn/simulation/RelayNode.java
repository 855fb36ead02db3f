package org.peerstead.relay.turn.simulation;

import static org.peerstead.relay.turn.simulation.RelayModel.check;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.DropReason;
import org.peerstead.relay.turn.RelayCounters.Count;
import org.peerstead.relay.turn.TurnServer;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.simulation.Held.Path;
import org.peerstead.relay.turn.testbed.MemoryShell;
import org.peerstead.relay.turn.testbed.MemoryShell.ToClient;
import org.peerstead.relay.turn.testbed.MemoryShell.ToPeer;
import org.peerstead.relay.turn.testbed.Testbed;
import org.peerstead.simulation.network.NetworkHost;
import org.peerstead.simulation.network.NetworkProgram;

/**
 * The relay on the simulated network: feeds engines and model with every packet and compares. Its
 * clocks are not those of the network: they jump.
 */
final class RelayNode implements NetworkProgram {
  static final int PORT = Testbed.SERVER.port();

  private static final long START_NANOS = 1_000_000_000_000L;
  private static final long START_MILLIS = 1_800_000_000_000L;

  private final Testbed bed;
  final RelayModel model;
  private final Streams streams;
  private final RequestModel requests;
  private final DataModel data;

  /** Datagrams that somebody has changed on the way. */
  final Set<ByteBuffer> rubbish = new HashSet<>();

  private @Nullable NetworkHost v4;
  private @Nullable NetworkHost v6;
  private long jumpedNanos;
  private long jumpedMillis;

  /** Whether the clock has jumped and the relay has not looked at it yet. */
  private boolean isLate;

  RelayNode(Testbed bed, RelayModel model, Streams streams) {
    this.bed = bed;
    this.streams = streams;
    this.model = model;
    requests = new RequestModel(model);
    data = new DataModel(model);
  }

  void attach(NetworkHost onV4, NetworkHost onV6) {
    v4 = onV4;
    v6 = onV6;
  }

  private NetworkHost host(IpFamily family) {
    return Objects.requireNonNull(family == IpFamily.V4 ? v4 : v6);
  }

  // ----------------------------------------------------------------------------------------- time

  private void setClocks(long networkNanos) {
    bed.nowNanos = START_NANOS + networkNanos + jumpedNanos;
    bed.epochMillis = START_MILLIS + networkNanos / 1_000_000 + jumpedMillis;
  }

  /** The machine slept: time has passed that the network does not know. */
  void sleep(long nanos, long networkNanos) {
    jumpedNanos += nanos;
    jumpedMillis += nanos / 1_000_000;
    isLate = true;
    setClocks(networkNanos);
  }

  /** Somebody set the clock on the wall. */
  void setWallClock(long millis) {
    jumpedMillis += millis;
  }

  @Override
  public void advance(long networkNanos) {
    setClocks(networkNanos);
    bed.engines.forEach(engine -> engine.advance(bed.nowNanos));
    bed.runTasks();
    isLate = false;
    model.ports.lapse(bed.nowNanos);
    flush();
    settle();
    model.looked(bed.nowNanos);
  }

  @Override
  public long nextDeadlineNanos() {
    long next = Long.MAX_VALUE;
    for (TurnServer engine : bed.engines) {
      next = Math.min(next, engine.nextDeadlineNanos());
    }
    return next == Long.MAX_VALUE ? next : next - START_NANOS - jumpedNanos;
  }

  // -------------------------------------------------------------------------------------- packets

  @Override
  public void receive(
      int localPort, int fromHost, int fromPort, byte[] datagram, long networkNanos) {
    setClocks(networkNanos);
    TransportAddress from = Addresses.transport(fromHost, fromPort);
    if (fromHost == Addresses.RELAY_V4) {
      from = new TransportAddress(model.bounds.localV4(), fromPort);
    }
    model.ports.lapse(bed.nowNanos);
    try {
      if (localPort == PORT) {
        TransportAddress client = from;
        int listener = from.ip().family() == IpFamily.V4 ? 0 : 1;
        // As the system spreads clients over sockets.
        int engine = Math.floorMod(from.hashCode() * 0x9e37_79b9 >>> 7, bed.engines.size());
        fromClient(
            new Path(listener, from),
            datagram,
            () -> bed.receive(engine, listener, client, datagram));
      } else {
        fromPeer(localPort, from, datagram);
      }
      closeAbandoned();
      settle();
    } catch (AssertionError e) {
      throw at(networkNanos, from + " to port " + localPort, datagram, e);
    }
  }

  private static AssertionError at(
      long networkNanos, String way, byte[] message, AssertionError cause) {
    return new AssertionError(
        cause.getMessage()
            + "\nat "
            + networkNanos / 1e9
            + " s, from "
            + way
            + ": "
            + HexFormat.of().formatHex(message),
        cause);
  }

  /** A client connects. */
  Streams.Connection accept(TransportAddress from, Consumer<byte[]> receiver) {
    int engine = Math.floorMod(from.hashCode() * 0x9e37_79b9 >>> 7, bed.engines.size());
    return streams.open(engine, from, receiver);
  }

  /** A message came over a connection. */
  void receiveFrame(Streams.Connection from, byte[] message, long networkNanos) {
    if (from.isClosed) {
      return;
    }
    setClocks(networkNanos);
    model.ports.lapse(bed.nowNanos);
    try {
      fromClient(
          new Path(Streams.LISTENER, from.client()),
          message,
          () -> {
            boolean isSound =
                bed.engines
                    .get(from.engine)
                    .receiveFrame(
                        from, MemorySegment.ofArray(message), 0, message.length, bed.nowNanos);
            bed.runTasks();
            if (!isSound) {
              streams.closing.add(from);
            }
          });
      closeAbandoned();
      settle();
    } catch (AssertionError e) {
      throw at(networkNanos, from.client() + " over TCP", message, e);
    }
    Objects.requireNonNull(v4).deadlineChanged();
  }

  /** A connection ends. */
  void hangUp(Streams.Connection connection, long networkNanos) {
    setClocks(networkNanos);
    model.ports.lapse(bed.nowNanos);
    close(connection);
    settle();
  }

  private void closeAbandoned() {
    List.copyOf(streams.closing).forEach(this::close);
    streams.closing.clear();
  }

  private void close(Streams.Connection connection) {
    if (!connection.isClosed) {
      connection.isClosed = true;
      model.disconnected(new Path(Streams.LISTENER, connection.client()));
      bed.engines.get(connection.engine).closed(connection, bed.nowNanos);
      bed.runTasks();
    }
  }

  private void fromClient(Path path, byte[] datagram, Runnable feed) {
    long relayed = count(Count.PACKETS_UP);
    long dropped = drops();
    feed.run();
    List<ToClient> toClients = new ArrayList<>();
    List<ToPeer> toPeers = new ArrayList<>();
    collect(toClients, toPeers);
    boolean isRubbish = rubbish.contains(ByteBuffer.wrap(datagram));
    Wire message = Wire.parse(datagram);
    boolean isData = false;
    boolean hasPassed = false;
    if (Wire.isChannelData(datagram)) {
      isData = true;
      hasPassed = data.onChannelData(path, datagram, toPeers, bed.nowNanos);
    } else if (message != null
        && message.messageClass == Wire.INDICATION
        && message.method == Wire.SEND) {
      isData = true;
      hasPassed = data.onSend(path, message, toPeers, isRubbish, bed.nowNanos);
    } else {
      check(toPeers.isEmpty(), "a request went to a peer");
      if (message != null && message.messageClass == Wire.REQUEST) {
        answered(path, message, toClients, isRubbish);
      } else {
        check(toClients.isEmpty(), "an answer to what asked nothing");
      }
    }
    Path left = data.movedFrom;
    data.movedFrom = null;
    check(
        left == null || !left.isStream() || streams.isClosing(left.client()),
        "an abandoned connection stays open");
    check(!isData || toClients.isEmpty(), "data was answered");
    check(count(Count.PACKETS_UP) - relayed == (hasPassed ? 1 : 0), "counted otherwise");
    check(!isData || drops() - dropped == (hasPassed ? 0 : 1), "a drop that nobody counted");
    send(toClients, toPeers);
  }

  private void answered(Path path, Wire request, List<ToClient> answers, boolean isRubbish) {
    if (!isRubbish) {
      requests.onRequest(path, request, answers, bed.nowNanos, bed.epochMillis);
      return;
    }
    check(answers.size() <= 1, "many answers to rubbish");
    for (ToClient answer : answers) {
      check(answer.client().equals(path.client()), "rubbish was answered to somebody else");
      Wire read = Objects.requireNonNull(Wire.parse(answer.bytes()));
      check(read.code() != 0 || read.method == Wire.BINDING, "rubbish had success");
      String nonce = read.text(0x0015);
      if (nonce != null) {
        model.minted(nonce, path, bed.epochMillis);
      }
    }
  }

  private void fromPeer(int port, TransportAddress from, byte[] datagram) {
    IpFamily family = from.ip().family();
    int owner = -1;
    for (int i = 0; i < bed.shells.size(); i++) {
      if (bed.shells.get(i).socket(family, port) != null) {
        check(owner < 0, "two sockets at one port");
        owner = i;
      }
    }
    if (owner < 0) {
      check(model.atPort(family, port, bed.nowNanos) == null, "no socket for what a client holds");
      return;
    }
    long relayed = count(Count.PACKETS_DOWN);
    long dropped = drops();
    streams.hasRefused = false;
    bed.receiveFromPeer(owner, port, from, datagram);
    List<ToClient> toClients = new ArrayList<>();
    List<ToPeer> toPeers = new ArrayList<>();
    collect(toClients, toPeers);
    check(toPeers.isEmpty(), "a peer's packet went to a peer");
    boolean hasPassed =
        !streams.hasRefused && data.onPeer(family, port, from, datagram, toClients, bed.nowNanos);
    check(hasPassed || toClients.isEmpty(), "refused and sent");
    boolean wasRefusedElsewhere = streams.hasRefused && streams.refusedBy != owner;
    check(
        count(Count.PACKETS_DOWN) - relayed == (hasPassed || wasRefusedElsewhere ? 1 : 0),
        "counted otherwise");
    if (wasRefusedElsewhere) {
      data.onRefusedElsewhere(family, port, datagram, bed.nowNanos);
    }
    check(drops() - dropped == (hasPassed ? 0 : 1), "a drop that nobody counted");
    send(toClients, toPeers);
  }

  private void collect(List<ToClient> toClients, List<ToPeer> toPeers) {
    for (MemoryShell shell : bed.shells) {
      toClients.addAll(shell.toClients);
      toPeers.addAll(shell.toPeers);
      shell.toClients.clear();
      shell.toPeers.clear();
    }
    toClients.addAll(streams.out);
    streams.out.clear();
  }

  /** Nothing leaves because time passes. */
  private void flush() {
    for (MemoryShell shell : bed.shells) {
      check(shell.toClients.isEmpty() && shell.toPeers.isEmpty(), "sent for no reason");
    }
    check(streams.out.isEmpty(), "sent for no reason");
  }

  private void send(List<ToClient> toClients, List<ToPeer> toPeers) {
    for (ToClient packet : toClients) {
      TransportAddress to = packet.client();
      if (packet.listener() == Streams.LISTENER) {
        streams.receiver(to).accept(packet.bytes());
        continue;
      }
      host(to.ip().family()).send(PORT, Addresses.host(to.ip()), to.port(), packet.bytes());
    }
    for (ToPeer packet : toPeers) {
      TransportAddress to = packet.peer();
      int host = Addresses.host(model.bounds.advertised(to.ip()));
      host(to.ip().family()).send(packet.fromPort(), host, to.port(), packet.bytes());
    }
  }

  // ------------------------------------------------------------------------------------ operators

  /** The operator forbids other peers than before. */
  void replacePolicy(List<AddressRange> denied) {
    model.policy = bed.policy(List.of(), denied);
    bed.context.setPolicy(model.policy);
    bed.engines.forEach(TurnServer::recheckPolicy);
    for (Held one : model.held) {
      one.halves
          .values()
          .forEach(half -> half.permissions.keySet().removeIf(ip -> !model.isPermitted(ip)));
      one.channels.values().removeIf(channel -> !model.isPermitted(channel.peer().ip()));
    }
  }

  /** The operator ends a session. */
  void endSession(int choice, long networkNanos) {
    setClocks(networkNanos);
    model.ports.lapse(bed.nowNanos);
    if (model.held.isEmpty()) {
      return;
    }
    Held one = model.held.get(choice % model.held.size());
    model.released(one);
    int ended = 0;
    for (TurnServer engine : bed.engines) {
      ended += engine.end(one.sessionId, bed.nowNanos) ? 1 : 0;
    }
    check(ended == 1, ended + " engines ended a session");
    bed.runTasks();
    settle();
  }

  void drain() {
    model.isDraining = true;
    bed.context.drain(null);
  }

  // ----------------------------------------------------------------------------------- invariants

  /** What must hold after everything that happens. */
  private void settle() {
    long now = bed.nowNanos;
    model.heard(bed.opened, bed.closed, bed.reasons, now);
    if (!isLate) {
      for (Held one : model.held) {
        boolean isOverdue =
            one.halves.values().stream()
                .allMatch(half -> half.expiresNanos + RelayModel.SECOND < now);
        check(!isOverdue, "nobody looked when an allocation ran out");
      }
    }
    int sockets = bed.shells.stream().mapToInt(MemoryShell::openSockets).sum();
    int live = 0;
    int all = 0;
    for (IpFamily family : IpFamily.values()) {
      Set<Integer> inUse = model.portsInUse(family, now);
      Set<Integer> maybe = model.portsMaybeInUse(family, now);
      int free = (family == IpFamily.V4 ? bed.v4Ports : bed.v6Ports).free();
      check(
          free <= model.ports.size() - inUse.size() && free >= model.ports.size() - maybe.size(),
          free + " ports are free where " + inUse + " are used and " + maybe + " may be");
      for (Held one : model.held) {
        Held.Half half = one.halves.get(family);
        live += half != null && half.isLive(now) ? 1 : 0;
        all += half != null ? 1 : 0;
      }
    }
    check(sockets >= live && sockets <= all, sockets + " sockets for " + live + " to " + all);
    check(bed.quotas.allocations() == model.held.size(), "the quotas count otherwise");
    int counted = 0;
    for (TurnServer engine : bed.engines) {
      counted += (int) engine.counters().live();
    }
    check(counted == model.held.size(), "the counters count otherwise");
  }

  private long count(Count count) {
    return bed.engines.stream().mapToLong(engine -> engine.counters().get(count)).sum();
  }

  private long drops() {
    long sum = 0;
    for (TurnServer engine : bed.engines) {
      for (DropReason reason : DropReason.values()) {
        sum += engine.counters().drops(reason);
      }
    }
    return sum;
  }

  /** What must hold when everybody has gone for long enough. */
  void checkNothingIsLeft() {
    check(model.held.isEmpty(), "held for ever: " + model.held.size());
    check(bed.v4Ports.free() == bed.v4Ports.size(), "IPv4 ports are lost");
    check(bed.v6Ports.free() == bed.v6Ports.size(), "IPv6 ports are lost");
    check(bed.quotas.allocations() == 0 && bed.quotas.users() == 0, "quotas are lost");
    check(bed.quotas.sources() == 0, "sources are remembered");
    check(nextDeadlineNanos() == Long.MAX_VALUE, "something is still awaited");
    check(bed.opened.size() == bed.closed.size(), "sessions without an end");
    check(count(Count.PACKETS_UP) == model.packetsUp, "packets up");
    check(count(Count.PACKETS_DOWN) == model.packetsDown, "packets down");
    for (TurnServer engine : bed.engines) {
      check(engine.sessions(bed.nowNanos).isEmpty(), "sessions are left");
      for (IpFamily family : IpFamily.values()) {
        check(engine.counters().live(family) == 0, "relayed addresses are counted for ever");
      }
    }
  }
}
