package org.peerstead.discovery.rpc.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * A running query. Asks up to {@link #CONCURRENCY} nodes at a time, always the nearest known one
 * first; one that has not answered for a second no longer counts as a place taken. It ends when the
 * 20 nearest nodes that answer are known, and then stores what is to be stored there.
 *
 * <p>Recommended nodes cost nothing but the packets to them: their ids are computed from their
 * addresses, at most {@link #MAX_VISITS} are asked whatever liars recommend, and who recommended a
 * silent node is told so.
 *
 * <p>Who owns one address can choose among 65,000 ids, and so have the 20 nearest to any target. So
 * a public /24 network has at most {@link #MAX_RESULTS_PER_NETWORK} places among the results, as
 * long as others answer; and so that nobody is flooded because liars recommend him, the other
 * recommended nodes of a network have to wait while {@link #MAX_UNANSWERED_PER_NETWORK} of it do
 * not answer.
 */
final class QueryRun implements Query {
  /** Nodes asked at the same time. */
  static final int CONCURRENCY = 10;

  /** The same for queries that nobody waits for. */
  static final int BACKGROUND_CONCURRENCY = 2;

  /** The same while only nodes named by the caller have been asked and none has answered. */
  static final int CAREFUL_CONCURRENCY = 3;

  /** Nodes asked by one query altogether. */
  static final int MAX_VISITS = 300;

  /** Results from one public /24 network, unless there are too few others. */
  static final int MAX_RESULTS_PER_NETWORK = 2;

  /** Recommended nodes of one public /24 network that may owe an answer. */
  static final int MAX_UNANSWERED_PER_NETWORK = 4;

  /** Recommended nodes of one public /24 network asked by one query altogether. */
  static final int MAX_VISITS_PER_NETWORK = 24;

  private static final int RESULTS = RoutingTable.BUCKET_SIZE;
  private static final int MAX_RECOMMENDERS = 4;

  private final RpcNode node;
  private final QuerySpec spec;
  private final QueryListener listener;
  private final boolean background;

  private final Map<NodeAddress, Visit> visits = new HashMap<>();
  private final PriorityQueue<Visit> pending;

  /** The nearest nodes that answered, nearest first, with few of each network. */
  private final List<Closest> closest = new ArrayList<>(RESULTS + 1);

  /** The nearest of those that are too many of their network. */
  private final List<Closest> surplus = new ArrayList<>(0);

  private final Map<Integer, Network> networks = new HashMap<>();
  private boolean usedTable;
  private boolean careful;
  private int asked;
  private int inFlight;
  private int slow;
  private int succeeded;
  private int failed;
  private int hops;

  private boolean committing;
  private int uncommitted;
  private int committed;
  private boolean finished;

  QueryRun(RpcNode node, QuerySpec spec, boolean background, QueryListener listener) {
    this.node = node;
    this.spec = spec;
    this.background = background;
    this.listener = listener;
    this.pending = new PriorityQueue<>((a, b) -> NodeId.compareDistance(spec.target(), a.id, b.id));
  }

  /** A node that answered, with its distance's id at hand. */
  private record Closest(Fixed32 id, Reply reply) {}

  /** What was asked of one public /24 network, and who has to wait. */
  private static final class Network {
    int asked;
    int answered;
    final List<Visit> waiting = new ArrayList<>(0);

    boolean isBusy() {
      return asked - answered >= MAX_UNANSWERED_PER_NETWORK || asked >= MAX_VISITS_PER_NETWORK;
    }
  }

  private @Nullable Network network(NodeAddress address) {
    return AddressScope.isPublic(address.host())
        ? networks.computeIfAbsent(address.host() >>> 8, key -> new Network())
        : null;
  }

  private enum VisitState {
    PENDING,
    ASKED,
    ANSWERED,
    DOWN
  }

  /** A node that was recommended, and what became of it. */
  private final class Visit implements Requests.Watcher {
    private final NodeAddress address;
    private final Fixed32 id;
    private final int hop;
    private final List<NodeAddress> recommenders = new ArrayList<>(1);
    private VisitState state = VisitState.PENDING;
    private boolean isSlow;

    Visit(NodeAddress address, Fixed32 id, int hop) {
      this.address = address;
      this.id = id;
      this.hop = hop;
    }

    @Override
    public void slow(long nowNanos) {
      isSlow = true;
      slow++;
      proceed(nowNanos);
    }

    @Override
    public void replied(Reply reply, long nowNanos) {
      land();
      state = VisitState.ANSWERED;
      @Nullable Network network = hop == 1 ? null : network(address);
      if (network != null) {
        network.answered++;
        pending.addAll(network.waiting);
        network.waiting.clear();
      }
      onReply(this, reply, nowNanos);
    }

    @Override
    public void failed(long nowNanos) {
      land();
      state = VisitState.DOWN;
      failed++;
      for (NodeAddress recommender : recommenders) {
        node.hintDown(recommender, address, nowNanos);
      }
      proceed(nowNanos);
    }

    private void land() {
      inFlight--;
      if (isSlow) {
        slow--;
      }
    }
  }

  void start(long nowNanos) {
    for (NodeAddress seed : spec.seeds()) {
      recommend(seed, null, 1, nowNanos);
    }
    addFromTable(nowNanos);
    if (pending.size() < RESULTS) {
      for (NodeAddress seed : node.bootstrapNodes()) {
        recommend(seed, null, 1, nowNanos);
      }
    }
    proceed(nowNanos);
    careful = !usedTable;
  }

  @Override
  public void cancel(long nowNanos) {
    if (!finished) {
      finish(true, nowNanos);
    }
  }

  @Override
  public boolean isFinished() {
    return finished;
  }

  private void addFromTable(long nowNanos) {
    int missing = RESULTS - pending.size();
    if (missing > 0) {
      usedTable = true;
      for (NodeAddress known : node.closest(spec.target(), missing)) {
        recommend(known, null, 1, nowNanos);
      }
    }
  }

  /** Whether {@code address} would be of use; then it is asked unless it was already. */
  private boolean recommend(
      NodeAddress address, @Nullable NodeAddress recommender, int hop, long nowNanos) {
    @Nullable Visit known = visits.get(address);
    if (known != null) {
      if (recommender != null) {
        if (known.state == VisitState.DOWN) {
          node.hintDown(recommender, address, nowNanos);
        } else if (known.state != VisitState.ANSWERED
            && known.recommenders.size() < MAX_RECOMMENDERS) {
          known.recommenders.add(recommender);
        }
      }
      return isCloser(known.id);
    }
    Fixed32 id = NodeId.of(address);
    if (!isCloser(id)) {
      return false;
    }
    if (visits.size() < 2 * MAX_VISITS) {
      Visit visit = new Visit(address, id, hop);
      if (recommender != null) {
        visit.recommenders.add(recommender);
      }
      visits.put(address, visit);
      pending.add(visit);
    }
    return true;
  }

  private boolean isCloser(Fixed32 id) {
    return closest.size() < RESULTS
        || NodeId.compareDistance(spec.target(), id, closest.getLast().id()) < 0;
  }

  private int concurrency() {
    int places =
        background && node.inFlight() >= 3
            ? BACKGROUND_CONCURRENCY
            : careful ? CAREFUL_CONCURRENCY : CONCURRENCY;
    return places + slow;
  }

  private void proceed(long nowNanos) {
    if (finished || committing) {
      return;
    }
    while (inFlight < concurrency() && asked < MAX_VISITS) {
      @Nullable Visit next = pending.poll();
      if (next == null) {
        break;
      }
      if (isCloser(next.id)) {
        visit(next, nowNanos);
      }
    }
    boolean nothingLeft = pending.isEmpty() || asked >= MAX_VISITS;
    if (!nothingLeft
        || inFlight > 0 && (slow < inFlight || closest.size() + surplus.size() < RESULTS)) {
      return;
    }
    if (!usedTable && succeeded < RESULTS / 4) {
      addFromTable(nowNanos);
      usedTable = true;
      proceed(nowNanos);
      return;
    }
    commit(nowNanos);
  }

  private void visit(Visit visit, long nowNanos) {
    // Whom this node knows itself has answered it before.
    @Nullable Network network = visit.hop == 1 ? null : network(visit.address);
    if (network != null) {
      if (network.isBusy()) {
        network.waiting.add(visit);
        return;
      }
      network.asked++;
    }
    asked++;
    inFlight++;
    visit.state = VisitState.ASKED;
    node.ask(
        visit.address,
        new OutgoingRequest(
            spec.internal(), spec.command(), spec.target(), null, spec.value(), spec.retries()),
        visit,
        nowNanos);
  }

  private void onReply(Visit visit, Reply reply, long nowNanos) {
    if (finished || committing) {
      return;
    }
    boolean accepted = reply.response().error() == RpcError.NONE;
    if (accepted) {
      succeeded++;
      hops = Math.max(hops, visit.hop);
    } else {
      failed++;
    }
    @Nullable Fixed32 id = reply.id();
    if (accepted && id != null && isCloser(id)) {
      insert(new Closest(id, reply));
    }
    for (NodeAddress closer : reply.response().closerNodes()) {
      if (closer.port() == 0 || node.isOwnAddress(closer)) {
        continue;
      }
      if (!recommend(closer, visit.address, visit.hop + 1, nowNanos)) {
        break;
      }
    }
    if (succeeded > 0 || failed >= CONCURRENCY) {
      careful = false;
    }
    if (accepted) {
      listener.replied(reply, nowNanos);
    }
    proceed(nowNanos);
  }

  private void insert(Closest answer) {
    int host = answer.reply().from().host();
    int sameNetwork = 0;
    int farthest = -1;
    if (AddressScope.isPublic(host)) {
      for (int i = 0; i < closest.size(); i++) {
        if ((closest.get(i).reply().from().host() ^ host) >>> 8 == 0) {
          sameNetwork++;
          farthest = i;
        }
      }
    }
    if (sameNetwork < MAX_RESULTS_PER_NETWORK) {
      insertSorted(closest, answer);
    } else if (distance(answer, closest.get(farthest)) < 0) {
      insertSorted(surplus, closest.remove(farthest));
      insertSorted(closest, answer);
    } else {
      insertSorted(surplus, answer);
    }
  }

  private int distance(Closest a, Closest b) {
    return NodeId.compareDistance(spec.target(), a.id(), b.id());
  }

  private void insertSorted(List<Closest> list, Closest answer) {
    int at = list.size();
    while (at > 0 && distance(answer, list.get(at - 1)) < 0) {
      at--;
    }
    list.add(at, answer);
    if (list.size() > RESULTS) {
      list.removeLast();
    }
  }

  /** Where too few networks answered, the places left go to whoever is nearest. */
  private void fillUp() {
    for (Closest answer : surplus) {
      if (closest.size() < RESULTS) {
        insertSorted(closest, answer);
      }
    }
    surplus.clear();
  }

  private void commit(long nowNanos) {
    committing = true;
    fillUp();
    @Nullable Function<Reply, @Nullable OutgoingRequest> commit = spec.commit();
    if (commit == null) {
      finish(false, nowNanos);
      return;
    }
    // One more than there are, so that nothing ends before all are sent.
    uncommitted = 1;
    for (Closest answer : closest) {
      @Nullable OutgoingRequest request = commit.apply(answer.reply());
      if (request != null) {
        uncommitted++;
        node.ask(answer.reply().from(), request, new CommitListener(), nowNanos);
      }
    }
    endCommit(nowNanos);
  }

  private final class CommitListener implements ReplyListener {
    @Override
    public void replied(Reply reply, long nowNanos) {
      if (reply.response().error() == RpcError.NONE) {
        committed++;
      }
      endCommit(nowNanos);
    }

    @Override
    public void failed(long nowNanos) {
      endCommit(nowNanos);
    }
  }

  private void endCommit(long nowNanos) {
    uncommitted--;
    if (uncommitted == 0 && !finished) {
      finish(false, nowNanos);
    }
  }

  private void finish(boolean cancelled, long nowNanos) {
    finished = true;
    fillUp();
    pending.clear();
    networks.clear();
    node.queryEnded(this);
    listener.finished(
        new QueryResult(
            closest.stream().map(Closest::reply).toList(),
            succeeded,
            failed,
            hops,
            committed,
            cancelled),
        nowNanos);
  }
}
