package org.peerstead.discovery.rpc.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.MalformedPacketException;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * One node of a dht-rpc network.
 *
 * <p><b>Life.</b> A node starts by asking for its own surroundings. Until others confirmed its
 * address it is ephemeral: it asks, and answers what it is asked, but sends no id, so nobody enters
 * it into a table. It becomes persistent at once when its operator states the public address, else
 * after {@link Standing#STABLE_TICKS} ticks with a stable address that strangers reach; its id is
 * then the hash of that address.
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

  /** Ticks without a query until the node looks for new nodes (5 min). */
  static final int REFRESH_TICKS = 60;

  /** Ticks until a serving node looks for its neighbours through the seeds again (10 min). */
  static final int REJOIN_TICKS = 120;

  /** Hints about silent nodes sent in one tick. */
  static final int MAX_HINTS_PER_TICK = 50;

  private static final int PING_EVERY_TICKS = 8;
  private static final int REFRESH_SMALL_TABLE_EVERY_TICKS = 64;
  private static final int SLEEP_TICKS = 3;
  private static final QueryListener IGNORE_RESULT = (result, nowNanos) -> {};

  private final Transport transport;
  private final CommandHandler handler;
  private final RpcListener listener;
  private final RandomGenerator chance;
  private final TokenIssuer tokens;
  private final Requests requests;
  private final TableKeeper keeper;
  private final long startedNanos;
  private final NetworkHealth health = new NetworkHealth();

  private final Standing standing;
  private final InternalCommands internalCommands;
  private List<NodeAddress> bootstrap;

  private final Set<QueryRun> queries = new LinkedHashSet<>();
  private final ArrayDeque<Runnable> whenReady = new ArrayDeque<>();

  private int tick;
  private int refreshTicks;
  private int rejoinTicks;
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
    this.transport = transport;
    this.handler = handler;
    this.listener = listener;
    this.chance = chance;
    this.nowNanos = nowNanos;
    this.startedNanos = nowNanos;
    this.bootstrap = config.bootstrap();
    this.tokens = new TokenIssuer(secrets, nowNanos);
    this.requests = new Requests(transport, listener, chance, nowNanos);
    this.keeper = new TableKeeper(this, new RoutingTable(Fixed32.of(secrets.next(Fixed32.SIZE))));
    this.standing = new Standing(this, config, keeper);
    this.internalCommands = new InternalCommands(keeper);
    this.refreshTicks = randomised(REFRESH_TICKS);
    this.rejoinTicks = randomised(REJOIN_TICKS);
    // A random phase, so that nodes that were started together do not work in step.
    this.nextTickNanos = nowNanos + chance.nextLong(TICK_NANOS / 2, TICK_NANOS + 1);
  }

  private int randomised(int ticks) {
    return ticks - chance.nextInt(ticks / 2);
  }

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
    for (NodeAddress address : remembered) {
      if (!isOwnAddress(address) && address.port() != 0) {
        keeper.remember(address);
      }
    }
    standing.start(now);
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
    internalCommands.advance(now);
    if (nextTickNanos - now <= 0) {
      onTick(now);
    }
  }

  /** When {@link #advance} has to be called at the latest; {@link Long#MAX_VALUE} for never. */
  public long nextDeadlineNanos() {
    if (closed || suspended || !started) {
      return Long.MAX_VALUE;
    }
    return Math.min(
        nextTickNanos,
        Math.min(requests.nextDeadlineNanos(), internalCommands.nextDeadlineNanos()));
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
    refreshTicks = 1;
    rejoinTicks = randomised(REJOIN_TICKS);
    health.reset();
    nextTickNanos = now + TICK_NANOS;
    listener.wokeUp();
    standing.wakeUp();
  }

  /**
   * Replaces the nodes that are asked when too few others are known, for example because a name of
   * a seed has got another address.
   */
  public void useBootstrap(List<NodeAddress> nodes) {
    bootstrap = List.copyOf(nodes);
  }

  private void endEverything(long now) {
    internalCommands.clear();
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
    SocketSide socket = standing.askingSide();
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
      standing.sampleSeed(from, response.to());
    } else {
      @Nullable TableNode entry = keeper.answered(from, id);
      if (entry != null && socket == standing.askingSide()) {
        standing.sample(entry, response.to());
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
      internalCommands.handle(exchange, now);
      return;
    }
    handler.handle(exchange, now);
    if (!exchange.isTakenCareOf()) {
      throw new IllegalStateException("command " + request.command() + " was not ended");
    }
  }

  private static @Nullable Fixed32 validId(@Nullable Fixed32 claimed, NodeAddress from) {
    if (claimed == null) {
      return null;
    }
    Fixed32 expected = NodeId.of(from);
    return expected.equals(claimed) ? expected : null;
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
    standing.tick(now);
    if (tick % PING_EVERY_TICKS == 0) {
      pingSome(now);
    }
    refreshTicks--;
    boolean isSmall = keeper.table().size() < RoutingTable.BUCKET_SIZE;
    if (refreshTicks <= 0 || isSmall && tick % REFRESH_SMALL_TABLE_EVERY_TICKS == 0) {
      refresh(now);
    }
    if (!standing.isEphemeral()) {
      rejoinTicks--;
      if (rejoinTicks <= 0) {
        rejoin(now);
      }
    }
  }

  /**
   * Looks for the own neighbours, beginning at the seeds too. Two halves of a network that were
   * apart for some minutes have forgotten each other and know nothing but their seeds in common.
   *
   * <p>Differs from dht-rpc 6.27.0, which asks the seeds only at the start and while it knows fewer
   * than 20 nodes: its halves stay apart until newcomers happen to join them.
   */
  private void rejoin(long now) {
    rejoinTicks = randomised(REJOIN_TICKS);
    lookFor(keeper.table().ownId(), bootstrap, IGNORE_RESULT, now);
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
  void refresh(long now) {
    @Nullable TableNode random = keeper.table().random(chance);
    Fixed32 target = random == null ? keeper.table().ownId() : random.id;
    lookFor(target, List.of(), IGNORE_RESULT, now);
  }

  void lookFor(Fixed32 target, List<NodeAddress> seeds, QueryListener queryListener, long now) {
    refreshTicks = REFRESH_TICKS;
    QuerySpec spec =
        new QuerySpec(
            target,
            true,
            InternalCommand.FIND_NODE,
            null,
            seeds,
            OutgoingRequest.QUERY_RETRIES,
            null);
    run(new QueryRun(this, spec, true, queryListener), now);
  }

  void becomeReady() {
    if (!ready) {
      ready = true;
      for (Runnable waiting = whenReady.poll(); waiting != null; waiting = whenReady.poll()) {
        waiting.run();
      }
    }
  }

  // ------------------------------------------------------------------------------------- looking

  /** Whether the node has looked around. */
  public boolean isReady() {
    return ready;
  }

  /** The id that others know this node by; null while it serves nobody. */
  public @Nullable Fixed32 id() {
    return standing.isEphemeral() ? null : keeper.table().ownId();
  }

  /** What is known of the own address. */
  public AddressView address() {
    return standing.view();
  }

  /** The address under which strangers reach this node; null when they do not, or it is unknown. */
  public @Nullable NodeAddress reachableAddress() {
    return standing.reachableAddress();
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

  boolean isRunning() {
    return !closed && !suspended;
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
    return standing.nat();
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
    return standing.idOn(socket);
  }

  boolean isOwnAddress(NodeAddress address) {
    return standing.isOwn(address);
  }
}
