package org.peerstead.discovery.rpc.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.RpcConfig.Mode;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.MalformedPacketException;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * One node of a dht-rpc network.
 *
 * <p><b>Life.</b> A node starts by asking for its own surroundings. Until others confirmed its
 * address it is ephemeral: it asks, and answers what it is asked, but sends no id, so nobody enters
 * it into a table. It becomes persistent at once when its operator states the public address, else
 * after {@link #STABLE_TICKS} ticks with a stable address that strangers reach; its id is then the
 * hash of that address.
 *
 * <p><b>Upkeep.</b> Every tick (5 s) is cheap; every eighth pings the nodes not heard of for the
 * longest time, every sixtieth without other queries looks for new ones.
 *
 * <p><b>Hostile packets</b> are dropped without state: responses count only with the number and
 * from the address of a request of ours, requests change nothing but through their command, and an
 * unknown asker enters the table only after it answered a ping ({@link TableKeeper}). What a packet
 * says our address is counts only in such responses.
 *
 * <p>Not thread-safe: one owner thread makes all calls. After each call {@link #nextDeadlineNanos}
 * says when {@link #advance} has to be called at the latest.
 */
public final class RpcNode {
  /** Length of a tick, 5 s. */
  public static final long TICK_NANOS = 5_000_000_000L;

  /** Longest delay that a delayed ping may ask for, 10 s. */
  public static final long MAX_PING_DELAY_MILLIS = 10_000;

  /** Ticks until an adaptive node checks whether it can serve (20 min). */
  static final int STABLE_TICKS = 240;

  /** Ticks until it checks again (60 min). */
  static final int MORE_STABLE_TICKS = 720;

  /** Ticks without a query until the node looks for new nodes (5 min). */
  static final int REFRESH_TICKS = 60;

  /** Hints about silent nodes sent in one tick. */
  static final int MAX_HINTS_PER_TICK = 50;

  private static final int PING_EVERY_TICKS = 8;
  private static final int REFRESH_SMALL_TABLE_EVERY_TICKS = 64;
  private static final int SLEEP_TICKS = 3;

  /** Delayed pings kept at the same time; more are dropped. */
  private static final int MAX_DELAYED_PINGS = 1_000;

  private final RpcConfig config;
  private final Transport transport;
  private final CommandHandler handler;
  private final RpcListener listener;
  private final RandomGenerator chance;
  private final TokenIssuer tokens;
  private final Requests requests;
  private final TableKeeper keeper;
  private final long startedNanos;
  private final NetworkHealth health = new NetworkHealth();

  private NatSampler nat = new NatSampler();
  private final Set<NodeAddress> sampledSeeds = new HashSet<>();
  private boolean firewalled;
  private boolean ephemeral = true;
  private @Nullable NodeAddress servedAs;
  private boolean checkingNetwork;
  private List<NodeAddress> bootstrap;
  private @Nullable Integer checkedHost;

  private final Set<QueryRun> queries = new LinkedHashSet<>();
  private final PriorityQueue<DelayedPing> delayedPings =
      new PriorityQueue<>(Comparator.comparingLong(DelayedPing::atNanos));
  private final ArrayDeque<Runnable> whenReady = new ArrayDeque<>();

  private int tick;
  private int stableTicks = STABLE_TICKS;
  private int refreshTicks;
  private int hintsThisTick;
  private long nextTickNanos;
  private long nowNanos;
  private SocketSide lastSocket = SocketSide.CLIENT;
  private boolean started;
  private boolean ready;
  private boolean suspended;
  private boolean closed;

  /**
   * A node that has not started yet.
   *
   * @param secrets for tokens and the first id; has to be unpredictable
   * @param chance for everything that only has to differ between nodes
   */
  public RpcNode(
      RpcConfig config,
      Transport transport,
      CommandHandler handler,
      RpcListener listener,
      Entropy secrets,
      RandomGenerator chance,
      long nowNanos) {
    this.config = config;
    this.transport = transport;
    this.handler = handler;
    this.listener = listener;
    this.chance = chance;
    this.nowNanos = nowNanos;
    this.startedNanos = nowNanos;
    this.firewalled = config.firewalled();
    this.bootstrap = config.bootstrap();
    this.tokens = new TokenIssuer(secrets, nowNanos);
    this.requests = new Requests(transport, listener, chance, nowNanos);
    this.keeper = new TableKeeper(this, new RoutingTable(Fixed32.of(secrets.next(Fixed32.SIZE))));
    this.refreshTicks = randomised(REFRESH_TICKS);
    // A random phase, so that nodes that were started together do not work in step.
    this.nextTickNanos = nowNanos + chance.nextLong(TICK_NANOS / 2, TICK_NANOS + 1);
  }

  private int randomised(int ticks) {
    return ticks - chance.nextInt(ticks / 2);
  }

  /** A delayed ping that is still to be answered. */
  private record DelayedPing(long atNanos, InboundExchange exchange) {}

  // ------------------------------------------------------------------------------------ driving

  /**
   * Starts: takes the address that the operator states, and looks around.
   *
   * @param remembered nodes from before a restart
   * @param whenReady called once, when the node has looked around; maybe before this returns
   */
  public void start(List<NodeAddress> remembered, Runnable whenReady, long now) {
    setNow(now);
    started = true;
    this.whenReady.add(whenReady);
    @Nullable NodeAddress stated = config.publicAddress();
    if (stated != null) {
      nat.add(stated);
      if (config.mode() == Mode.PERSISTENT) {
        becomePersistent(stated);
      }
    }
    for (NodeAddress address : remembered) {
      if (!isOwnAddress(address) && address.port() != 0) {
        keeper.remember(address);
      }
    }
    lookAround(
        config.quickFirewallCheck() && firewalled && config.mode() != Mode.PERSISTENT, true, now);
  }

  /**
   * Takes one datagram.
   *
   * @param datagram its whole content, in an array that does not change any more
   */
  public void receive(SocketSide socket, NodeAddress from, Slice datagram, long now) {
    setNow(now);
    if (closed || suspended) {
      return;
    }
    if (from.port() == 0) {
      listener.dropped(DropReason.BAD_SOURCE, from);
      return;
    }
    lastSocket = socket;
    try {
      switch (RpcCodec.decode(datagram)) {
        case Request request -> onRequest(request, socket, from, now);
        case Response response -> onResponse(response, socket, from, now);
      }
    } catch (MalformedPacketException e) {
      listener.dropped(
          switch (e.reason()) {
            case TRUNCATED -> DropReason.TRUNCATED;
            case NOT_RPC -> DropReason.NOT_RPC;
            case LIMIT_EXCEEDED -> DropReason.LIMIT_EXCEEDED;
          },
          from);
    }
  }

  /** Does what is due. */
  public void advance(long now) {
    setNow(now);
    if (closed || suspended) {
      return;
    }
    requests.advance(now);
    @Nullable DelayedPing first = delayedPings.peek();
    while (first != null && first.atNanos() - now <= 0) {
      delayedPings.remove();
      first.exchange().replyBare(null);
      first = delayedPings.peek();
    }
    if (nextTickNanos - now <= 0) {
      onTick(now);
    }
  }

  /** When {@link #advance} has to be called at the latest; {@link Long#MAX_VALUE} for never. */
  public long nextDeadlineNanos() {
    if (closed || suspended || !started) {
      return Long.MAX_VALUE;
    }
    long deadline = Math.min(nextTickNanos, requests.nextDeadlineNanos());
    @Nullable DelayedPing first = delayedPings.peek();
    return first == null ? deadline : Math.min(deadline, first.atNanos());
  }

  /** Ends everything; requests and queries that run fail. Calls afterwards do nothing. */
  public void close(long now) {
    setNow(now);
    closed = true;
    endEverything(now);
  }

  /** The sockets are going away for a while: requests and queries that run fail. */
  public void suspend(long now) {
    setNow(now);
    if (!suspended && !closed) {
      suspended = true;
      endEverything(now);
    }
  }

  /** The sockets are back, maybe in another network. */
  public void resume(long now) {
    setNow(now);
    if (suspended && !closed) {
      suspended = false;
      wakeUp(now);
    }
  }

  /**
   * The machine slept or moved to another network: what was learned before is old, an adaptive node
   * serves nobody until it has proved itself again.
   */
  public void wakeUp(long now) {
    setNow(now);
    tick += 2 * TableKeeper.OLD_TICKS;
    tick += PING_EVERY_TICKS - tick % PING_EVERY_TICKS - 2;
    stableTicks = MORE_STABLE_TICKS;
    refreshTicks = 1;
    checkedHost = null;
    health.reset();
    nextTickNanos = now + TICK_NANOS;
    listener.wokeUp();
    if (config.mode() == Mode.ADAPTIVE && !ephemeral) {
      ephemeral = true;
      listener.becameEphemeral();
    }
  }

  /**
   * Replaces the nodes that are asked when too few others are known, for example because a name of
   * a seed has got another address.
   */
  public void useBootstrap(List<NodeAddress> nodes) {
    bootstrap = List.copyOf(nodes);
  }

  private void endEverything(long now) {
    delayedPings.clear();
    for (QueryRun query : List.copyOf(queries)) {
      query.cancel(now);
    }
    requests.failAll(now);
  }

  private void setNow(long now) {
    nowNanos = now;
  }

  // ------------------------------------------------------------------------------------- asking

  /** Sends {@code request} to {@code to}. */
  public void request(
      NodeAddress to, OutgoingRequest request, ReplyListener replyListener, long now) {
    setNow(now);
    ask(to, request, replyListener, now);
  }

  /**
   * Asks {@code to} to answer after {@code delayMillis}, which finds out how long a path through a
   * NAT stays open.
   *
   * @param delayMillis 0 to {@link #MAX_PING_DELAY_MILLIS}
   */
  public void delayedPing(NodeAddress to, long delayMillis, ReplyListener replyListener, long now) {
    setNow(now);
    if (delayMillis < 0 || delayMillis > MAX_PING_DELAY_MILLIS) {
      throw new IllegalArgumentException(
          "delay " + delayMillis + " ms outside 0-" + MAX_PING_DELAY_MILLIS);
    }
    OutgoingRequest request =
        new OutgoingRequest(
            true,
            InternalCommand.DELAYED_PING,
            null,
            null,
            new CompactWriter(4).uint32(delayMillis).toSlice(),
            OutgoingRequest.DEFAULT_RETRIES);
    send(to, request, Requests.TIMEOUT_NANOS + delayMillis * 1_000_000, replyListener, now);
  }

  /** Starts a query. With nobody to ask it has ended when this returns. */
  public Query query(QuerySpec spec, QueryListener queryListener, long now) {
    setNow(now);
    refreshTicks = REFRESH_TICKS;
    return run(new QueryRun(this, spec, false, queryListener), now);
  }

  private Query run(QueryRun query, long now) {
    if (closed || suspended) {
      query.cancel(now);
    } else {
      queries.add(query);
      query.start(now);
    }
    return query;
  }

  void queryEnded(QueryRun query) {
    queries.remove(query);
  }

  void ask(NodeAddress to, OutgoingRequest request, ReplyListener replyListener, long now) {
    send(to, request, Requests.TIMEOUT_NANOS, replyListener, now);
  }

  private void send(
      NodeAddress to,
      OutgoingRequest request,
      long timeoutNanos,
      ReplyListener replyListener,
      long now) {
    if (closed || suspended || to.port() == 0) {
      replyListener.failed(now);
      return;
    }
    SocketSide socket = askingSide();
    requests.send(
        socket, idOn(socket), to, request, timeoutNanos, new Watched(to, replyListener), now);
  }

  /** Notes in the routing table whether a node answers, before whoever asked hears of it. */
  private final class Watched implements Requests.Watcher {
    private final NodeAddress to;
    private final ReplyListener asker;

    Watched(NodeAddress to, ReplyListener asker) {
      this.to = to;
      this.asker = asker;
    }

    @Override
    public void slow(long now) {
      if (asker instanceof Requests.Watcher watcher) {
        watcher.slow(now);
      }
    }

    @Override
    public void replied(Reply reply, long now) {
      health.answered();
      asker.replied(reply, now);
    }

    @Override
    public void failed(long now) {
      if (!closed && !suspended) {
        health.timedOut();
        keeper.silent(to);
      }
      asker.failed(now);
    }
  }

  void hintDown(NodeAddress recommender, NodeAddress silent, long now) {
    if (hintsThisTick < MAX_HINTS_PER_TICK) {
      hintsThisTick++;
      CompactWriter value = new CompactWriter(NodeAddress.BYTES);
      silent.write(value);
      ask(
          recommender,
          new OutgoingRequest(
              true,
              InternalCommand.DOWN_HINT,
              null,
              null,
              value.toSlice(),
              OutgoingRequest.DEFAULT_RETRIES),
          Ignored.LISTENER,
          now);
    }
  }

  private enum Ignored implements ReplyListener {
    LISTENER;

    @Override
    public void replied(Reply reply, long now) {}

    @Override
    public void failed(long now) {}
  }

  // ---------------------------------------------------------------------------------- receiving

  private void onResponse(Response response, SocketSide socket, NodeAddress from, long now) {
    Requests.@Nullable Outstanding outstanding = requests.take(response, from, now);
    if (outstanding == null) {
      return;
    }
    long roundTrip = now - outstanding.sentNanos();
    listener.answered(from, roundTrip);
    @Nullable Fixed32 id = validId(response.id(), from);
    if (id == null) {
      sampleSeed(from, response.to());
    } else {
      @Nullable TableNode entry = keeper.answered(from, id);
      if (entry != null && socket == askingSide()) {
        sample(entry, response.to());
      }
    }
    outstanding.listener().replied(new Reply(response, from, id, roundTrip), now);
  }

  private void onRequest(Request request, SocketSide socket, NodeAddress from, long now) {
    InboundExchange exchange = new InboundExchange(this, request, from, socket, now);
    @Nullable Fixed32 token = request.token();
    if (token != null && !tokens.accepts(token, from, now)) {
      exchange.replyInvalidToken();
      return;
    }
    @Nullable Fixed32 id = validId(request.id(), from);
    if (id != null) {
      keeper.introduced(from, id, now);
    }
    if (request.internal()) {
      onInternal(exchange, request, now);
      return;
    }
    handler.handle(exchange, now);
    if (!exchange.hasEnded()) {
      throw new IllegalStateException("command " + request.command() + " was not ended");
    }
  }

  private void onInternal(InboundExchange exchange, Request request, long now) {
    @Nullable Slice value = request.value();
    if (request.command() == InternalCommand.PING) {
      exchange.replyBare(null);
    } else if (request.command() == InternalCommand.FIND_NODE) {
      if (request.target() == null) {
        exchange.drop(DropReason.INCOMPLETE_REQUEST);
      } else {
        exchange.replyCloserNodes();
      }
    } else if (request.command() == InternalCommand.PING_NAT) {
      int port = value == null || value.length() < 2 ? 0 : uint16(value);
      if (port == 0) {
        exchange.drop(DropReason.INCOMPLETE_REQUEST);
      } else {
        exchange.replyToPort(port);
      }
    } else if (request.command() == InternalCommand.DOWN_HINT) {
      onDownHint(exchange, value, now);
    } else if (request.command() == InternalCommand.DELAYED_PING) {
      onDelayedPing(exchange, value, now);
    } else {
      exchange.replyError(RpcError.UNKNOWN_COMMAND);
    }
  }

  private static int uint16(Slice value) {
    return (value.at(0) & 0xff) | (value.at(1) & 0xff) << 8;
  }

  private void onDownHint(InboundExchange exchange, @Nullable Slice value, long now) {
    if (value == null || value.length() < NodeAddress.BYTES) {
      exchange.drop(DropReason.INCOMPLETE_REQUEST);
      return;
    }
    try {
      keeper.hinted(NodeAddress.read(value.reader()), now);
    } catch (EncodingException e) {
      throw new IllegalStateException("six bytes are an address", e);
    }
    exchange.replyBare(null);
  }

  private void onDelayedPing(InboundExchange exchange, @Nullable Slice value, long now) {
    if (value == null || value.length() < 4) {
      exchange.drop(DropReason.INCOMPLETE_REQUEST);
      return;
    }
    long delayMillis =
        (value.at(0) & 0xffL)
            | (value.at(1) & 0xffL) << 8
            | (value.at(2) & 0xffL) << 16
            | (value.at(3) & 0xffL) << 24;
    if (delayMillis > MAX_PING_DELAY_MILLIS) {
      exchange.drop(DropReason.BAD_VALUE);
    } else if (delayedPings.size() >= MAX_DELAYED_PINGS) {
      exchange.drop(DropReason.RATE_LIMITED);
    } else {
      delayedPings.add(new DelayedPing(now + delayMillis * 1_000_000, exchange));
    }
  }

  private static @Nullable Fixed32 validId(@Nullable Fixed32 claimed, NodeAddress from) {
    if (claimed == null) {
      return null;
    }
    Fixed32 expected = NodeId.of(from);
    return expected.equals(claimed) ? expected : null;
  }

  private void sample(TableNode entry, NodeAddress seenAs) {
    if (entry.sampled < 0 || tick - entry.sampled >= TableKeeper.OLD_TICKS) {
      entry.sampled = tick;
      nat.add(seenAs);
    }
  }

  /** Seeds that send no id are good for an observation all the same, a few of them. */
  private void sampleSeed(NodeAddress from, NodeAddress seenAs) {
    if (sampledSeeds.size() < Math.max(1, bootstrap.size()) && sampledSeeds.add(from)) {
      nat.add(seenAs);
    }
  }

  // -------------------------------------------------------------------------------------- upkeep

  private void onTick(long now) {
    if (now - nextTickNanos > SLEEP_TICKS * TICK_NANOS) {
      wakeUp(now);
      return;
    }
    tick++;
    nextTickNanos += TICK_NANOS;
    hintsThisTick = 0;
    if (health.tick()) {
      listener.connectivityChanged(health.connectivity());
    }
    if (!ready) {
      return;
    }
    if (config.mode() != Mode.EPHEMERAL && ephemeral) {
      stableTicks--;
      if (stableTicks <= 0) {
        if (checkedHost != null && nat.isHostKnown() && checkedHost == nat.host()) {
          stableTicks = MORE_STABLE_TICKS;
        } else {
          updateNetworkState(false, changed -> {}, now);
        }
      }
    }
    if (tick % PING_EVERY_TICKS == 0) {
      pingSome(now);
    }
    refreshTicks--;
    boolean isSmall = keeper.table().size() < RoutingTable.BUCKET_SIZE;
    if (refreshTicks <= 0 || isSmall && tick % REFRESH_SMALL_TABLE_EVERY_TICKS == 0) {
      refresh(now);
    }
  }

  private void pingSome(long now) {
    @Nullable TableNode oldest = keeper.table().oldest();
    if (oldest == null) {
      refresh(now);
      return;
    }
    boolean isRecent = tick - oldest.pinged < TableKeeper.RECENT_TICKS;
    keeper.pingOldest(isRecent ? 2 : requests.outstanding() > 2 ? 3 : 5, now);
  }

  /** Looks for nodes somewhere in the key space. */
  private void refresh(long now) {
    @Nullable TableNode random = keeper.table().random(chance);
    Fixed32 target = random == null ? keeper.table().ownId() : random.id;
    lookFor(
        target,
        new QueryListener() {
          @Override
          public void finished(QueryResult result, long atNanos) {}
        },
        now);
  }

  private void lookFor(Fixed32 target, QueryListener queryListener, long now) {
    refreshTicks = REFRESH_TICKS;
    QuerySpec spec =
        new QuerySpec(
            target,
            true,
            InternalCommand.FIND_NODE,
            null,
            List.of(),
            OutgoingRequest.QUERY_RETRIES,
            null);
    run(new QueryRun(this, spec, true, queryListener), now);
  }

  /** Asks for the own surroundings, and once more when that changed the own id. */
  private void lookAround(boolean testFirewall, boolean mayRepeat, long now) {
    QuickTest quickTest = new QuickTest(testFirewall);
    lookFor(
        keeper.table().ownId(),
        new QueryListener() {
          @Override
          public void replied(Reply reply, long atNanos) {
            quickTest.ask(reply.from(), atNanos);
          }

          @Override
          public void finished(QueryResult result, long atNanos) {
            quickTest.whenOver(passed -> onLookedAround(passed, mayRepeat, nowNanos));
          }
        },
        now);
  }

  private void onLookedAround(boolean passedQuickTest, boolean mayRepeat, long now) {
    if (closed || suspended) {
      return;
    }
    boolean force = config.mode() == Mode.PERSISTENT && ephemeral;
    if (!mayRepeat || !force && !passedQuickTest) {
      becomeReady();
      return;
    }
    updateNetworkState(
        !force,
        changed -> {
          if (changed) {
            lookAround(false, false, nowNanos);
          } else {
            becomeReady();
          }
        },
        now);
  }

  /**
   * The first node that answers is asked to answer to the server socket as well. Only an answer
   * makes a real check worth its packets. In a small network the first query is over before that
   * answer can be there, so the test is waited for, one second at most.
   */
  private final class QuickTest implements ReplyListener {
    private boolean wanted;
    private boolean running;
    private boolean passed;
    private @Nullable StateListener waiting;

    QuickTest(boolean wanted) {
      this.wanted = wanted;
    }

    void ask(NodeAddress first, long now) {
      if (wanted) {
        wanted = false;
        running = true;
        OutgoingRequest pingBack = FirewallCheck.pingBack(localServerPort());
        RpcNode.this.ask(
            first,
            new OutgoingRequest(true, pingBack.command(), null, null, pingBack.value(), 0),
            this,
            now);
      }
    }

    void whenOver(StateListener listener) {
      if (running) {
        waiting = listener;
      } else {
        listener.ended(passed);
      }
    }

    @Override
    public void replied(Reply reply, long now) {
      passed = true;
      end();
    }

    @Override
    public void failed(long now) {
      end();
    }

    private void end() {
      running = false;
      if (waiting != null) {
        waiting.ended(passed);
      }
    }
  }

  private void becomeReady() {
    if (!ready) {
      ready = true;
      for (Runnable waiting = whenReady.poll(); waiting != null; waiting = whenReady.poll()) {
        waiting.run();
      }
    }
  }

  /** Hears the result of something that took a while. */
  private interface StateListener {
    void ended(boolean positive);
  }

  /**
   * Finds out whether strangers reach the server socket, and unless {@code onlyFirewall} becomes
   * persistent when they do.
   */
  private void updateNetworkState(boolean onlyFirewall, StateListener ended, long now) {
    if (!onlyFirewall) {
      stableTicks = MORE_STABLE_TICKS;
      checkedHost = nat.isHostKnown() ? nat.host() : null;
    }
    @Nullable NodeAddress before = nat.address();
    if (!ephemeral || onlyFirewall && !firewalled || before == null || checkingNetwork) {
      ended.ended(false);
      return;
    }
    if (!firewalled) {
      becomePersistent(before);
      ended.ended(true);
      return;
    }
    checkingNetwork = true;
    FirewallCheck.start(
        this,
        reachable -> {
          checkingNetwork = false;
          if (closed || suspended) {
            return;
          }
          listener.firewallChecked(reachable == null);
          @Nullable NodeAddress seenAs = reachable == null ? null : reachable.address();
          boolean sameNetwork = nat.isHostKnown() && nat.host() == before.host();
          if (reachable == null || seenAs == null || !sameNetwork || !ephemeral) {
            ended.ended(false);
            return;
          }
          firewalled = false;
          nat = reachable;
          sampledSeeds.clear();
          if (!onlyFirewall) {
            becomePersistent(seenAs);
          } else {
            keeper.moveTo(NodeId.of(seenAs));
          }
          ended.ended(true);
        },
        now);
  }

  private void becomePersistent(NodeAddress address) {
    Fixed32 id = NodeId.of(address);
    keeper.moveTo(id);
    ephemeral = false;
    servedAs = address;
    listener.becamePersistent(address, id);
    if (ready) {
      refresh(nowNanos);
    }
  }

  // ------------------------------------------------------------------------------------- looking

  /** Whether the node has looked around. */
  public boolean isReady() {
    return ready;
  }

  /** The id that others know this node by; null while it serves nobody. */
  public @Nullable Fixed32 id() {
    return ephemeral ? null : keeper.table().ownId();
  }

  /** What is known of the own address. */
  public AddressView address() {
    return new AddressView(
        nat.isHostKnown() ? new NodeAddress(nat.host(), 0).hostText() : null,
        nat.port(),
        nat.size(),
        firewalled,
        ephemeral);
  }

  /** The address under which strangers reach this node; null when they do not, or it is unknown. */
  public @Nullable NodeAddress reachableAddress() {
    @Nullable NodeAddress address = nat.address();
    return firewalled || address == null || address.port() != localServerPort() ? null : address;
  }

  /** The routing table, farthest bucket first. */
  public List<NodeInfo> nodes() {
    List<NodeInfo> nodes = new ArrayList<>();
    for (TableNode entry : keeper.table().all()) {
      nodes.add(
          new NodeInfo(
              entry.address,
              entry.id,
              NodeId.commonPrefix(keeper.table().ownId(), entry.id),
              startedNanos + entry.added * TICK_NANOS,
              startedNanos + entry.seen * TICK_NANOS));
    }
    return nodes;
  }

  /**
   * The known nodes nearest to {@code target}, nearest first.
   *
   * @param count 1 to 20
   */
  public List<NodeAddress> closest(Fixed32 target, int count) {
    return keeper.table().closest(target, count);
  }

  /** Number of nodes in the routing table. */
  public int tableSize() {
    return keeper.table().size();
  }

  /** Number of nodes that share exactly {@code bits} leading bits of their id with ours. */
  public int tableSize(int bits) {
    return keeper.table().sizeOfBucket(bits);
  }

  /** What the node makes of the answers it gets. */
  public Connectivity connectivity() {
    return health.connectivity();
  }

  /** Requests that are not answered yet. */
  public int inFlight() {
    return requests.outstanding();
  }

  /** Queries that run. */
  public int runningQueries() {
    return queries.size();
  }

  RoutingTable table() {
    return keeper.table();
  }

  NatSampler nat() {
    return nat;
  }

  RpcListener listener() {
    return listener;
  }

  Transport transport() {
    return transport;
  }

  int tick() {
    return tick;
  }

  long nowNanos() {
    return nowNanos;
  }

  /** The socket on which the packet that is being handled arrived. */
  SocketSide lastSocket() {
    return lastSocket;
  }

  int localServerPort() {
    return transport.localPort(SocketSide.SERVER);
  }

  List<NodeAddress> bootstrapNodes() {
    return bootstrap;
  }

  Fixed32 issueToken(NodeAddress to, long now) {
    return tokens.issue(to, now);
  }

  /** The id that packets from {@code socket} carry. */
  @Nullable Fixed32 idOn(SocketSide socket) {
    return ephemeral || socket != SocketSide.SERVER ? null : keeper.table().ownId();
  }

  boolean isOwnAddress(NodeAddress address) {
    return address.equals(servedAs) || address.equals(nat.address());
  }

  private SocketSide askingSide() {
    return firewalled ? SocketSide.CLIENT : SocketSide.SERVER;
  }
}
