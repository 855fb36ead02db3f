package org.peerstead.relay.turn.simulation;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IntegrityKind;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.LongTermKey;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.testbed.TestUsers;
import org.peerstead.simulation.network.NetworkProgram;

/**
 * A client that does what clients do, and what they should not: it repeats, forgets, moves, asks
 * for what it may not have, and sends rubbish.
 */
final class SimulatedClient implements NetworkProgram {
  private static final long SECOND = RelayModel.SECOND;
  private static final int MAX_SENDS = 7;
  private static final int MAX_PENDING = 4;
  private static final int REMEMBERED = 30;

  /** What clients know of each other and of the peers. */
  interface World {
    long nowNanos();

    TransportAddress anyPeer(RandomGenerator random);

    void relayed(TransportAddress address);

    void rubbish(byte[] datagram);

    String anyUser(RandomGenerator random);

    /** Tokens and tickets that somebody was given. */
    List<byte[]> secrets();
  }

  private record Request(int method, UnaryOperator<StunWriter> attributes) {}

  private static final class Pending {
    final Request request;
    final TransactionId id;
    final byte[] bytes;
    int sends;
    long dueNanos;

    Pending(Request request, TransactionId id, byte[] bytes) {
      this.request = request;
      this.id = id;
      this.bytes = bytes;
    }
  }

  private final RandomGenerator random;
  private final World world;
  private final String username;
  private final int server;
  private final long meanPauseNanos;
  private final List<Pending> pending = new ArrayList<>();
  private final Deque<byte[]> sent = new ArrayDeque<>();
  private final List<TransportAddress> relayed = new ArrayList<>();

  /** Peers that it talks to more often than to others. */
  private final List<TransportAddress> friends = new ArrayList<>();

  private @Nullable Line line;
  private int localPort;
  private @Nullable String realm;
  private @Nullable String nonce;
  private byte @Nullable [] ticket;
  private final List<Integer> oldPorts = new ArrayList<>();
  private final List<byte[]> sentAllocates = new ArrayList<>();
  private byte @Nullable [] token;
  private long nextActionNanos;
  private boolean isMobilityForbidden;
  private boolean hasStopped;

  SimulatedClient(
      RandomGenerator random, World world, String username, int server, long meanPauseNanos) {
    this.random = random;
    this.world = world;
    this.username = username;
    this.server = server;
    this.meanPauseNanos = meanPauseNanos;
    localPort = 2_000 + random.nextInt(50_000);
    nextActionNanos = random.nextLong(meanPauseNanos);
  }

  void attach(Line to) {
    line = to;
    to.deadlineChanged();
  }

  /** From now on it does nothing. */
  void stop() {
    hasStopped = true;
    pending.clear();
    Objects.requireNonNull(line).deadlineChanged();
  }

  // ---------------------------------------------------------------------------------------- driven

  @Override
  public void advance(long nowNanos) {
    for (Pending one : List.copyOf(pending)) {
      if (one.dueNanos <= nowNanos) {
        if (one.sends >= MAX_SENDS) {
          pending.remove(one);
        } else {
          transmit(one, nowNanos);
        }
      }
    }
    if (nextActionNanos <= nowNanos) {
      act(nowNanos);
      nextActionNanos = nowNanos + 1 + (long) (-meanPauseNanos * Math.log(1 - random.nextDouble()));
    }
  }

  @Override
  public long nextDeadlineNanos() {
    if (hasStopped) {
      return Long.MAX_VALUE;
    }
    long next = nextActionNanos;
    for (Pending one : pending) {
      next = Math.min(next, one.dueNanos);
    }
    return next;
  }

  private void transmit(Pending one, long nowNanos) {
    one.dueNanos = nowNanos + (SECOND / 2 << one.sends);
    one.sends++;
    send(one.bytes);
  }

  private void send(byte[] datagram) {
    sent.add(datagram);
    if (sent.size() > REMEMBERED) {
      sent.remove();
    }
    Objects.requireNonNull(line).send(localPort, datagram);
  }

  @Override
  public void receive(int port, int fromHost, int fromPort, byte[] datagram, long nowNanos) {
    if (hasStopped || fromHost != server || fromPort != RelayNode.PORT) {
      return;
    }
    Wire message = Wire.parse(datagram);
    if (message == null || message.messageClass == Wire.INDICATION) {
      if (random.nextInt(4) == 0) {
        data(nowNanos);
      }
      return;
    }
    for (Pending one : List.copyOf(pending)) {
      byte[] id = ByteBuffer.allocate(12).putInt(one.id.high()).putLong(one.id.low()).array();
      if (Arrays.equals(id, message.id())) {
        pending.remove(one);
        answered(one, message, nowNanos);
      }
    }
  }

  private void answered(Pending one, Wire answer, long nowNanos) {
    int code = answer.code();
    if (code == 401 || code == 438) {
      realm = answer.text(StunAttribute.REALM);
      nonce = answer.text(StunAttribute.NONCE);
      if (one.sends > 0 && random.nextInt(8) != 0) {
        ask(one.request, nowNanos);
      }
      return;
    }
    if (code == 437 && one.request.method() != Wire.ALLOCATE) {
      relayed.clear();
    } else if (code == 437 && random.nextBoolean()) {
      changePort();
    } else if (code == 405) {
      isMobilityForbidden = true;
    } else if (code == 486 || code == 508) {
      nextActionNanos = nowNanos + random.nextLong(20 * meanPauseNanos);
    }
    if (code == 0) {
      if (answer.has(StunAttribute.MOBILITY_TICKET)) {
        ticket = answer.need(StunAttribute.MOBILITY_TICKET);
        world.secrets().add(ticket);
      }
      if (one.request.method() == Wire.ALLOCATE) {
        relayed.clear();
        relayed.addAll(answer.addresses(StunAttribute.XOR_RELAYED_ADDRESS));
        relayed.forEach(world::relayed);
        byte[] reserved = answer.value(StunAttribute.RESERVATION_TOKEN);
        if (reserved != null) {
          token = reserved;
          world.secrets().add(reserved);
        }
      }
    }
  }

  // --------------------------------------------------------------------------------------- actions

  private void act(long nowNanos) {
    if (pending.size() >= MAX_PENDING) {
      return;
    }
    int die = random.nextInt(100);
    if ((relayed.isEmpty() && die < 90) || (token != null && die < 40)) {
      allocate(nowNanos);
    } else if (die < 45) {
      data(nowNanos);
    } else if (die < 58) {
      permit(nowNanos);
    } else if (die < 72) {
      bind(nowNanos);
    } else if (die < 84) {
      refresh(nowNanos);
    } else if (die < 86) {
      allocate(nowNanos);
    } else if (die < 91) {
      move(nowNanos);
    } else if (die < 93) {
      ask(new Request(Wire.BINDING, UnaryOperator.identity()), nowNanos);
    } else if (die < 94 && !sentAllocates.isEmpty()) {
      send(sentAllocates.get(random.nextInt(sentAllocates.size())));
    } else if (die < 96 && !sent.isEmpty()) {
      send(List.copyOf(sent).get(random.nextInt(sent.size())));
    } else {
      rubbish();
    }
  }

  private boolean isChance(int percent) {
    return random.nextInt(100) < percent;
  }

  private void allocate(long nowNanos) {
    byte[] kept = isChance(5) ? anySecret() : token;
    boolean usesToken = kept != null && kept.length == 8 && isChance(70);
    if (usesToken && isChance(70)) {
      // Where it has an allocation it cannot have another one.
      changePort();
    }
    boolean wantsEven = !usesToken && isChance(25);
    boolean wantsPair = isChance(60);
    int family = isChance(usesToken ? 3 : 30) ? 1 + random.nextInt(2) : isChance(3) ? 7 : 0;
    boolean wantsBoth = isChance(usesToken || family > 0 || wantsEven ? 4 : 25);
    boolean wantsTicket = isChance(isMobilityForbidden ? 3 : 50);
    int protocol = isChance(3) ? 99 : 17;
    boolean isMissing = isChance(2);
    long lifetime = isChance(60) ? -1 : random.nextLong(8_000);
    boolean isStrange = isChance(2);
    if (usesToken) {
      token = isChance(80) ? null : token;
    }
    ask(
        new Request(
            Wire.ALLOCATE,
            writer -> {
              if (!isMissing) {
                writer.requestedTransport(protocol);
              }
              if (usesToken && kept != null) {
                writer.bytes(StunAttribute.RESERVATION_TOKEN, kept);
              }
              if (wantsEven) {
                byte[] even = {(byte) (wantsPair ? 0x80 : 0)};
                writer.bytes(StunAttribute.EVEN_PORT, even);
              }
              if (family > 0) {
                byte[] value = {(byte) family, 0, 0, 0};
                writer.bytes(StunAttribute.REQUESTED_ADDRESS_FAMILY, value);
              }
              if (wantsBoth) {
                writer.addressFamily(StunAttribute.ADDITIONAL_ADDRESS_FAMILY, IpFamily.V6);
              }
              if (wantsTicket) {
                writer.empty(StunAttribute.MOBILITY_TICKET);
              }
              if (lifetime >= 0) {
                writer.uint32(StunAttribute.LIFETIME, lifetime);
              }
              return isStrange ? writer.empty(0x7abc) : writer;
            }),
        nowNanos);
  }

  private void refresh(long nowNanos) {
    long lifetime = isChance(12) ? 0 : isChance(40) ? -1 : random.nextLong(5_000);
    int family = isChance(25) ? 1 + random.nextInt(2) : isChance(2) ? 9 : 0;
    if (lifetime == 0 && family == 0) {
      relayed.clear();
    }
    refresh(lifetime, family, isChance(5) ? ticket : null, nowNanos);
  }

  private void refresh(long lifetime, int family, byte @Nullable [] shown, long nowNanos) {
    ask(
        new Request(
            Wire.REFRESH,
            writer -> {
              if (lifetime >= 0) {
                writer.uint32(StunAttribute.LIFETIME, lifetime);
              }
              if (family > 0) {
                byte[] value = {(byte) family, 0, 0, 0};
                writer.bytes(StunAttribute.REQUESTED_ADDRESS_FAMILY, value);
              }
              return shown == null ? writer : writer.bytes(StunAttribute.MOBILITY_TICKET, shown);
            }),
        nowNanos);
  }

  /** Comes from another port from now on, perhaps from one that it had before. */
  private void changePort() {
    boolean goesBack = !oldPorts.isEmpty() && isChance(35);
    int next =
        goesBack ? oldPorts.get(random.nextInt(oldPorts.size())) : 2_000 + random.nextInt(50_000);
    oldPorts.add(localPort);
    if (oldPorts.size() > 4) {
      oldPorts.removeFirst();
    }
    localPort = next;
  }

  /** Something that the relay gave to somebody, perhaps to this client and long ago. */
  private byte @Nullable [] anySecret() {
    List<byte[]> all = world.secrets();
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  private void move(long nowNanos) {
    changePort();
    if (isChance(80)) {
      byte[] shown = isChance(25) ? anySecret() : ticket;
      refresh(isChance(5) ? 0 : -1, isChance(5) ? 1 + random.nextInt(2) : 0, shown, nowNanos);
    }
  }

  private TransportAddress peer() {
    if (isChance(2)) {
      return new TransportAddress(IpAddress.parse("::ffff:45.30.0.1"), 7_000);
    }
    if (friends.size() < 3 || isChance(2)) {
      friends.add(world.anyPeer(random));
    }
    if (friends.size() > 4) {
      friends.removeFirst();
    }
    return isChance(15) ? world.anyPeer(random) : friends.get(random.nextInt(friends.size()));
  }

  private void permit(long nowNanos) {
    List<TransportAddress> peers = new ArrayList<>();
    for (int i = isChance(2) ? 0 : 1 + random.nextInt(2); i > 0; i--) {
      peers.add(peer());
    }
    ask(
        new Request(
            Wire.CREATE_PERMISSION,
            writer -> {
              peers.forEach(peer -> writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer));
              return writer;
            }),
        nowNanos);
  }

  private int channel() {
    return isChance(3) ? (isChance(50) ? 0x3fff : 0x5000) : 0x4000 + random.nextInt(5);
  }

  private void bind(long nowNanos) {
    int number = channel();
    TransportAddress peer = peer();
    boolean isIncomplete = isChance(2);
    ask(
        new Request(
            Wire.CHANNEL_BIND,
            writer -> {
              if (!isIncomplete) {
                writer.channelNumber(number);
              }
              return writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer);
            }),
        nowNanos);
  }

  private void data(long nowNanos) {
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      byte[] payload = new byte[isChance(10) ? 0 : random.nextInt(isChance(5) ? 1_400 : 60)];
      random.nextBytes(payload);
      if (random.nextBoolean()) {
        send(channelData(payload));
      } else {
        StunWriter writer =
            StunWriter.indication(Wire.SEND, newId(nowNanos))
                .xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer());
        send(isChance(3) ? writer.toBytes() : writer.bytes(StunAttribute.DATA, payload).toBytes());
      }
    }
  }

  private byte[] channelData(byte[] payload) {
    int number = 0x4000 + random.nextInt(6);
    int claimed = isChance(5) ? payload.length + random.nextInt(20) - 5 : payload.length;
    ByteBuffer frame = ByteBuffer.allocate(4 + payload.length);
    return frame.putShort((short) number).putShort((short) claimed).put(payload).array();
  }

  private void rubbish() {
    byte[] bytes;
    if (sent.isEmpty() || random.nextInt(4) == 0) {
      bytes = new byte[random.nextInt(80)];
      random.nextBytes(bytes);
    } else {
      bytes = List.copyOf(sent).get(random.nextInt(sent.size())).clone();
      if (bytes.length == 0 || Wire.isChannelData(bytes)) {
        return;
      }
      if (isChance(20)) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 8));
      }
      for (int i = 1 + random.nextInt(3); i > 0 && bytes.length > 0; i--) {
        int at = random.nextInt(bytes.length);
        if (at == bytes.length - 8 || at == bytes.length - 7) {
          // A FINGERPRINT of another type would be an attribute that nobody needs to understand.
          at += 2;
        }
        bytes[at] ^= (byte) (1 << random.nextInt(8));
      }
    }
    world.rubbish(bytes);
    Objects.requireNonNull(line).send(localPort, bytes);
  }

  // -------------------------------------------------------------------------------------- requests

  private TransactionId newId(long nowNanos) {
    return new TransactionId((int) nowNanos, random.nextLong());
  }

  private void ask(Request request, long nowNanos) {
    TransactionId id = newId(nowNanos);
    StunWriter writer = request.attributes().apply(StunWriter.request(request.method(), id));
    String knownRealm = realm;
    String knownNonce = nonce;
    boolean isOpen = request.method() == Wire.BINDING;
    if (!isOpen && knownRealm != null && knownNonce != null && !isChance(3)) {
      String name = isChance(4) ? world.anyUser(random) : username;
      String password = isChance(3) ? "wrong" : TestUsers.passwordOf(name);
      writer
          .text(StunAttribute.USERNAME, name)
          .text(StunAttribute.REALM, knownRealm)
          .text(StunAttribute.NONCE, isChance(1) ? "no nonce of ours" : knownNonce)
          .integrity(
              isChance(90) ? IntegrityKind.SHA1 : IntegrityKind.SHA256,
              LongTermKey.md5(name, knownRealm, password));
    }
    if (isChance(10)) {
      writer.fingerprint();
    }
    Pending one = new Pending(request, id, writer.toBytes());
    pending.add(one);
    if (request.method() == Wire.ALLOCATE) {
      sentAllocates.add(one.bytes);
      if (sentAllocates.size() > 3) {
        sentAllocates.removeFirst();
      }
    }
    transmit(one, nowNanos);
    Objects.requireNonNull(line).deadlineChanged();
  }
}
