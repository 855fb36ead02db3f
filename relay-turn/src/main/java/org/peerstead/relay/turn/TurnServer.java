package org.peerstead.relay.turn;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.AuthDecision;
import org.peerstead.relay.auth.Principal;
import org.peerstead.relay.stun.ChannelData;
import org.peerstead.relay.stun.IntegrityKind;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunClass;
import org.peerstead.relay.stun.StunError;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.turn.RelayCounters.Count;
import org.peerstead.relay.turn.quota.SourceLimiter;

/**
 * The TURN server of one loop (RFC 8656): tells data from requests, checks who asks, and leaves the
 * rest to the rooms for it. Nothing is remembered about anybody who has not shown credentials but
 * the fixed memory of a rate limit.
 */
public final class TurnServer implements RelayEngine {
  private static final int SEND_INDICATION = StunMethod.type(StunMethod.SEND, StunClass.INDICATION);
  private static final int MIN_BYTES = 4;
  private static final int STUN_HEADER_BYTES = 20;

  /** Nothing that a client asks is longer; data is, but does not come this way. */
  private static final int MAX_REQUEST_BYTES = 2_048;

  private static final int LIMITER_SLOTS = 4_096;

  /** A header and REQUESTED-TRANSPORT. */
  private static final int MIN_CHALLENGED_BYTES = 28;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final RelayShard shard;
  private final RelayContext context;
  private final RelayCounters counters = new RelayCounters();
  private final Allocations allocations;
  private final DataPath dataPath;
  private final SourceLimiter strangers;
  private final BindingRequests bindings;
  private final AllocateRequests allocates;
  private final RefreshRequests refreshes;
  private final PermissionRequests permissions;
  private final boolean canForbidFragments;

  public TurnServer(RelayShard shard, RelayContext context, long nowNanos) {
    this.shard = shard;
    this.context = context;
    TurnConfig config = context.config();
    allocations = new Allocations(context, counters, nowNanos);
    dataPath = new DataPath(context, allocations, counters);
    strangers =
        new SourceLimiter(
            config.unauthenticatedPerSecond(),
            config.unauthenticatedBurst(),
            LIMITER_SLOTS,
            context.secrets().nextLong());
    bindings = new BindingRequests(shard, config);
    RelayedPorts ports = new RelayedPorts(shard, context, allocations, dataPath);
    allocates = new AllocateRequests(shard, context, allocations, ports, counters, this);
    refreshes = new RefreshRequests(context, allocations, this);
    permissions = new PermissionRequests(context, allocations, counters);
    canForbidFragments = shard.sockets().canForbidFragments();
  }

  @Override
  public void receiveDatagram(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      long nowNanos) {
    if (length < MIN_BYTES) {
      counters.drop(DropReason.MALFORMED);
      return;
    }
    DatagramPath path = allocations.find(listener, family, high, low, port);
    Handover handover = path == null ? null : path.handover;
    if (handover != null) {
      forward(handover, memory, offset, length, nowNanos);
      return;
    }
    int first = memory.get(ValueLayout.JAVA_BYTE, offset);
    if (ChannelData.isChannelData(first)) {
      dataPath.channelData(path, memory, offset, length, nowNanos);
    } else if ((first & 0xc0) != 0 || length < STUN_HEADER_BYTES) {
      counters.drop(DropReason.MALFORMED);
    } else if ((memory.get(SHORT, offset) & 0xffff) == SEND_INDICATION) {
      dataPath.sendIndication(path, memory, offset, length, nowNanos);
    } else {
      DatagramPath known =
          path != null
              ? path
              : new DatagramPath(
                  shard.output(),
                  listener,
                  shard.listeners().get(listener),
                  family,
                  high,
                  low,
                  port);
      message(known, memory, offset, length, nowNanos);
    }
  }

  @Override
  public boolean receiveFrame(
      ConnectionPath path, MemorySegment memory, long offset, int length, long nowNanos) {
    if (length < MIN_BYTES) {
      counters.drop(DropReason.MALFORMED);
      return false;
    }
    Handover handover = path.handover;
    if (handover != null) {
      forward(handover, memory, offset, length, nowNanos);
      return true;
    }
    int first = memory.get(ValueLayout.JAVA_BYTE, offset);
    if (ChannelData.isChannelData(first)) {
      dataPath.channelData(path, memory, offset, length, nowNanos);
      return true;
    }
    if ((first & 0xc0) != 0 || length < STUN_HEADER_BYTES) {
      counters.drop(DropReason.MALFORMED);
      return false;
    }
    if ((memory.get(SHORT, offset) & 0xffff) == SEND_INDICATION) {
      dataPath.sendIndication(path, memory, offset, length, nowNanos);
      return true;
    }
    return message(path, memory, offset, length, nowNanos);
  }

  private void forward(
      Handover handover, MemorySegment memory, long offset, int length, long nowNanos) {
    if (!handover.forward(memory, offset, length, nowNanos)) {
      counters.drop(DropReason.HANDOVER_FULL);
    }
  }

  /** A STUN message that is not data; false when it is not STUN at all. */
  private boolean message(
      ClientPath path, MemorySegment memory, long offset, int length, long nowNanos) {
    if (length > MAX_REQUEST_BYTES) {
      counters.drop(DropReason.MALFORMED);
      return false;
    }
    try {
      StunMessage message =
          StunMessage.parse(memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
      if (message.messageClass() == StunClass.REQUEST) {
        request(path, message, nowNanos);
      } else if (message.messageClass() != StunClass.INDICATION
          || message.method() != StunMethod.BINDING) {
        counters.drop(DropReason.UNEXPECTED);
      }
      return true;
    } catch (MalformedStunException e) {
      counters.drop(DropReason.MALFORMED);
      return false;
    }
  }

  private void request(ClientPath path, StunMessage request, long nowNanos)
      throws MalformedStunException {
    counters.increment(Count.REQUESTS);
    switch (request.method()) {
      case StunMethod.BINDING -> binding(path, request, nowNanos);
      case StunMethod.ALLOCATE,
          StunMethod.REFRESH,
          StunMethod.CREATE_PERMISSION,
          StunMethod.CHANNEL_BIND,
          StunMethod.CONNECT,
          StunMethod.CONNECTION_BIND ->
          protectedRequest(path, request, nowNanos);
      default -> counters.drop(DropReason.UNEXPECTED);
    }
  }

  private void binding(ClientPath path, StunMessage request, long nowNanos)
      throws MalformedStunException {
    if (!mayAnswerStranger(path, nowNanos)) {
      return;
    }
    counters.increment(Count.BINDINGS);
    List<Integer> unknown =
        request.unknownRequired(
            attribute -> isCredential(attribute) || bindings.isKnown(attribute));
    if (unknown.isEmpty()) {
      bindings.handle(path, request);
    } else {
      send(
          path,
          request,
          StunWriter.error(request, StunError.UNKNOWN_ATTRIBUTE).unknownAttributes(unknown));
    }
  }

  /** A request that needs credentials (RFC 8489 section 9.2.4). */
  private void protectedRequest(ClientPath path, StunMessage request, long nowNanos)
      throws MalformedStunException {
    boolean isDatagram = path.transport() == ClientTransport.UDP;
    if (isDatagram && isTooShortToChallenge(request)) {
      boolean isLost = request.method() != StunMethod.ALLOCATE && !path.hasAllocation();
      fail(path, request, isLost ? StunError.ALLOCATION_MISMATCH : StunError.BAD_REQUEST, nowNanos);
      return;
    }
    switch (context
        .authenticator()
        .check(
            request,
            path.client(),
            isDatagram,
            tokenHolder(path, request, nowNanos),
            context.epochMillis())) {
      case AuthDecision.Granted(Principal principal) ->
          granted(new Exchange(path, request, principal, nowNanos));
      case AuthDecision.Challenged challenged -> {
        counters.authFailed(challenged.failure());
        if (mayAnswerStranger(path, nowNanos)) {
          counters.increment(Count.CHALLENGES);
          StunWriter answer = StunWriter.error(request, challenged.code());
          challenged.challenge().write(answer);
          send(path, request, answer);
        }
      }
      case AuthDecision.Refused refused -> {
        counters.authFailed(refused.failure());
        fail(path, request, StunError.BAD_REQUEST, nowNanos);
      }
    }
  }

  /** Whose access token signs a request that shows none (RFC 7635 section 9). */
  private @Nullable Principal tokenHolder(ClientPath path, StunMessage request, long nowNanos)
      throws MalformedStunException {
    Allocation allocation = path.allocation;
    if (allocation != null && !allocation.isExpired(nowNanos)) {
      return allocation.tokenHolder;
    }
    if (request.method() != StunMethod.CONNECTION_BIND) {
      return null;
    }
    long id = request.uint32(StunAttribute.CONNECTION_ID, -1);
    return id < 0 ? null : context.connectionIds().tokenHolder((int) id);
  }

  /**
   * Whether a request without credentials is so short that a challenge would be more than three
   * times as long. No client sends such a one: Allocate says which transport it wants.
   */
  private static boolean isTooShortToChallenge(StunMessage request) {
    return request.integrity() == IntegrityKind.NONE
        && (request.length() < MIN_CHALLENGED_BYTES
            || (request.method() == StunMethod.ALLOCATE
                && !request.has(StunAttribute.REQUESTED_TRANSPORT)));
  }

  private void granted(Exchange exchange) throws MalformedStunException {
    Allocation allocation = exchange.path().allocation;
    if (allocation != null && !allocations.isLiveStill(allocation, exchange.nowNanos())) {
      allocation = null;
    }
    if (allocation != null && !allocation.username.equals(exchange.principal().username())) {
      exchange.fail(StunError.WRONG_CREDENTIALS);
      return;
    }
    List<Integer> unknown = exchange.request().unknownRequired(this::isKnown);
    if (!unknown.isEmpty()) {
      exchange.answer(
          StunWriter.error(exchange.request(), StunError.UNKNOWN_ATTRIBUTE)
              .unknownAttributes(unknown));
      return;
    }
    try {
      switch (exchange.request().method()) {
        case StunMethod.ALLOCATE -> allocates.handle(exchange);
        case StunMethod.REFRESH -> refreshes.handle(exchange);
        case StunMethod.CREATE_PERMISSION -> permissions.createPermission(exchange);
        case StunMethod.CHANNEL_BIND -> permissions.bindChannel(exchange);
        case StunMethod.CONNECT -> connect(exchange, allocation);
        case StunMethod.CONNECTION_BIND -> bindConnection(exchange, allocation);
        default -> throw new IllegalStateException("not a request with credentials");
      }
    } catch (MalformedStunException e) {
      exchange.fail(StunError.BAD_REQUEST);
    }
  }

  private void connect(Exchange exchange, @Nullable Allocation allocation)
      throws MalformedStunException {
    TcpRelay tcp = allocation == null ? null : allocation.tcp;
    if (allocation == null) {
      exchange.fail(StunError.ALLOCATION_MISMATCH);
    } else if (tcp == null) {
      exchange.fail(StunError.BAD_REQUEST);
    } else {
      tcp.connect(exchange);
      allocations.schedule(allocation, exchange.nowNanos());
    }
  }

  /** A client comes with a new connection for a peer's (RFC 6062 section 5.4). */
  private void bindConnection(Exchange exchange, @Nullable Allocation allocation)
      throws MalformedStunException {
    long id = exchange.request().uint32(StunAttribute.CONNECTION_ID, -1);
    if (id < 0
        || allocation != null
        || !(exchange.path() instanceof ConnectionPath data && data.transport().isStream())) {
      exchange.fail(StunError.BAD_REQUEST);
      return;
    }
    PeerConnection peer = context.connectionIds().take((int) id, exchange.principal().username());
    if (peer == null) {
      exchange.fail(StunError.BAD_REQUEST);
      return;
    }
    counters.increment(Count.TCP_CONNECTIONS);
    exchange.answer(exchange.success());
    if (!peer.join(data)) {
      data.close();
    }
  }

  private boolean isKnown(int attribute) {
    return switch (attribute) {
      case StunAttribute.CHANNEL_NUMBER,
          StunAttribute.LIFETIME,
          StunAttribute.XOR_PEER_ADDRESS,
          StunAttribute.DATA,
          StunAttribute.REQUESTED_ADDRESS_FAMILY,
          StunAttribute.EVEN_PORT,
          StunAttribute.REQUESTED_TRANSPORT,
          StunAttribute.RESERVATION_TOKEN ->
          true;
      case StunAttribute.DONT_FRAGMENT -> canForbidFragments;
      case StunAttribute.CONNECTION_ID -> context.config().tcpRelaying();
      default -> isCredential(attribute);
    };
  }

  private static boolean isCredential(int attribute) {
    return switch (attribute) {
      case StunAttribute.USERNAME,
          StunAttribute.MESSAGE_INTEGRITY,
          StunAttribute.MESSAGE_INTEGRITY_SHA256,
          StunAttribute.PASSWORD_ALGORITHM,
          StunAttribute.USERHASH,
          StunAttribute.REALM,
          StunAttribute.NONCE,
          StunAttribute.ACCESS_TOKEN ->
          true;
      default -> false;
    };
  }

  private void fail(ClientPath path, StunMessage request, int code, long nowNanos) {
    if (mayAnswerStranger(path, nowNanos)) {
      send(path, request, StunWriter.error(request, code));
    }
  }

  private static void send(ClientPath path, StunMessage request, StunWriter answer) {
    if (request.hasFingerprint()) {
      answer.fingerprint();
    }
    path.send(answer.toBytes());
  }

  /**
   * Whether a source that showed no credentials gets an answer. Over UDP its address may be
   * somebody else's, who must not be flooded.
   */
  private boolean mayAnswerStranger(ClientPath path, long nowNanos) {
    if (path instanceof DatagramPath datagrams
        && !path.hasAllocation()
        && !strangers.admit(datagrams.family(), datagrams.high(), datagrams.low(), nowNanos)) {
      counters.drop(DropReason.RATE_LIMITED);
      return false;
    }
    return true;
  }

  /**
   * Lets the loop that owns an allocation take over a client who has moved to an address that the
   * system gives to this loop, or to another kind of connection.
   */
  void handOver(Exchange exchange, MobilityTickets.Holder holder) {
    TurnServer owner = holder.engine();
    ClientPath here = exchange.path();
    ClientPath there = seenBy(owner, holder.allocation(), here);
    there.whenForgotten = () -> execute(() -> takeBack(here));
    here.handover = new Handover(owner, there);
    allocations.register(here);
    owner.execute(() -> owner.takeOver(there, exchange, holder.allocation()));
  }

  /** A client of this loop as the owner of its allocation is to see it. */
  private ClientPath seenBy(TurnServer owner, Allocation allocation, ClientPath here) {
    // Every loop of UDP has the sockets of all listeners: only the way in leads through this one.
    return here instanceof DatagramPath datagrams
            && allocation.path instanceof DatagramPath
            && owner.shard.listeners().equals(shard.listeners())
        ? new DatagramPath(
            owner.shard.output(),
            datagrams.listener(),
            datagrams.server(),
            datagrams.family(),
            datagrams.high(),
            datagrams.low(),
            datagrams.port())
        : new CarriedPath(here, this);
  }

  private void takeOver(ClientPath path, Exchange exchange, Allocation allocation) {
    Exchange moved =
        new Exchange(path, exchange.request(), exchange.principal(), exchange.nowNanos());
    try {
      refreshes.moveHere(moved, allocation);
    } catch (MalformedStunException e) {
      moved.fail(StunError.BAD_REQUEST);
    }
    if (!path.hasAllocation()) {
      path.forgotten();
    }
  }

  private void takeBack(ClientPath path) {
    path.handover = null;
    allocations.forget(path);
  }

  void execute(Runnable task) {
    shard.loop().execute(task);
  }

  @Override
  public void closed(ConnectionPath path, long nowNanos) {
    Handover handover = path.handover;
    if (handover != null) {
      path.handover = null;
      handover.closed(nowNanos);
      return;
    }
    Allocation allocation = path.allocation;
    if (allocation == null) {
      return;
    }
    if (path == allocation.nextPath) {
      allocations.forget(path);
      allocation.nextPath = null;
      return;
    }
    if (allocation.ticket != null) {
      // The client may come back from another address until its time is over (RFC 8016).
      return;
    }
    allocations.end(allocation, EndReason.DISCONNECTED, nowNanos);
  }

  @Override
  public void advance(long nowNanos) {
    allocations.advance(nowNanos);
  }

  @Override
  public long nextDeadlineNanos() {
    return allocations.nextDeadlineNanos();
  }

  /** What has been counted; readable by any thread. */
  public RelayCounters counters() {
    return counters;
  }

  /** Everything that lives; on the loop's thread. */
  public List<SessionView> sessions(long nowNanos) {
    List<SessionView> views = new ArrayList<>(allocations.size());
    allocations.forEach(allocation -> views.add(allocation.view(nowNanos)));
    return views;
  }

  /**
   * Ends an allocation; on the loop's thread.
   *
   * @param sessionId as in {@link SessionView#id}
   * @return whether it was there
   */
  public boolean end(String sessionId, long nowNanos) {
    for (Allocation allocation : allocations.all()) {
      if (allocation.id.equals(sessionId)) {
        allocations.end(allocation, EndReason.ENDED_BY_OPERATOR, nowNanos);
        return true;
      }
    }
    return false;
  }

  /** Takes permissions back that a new peer policy forbids; on the loop's thread. */
  public void recheckPolicy() {
    allocations.forEach(allocation -> {
      permissions.recheck(allocation);
      TcpRelay tcp = allocation.tcp;
      if (tcp != null) {
        tcp.recheck();
      }
    });
  }

  /** Ends everything; on the loop's thread. */
  public void endAll(long nowNanos) {
    for (Allocation allocation : allocations.all()) {
      allocations.end(allocation, EndReason.SHUTDOWN, nowNanos);
    }
  }
}
