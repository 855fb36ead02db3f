package org.peerstead.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.DhtException.Reason;
import org.peerstead.discovery.hyperdht.core.HandshakeHandler;
import org.peerstead.discovery.hyperdht.core.HandshakeListener;
import org.peerstead.discovery.hyperdht.core.HandshakeResult;
import org.peerstead.discovery.hyperdht.core.HolepunchListener;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.hyperdht.core.HyperdhtNode;
import org.peerstead.discovery.hyperdht.core.Listening;
import org.peerstead.discovery.hyperdht.core.LookupListener;
import org.peerstead.discovery.hyperdht.core.MutableListener;
import org.peerstead.discovery.hyperdht.core.PeerFoundListener;
import org.peerstead.discovery.hyperdht.core.PutResult;
import org.peerstead.discovery.hyperdht.core.ValueListener;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordListener;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.NoisePayload;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.net.BootstrapResolver;
import org.peerstead.discovery.net.DatagramSockets;
import org.peerstead.discovery.net.NodeLoop;
import org.peerstead.discovery.rpc.core.NodeInfo;
import org.peerstead.discovery.rpc.core.OutgoingRequest;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.core.Reply;
import org.peerstead.discovery.rpc.core.ReplyListener;
import org.peerstead.discovery.rpc.core.SocketSide;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A node of a HyperDHT network that runs: the entry of this library.
 *
 * <p>Thread-safe and without waiting: calls are handed to the node's owner thread and answered by
 * futures, which complete on that thread. What depends on a future must therefore return soon, or
 * be run elsewhere with the {@code Async} methods; waiting there for another future of this class
 * would never end. Futures fail with {@link DhtException}. Listeners are called on the owner thread
 * and must be quick.
 *
 * <p>What others store here is in the {@link DhtStore} before it is confirmed to them. The store is
 * not owned: it is to be closed after this.
 */
public final class DhtNode implements AutoCloseable {
  /** How long the start waits for names at most. */
  private static final long RESOLVE_MILLIS = 5_000;

  /** Names that could not be looked up are tried again this often. */
  private static final long RETRY_MILLIS = 10_000;

  private final DhtNodeConfig config;
  private final KeyPair nodeKey;
  private final DhtOwner owner;
  private final NodeLoop loop;
  private final List<BootstrapSeed> seeds;
  private final BootstrapResolver resolver;
  private final @Nullable ScheduledExecutorService resolving;
  private final AtomicBoolean isClosed = new AtomicBoolean();

  private DhtNode(DhtNodeConfig config, KeyPair nodeKey, DhtOwner owner) {
    this.config = config;
    this.nodeKey = nodeKey;
    this.owner = owner;
    DatagramSockets sockets = owner.sockets();
    loop = new NodeLoop("peerstead-dht-" + sockets.localPort(SocketSide.SERVER), sockets, owner);
    seeds = config.bootstrap().stream().map(BootstrapSeed::parse).toList();
    List<String> names =
        seeds.stream().map(BootstrapSeed::name).filter(name -> name != null).distinct().toList();
    resolver = new BootstrapResolver(names, InetAddress::getAllByName, RESOLVE_MILLIS);
    resolving =
        names.isEmpty()
            ? null
            : Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("peerstead-dht-names").factory());
  }

  /**
   * Starts a node: reads the store, opens the sockets and begins to look around.
   *
   * @param store for the owner thread of this node alone, until it is closed
   * @param nodeKey who this node is in handshakes that it begins
   * @param entropy thread-safe
   * @throws IOException when no port can be had
   */
  public static DhtNode start(
      DhtNodeConfig config,
      DhtStore store,
      KeyPair nodeKey,
      Entropy entropy,
      HyperdhtListener listener)
      throws IOException {
    return start(config, store, nodeKey, entropy, listener, RecordListener.NONE);
  }

  /**
   * As {@link #start(DhtNodeConfig, DhtStore, KeyPair, Entropy, HyperdhtListener)}, and tells what
   * the limits of the records cost.
   */
  public static DhtNode start(
      DhtNodeConfig config,
      DhtStore store,
      KeyPair nodeKey,
      Entropy entropy,
      HyperdhtListener listener,
      RecordListener recordListener)
      throws IOException {
    DhtOwner owner =
        new DhtOwner(config, store, entropy, System::currentTimeMillis, listener, recordListener);
    DhtNode node = new DhtNode(config, nodeKey, owner);
    node.loop.start();
    node.begin();
    return node;
  }

  /**
   * Begins with the addresses that are known already; without any, with the names as soon as they
   * are looked up.
   */
  private void begin() {
    List<NodeAddress> known = DhtOwner.addresses(seeds, Map.of());
    boolean hasAddresses = resolving == null || !known.isEmpty();
    if (hasAddresses) {
      loop.execute(() -> owner.start(known));
    }
    if (resolving == null) {
      return;
    }
    resolver.resolve(names -> {
      List<NodeAddress> resolved = DhtOwner.addresses(seeds, names);
      tryExecute(() -> {
        if (hasAddresses) {
          owner.useBootstrap(resolved);
        } else {
          owner.start(resolved);
        }
      });
    });
    long interval = config.resolveInterval().toMillis();
    long[] millisLeft = {interval};
    long pause = Math.min(interval, RETRY_MILLIS);
    var unused =
        resolving.scheduleWithFixedDelay(
            () -> {
              millisLeft[0] -= pause;
              if (millisLeft[0] <= 0 || !resolver.isComplete()) {
                millisLeft[0] = interval;
                resolver.resolve(names -> {
                  List<NodeAddress> resolved = DhtOwner.addresses(seeds, names);
                  tryExecute(() -> owner.useBootstrap(resolved));
                });
              }
            },
            pause,
            pause,
            TimeUnit.MILLISECONDS);
  }

  /** Completes when the node has looked around; fails when it is closed before. */
  public CompletableFuture<Void> ready() {
    return owner.ready().copy();
  }

  /** The address of this machine that the node serves on; {@code 0.0.0.0} for all of them. */
  public InetSocketAddress serverAddress() {
    byte[] host = new NodeAddress(NodeAddress.parseHost(config.bindHost()), 0).hostBytes();
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(host), owner.sockets().localPort(SocketSide.SERVER));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** Who this node is in handshakes that it begins. */
  public Fixed32 publicKey() {
    return nodeKey.publicKey();
  }

  // ---------------------------------------------------------------------------------------- peers

  /** Searches for the peers of a topic. */
  public CompletableFuture<LookupResult> lookup(Fixed32 topic) {
    return lookup(topic, (peer, node) -> {});
  }

  /**
   * Searches for the peers of a topic.
   *
   * @param each told of every peer that a node names, as soon as it does, on the owner thread; the
   *     same peer comes as often as nodes name it
   */
  public CompletableFuture<LookupResult> lookup(
      Fixed32 topic, BiConsumer<PeerRecord, NodeAddress> each) {
    return call(
        (future, now) -> engine().lookup(topic, new PeerSearch(each, answered(future)), now));
  }

  /** Searches for a server, to find the nodes through which it is reached. */
  public CompletableFuture<LookupResult> findPeer(Fixed32 publicKey) {
    return call((future, now) -> {
      PeerCollector found = new PeerCollector();
      return engine()
          .findPeer(
              publicKey,
              new PeerFoundListener() {
                @Override
                public void found(PeerRecord record, Reply reply, long atNanos) {
                  found.add(record, reply.from());
                }

                @Override
                public void finished(QueryResult result, long atNanos) {
                  answered(future).accept(found.result(result), result);
                }
              },
              now);
    });
  }

  /**
   * Announces a peer of a topic for 20 minutes, and searches for the others on the way.
   *
   * @param relays addresses at which the peer is reached, at most 3
   * @return fails with {@code NOT_STORED} when no node took it
   */
  public CompletableFuture<LookupResult> announce(
      Fixed32 topic, KeyPair peer, List<NodeAddress> relays) {
    return call((future, now) ->
        engine()
            .announce(
                topic, peer, relays, new PeerSearch((record, node) -> {}, stored(future)), now));
  }

  /** Takes an announcement back wherever it is found. */
  public CompletableFuture<LookupResult> unannounce(Fixed32 topic, KeyPair peer) {
    return call((future, now) ->
        engine()
            .unannounce(topic, peer, new PeerSearch((record, node) -> {}, answered(future)), now));
  }

  /** Collects the peers that a search finds. */
  private static final class PeerSearch implements LookupListener {
    private final PeerCollector collected = new PeerCollector();
    private final BiConsumer<PeerRecord, NodeAddress> each;
    private final BiConsumer<LookupResult, QueryResult> ended;

    PeerSearch(
        BiConsumer<PeerRecord, NodeAddress> each, BiConsumer<LookupResult, QueryResult> ended) {
      this.each = each;
      this.ended = ended;
    }

    @Override
    public void found(LookupReply reply, NodeAddress node, long nowNanos) {
      collected.bumped(reply.bump());
      for (PeerRecord peer : reply.peers()) {
        collected.add(peer, node);
        each.accept(peer, node);
      }
    }

    @Override
    public void finished(QueryResult result, long nowNanos) {
      ended.accept(collected.result(result), result);
    }
  }

  /** Completes a future if somebody answered at all. */
  private static <T> BiConsumer<T, QueryResult> answered(CompletableFuture<T> future) {
    return (value, query) -> {
      if (query.succeeded() == 0) {
        future.completeExceptionally(new DhtException(Reason.NO_NODES, "no node answered"));
      } else {
        future.complete(value);
      }
    };
  }

  /** Completes a future if somebody stored something. */
  private static <T> BiConsumer<T, QueryResult> stored(CompletableFuture<T> future) {
    return (value, query) -> {
      if (query.succeeded() > 0 && query.committed() == 0) {
        future.completeExceptionally(
            new DhtException(
                Reason.NOT_STORED, "none of " + query.closest().size() + " nodes stored it"));
      } else {
        answered(future).accept(value, query);
      }
    };
  }

  // --------------------------------------------------------------------------------------- values

  /**
   * Stores a value for 48 hours; it is found by its hash.
   *
   * @param value 1 to {@link HyperdhtNode#MAX_VALUE_BYTES}
   * @return fails with {@code NOT_STORED} when no node took it
   */
  public CompletableFuture<PutResult> immutablePut(Slice value) {
    return call((future, now) ->
        engine().immutablePut(value, (result, atNanos) -> put(future, result), now));
  }

  /** Searches for the value with this hash. */
  public CompletableFuture<Optional<Slice>> immutableGet(Fixed32 hash) {
    return call((future, now) ->
        engine()
            .immutableGet(
                hash,
                new ValueListener() {
                  @Override
                  public void found(Slice value, NodeAddress node, long atNanos) {
                    future.complete(Optional.of(value.copy()));
                  }

                  @Override
                  public void finished(QueryResult result, long atNanos) {
                    DhtNode.<Optional<Slice>>answered(future).accept(Optional.empty(), result);
                  }
                },
                now));
  }

  /**
   * Stores a value for 48 hours; it is found by the owner's key and replaces values with lower
   * numbers.
   *
   * @param seq 0 to 2^53 - 1
   * @param value 1 to {@link HyperdhtNode#MAX_VALUE_BYTES}
   * @return fails with {@code SEQ_REUSED}, {@code SEQ_TOO_LOW} or {@code NOT_STORED} when no node
   *     took it
   */
  public CompletableFuture<PutResult> mutablePut(KeyPair owningKey, long seq, Slice value) {
    return call((future, now) ->
        engine().mutablePut(owningKey, seq, value, (result, atNanos) -> put(future, result), now));
  }

  /**
   * Searches for the value of the owner of a key.
   *
   * @param minimumSeq older values are of no interest
   * @param isLatestWanted whether all nodes are asked for the latest; else the first value ends the
   *     search
   */
  public CompletableFuture<Optional<MutableValue>> mutableGet(
      Fixed32 publicKey, long minimumSeq, boolean isLatestWanted) {
    return call((future, now) -> {
      MutableValue[] latest = new MutableValue[1];
      return engine()
          .mutableGet(
              publicKey,
              minimumSeq,
              isLatestWanted,
              new MutableListener() {
                @Override
                public void found(MutableValue value, NodeAddress node, long atNanos) {
                  latest[0] = value;
                }

                @Override
                public void finished(QueryResult result, long atNanos) {
                  DhtNode.<Optional<MutableValue>>answered(future)
                      .accept(Optional.ofNullable(latest[0]), result);
                }
              },
              now);
    });
  }

  private static void put(CompletableFuture<PutResult> future, PutResult result) {
    if (result.stored() > 0) {
      future.complete(result);
    } else if (result.seqTooLow() > 0) {
      future.completeExceptionally(
          new DhtException(Reason.SEQ_TOO_LOW, "a value with a greater number is stored"));
    } else if (result.seqReused() > 0) {
      future.completeExceptionally(
          new DhtException(Reason.SEQ_REUSED, "another value with this number is stored"));
    } else if (result.query().succeeded() == 0) {
      future.completeExceptionally(new DhtException(Reason.NO_NODES, "no node answered"));
    } else {
      future.completeExceptionally(new DhtException(Reason.NOT_STORED, "no node stored it"));
    }
  }

  // ---------------------------------------------------------------------------------- connections

  /** Asks one node whether it is there; how long the answer took. */
  public CompletableFuture<Duration> ping(NodeAddress node) {
    return call((future, now) -> {
      engine()
          .rpc()
          .request(
              node,
              OutgoingRequest.ping(),
              new ReplyListener() {
                @Override
                public void replied(Reply reply, long atNanos) {
                  future.complete(Duration.ofNanos(reply.roundTripNanos()));
                }

                @Override
                public void failed(long atNanos) {
                  future.completeExceptionally(
                      new DhtException(Reason.NO_ANSWER, node + " does not answer"));
                }
              },
              now);
      return null;
    });
  }

  /** Shakes hands with a server as this node; see the other method. */
  public CompletableFuture<HandshakeResult> handshake(Fixed32 remoteKey, NoisePayload payload) {
    return handshake(remoteKey, nodeKey, payload, List.of());
  }

  /**
   * Shakes hands with the server that holds a key, through whichever nodes know it.
   *
   * @param relays nodes that may know it, from a lookup for instance
   */
  public CompletableFuture<HandshakeResult> handshake(
      Fixed32 remoteKey, KeyPair own, NoisePayload payload, List<NodeAddress> relays) {
    return call((future, now) ->
        engine()
            .handshake(
                remoteKey,
                own,
                payload,
                relays,
                new HandshakeListener() {
                  @Override
                  public void accepted(HandshakeResult result, long atNanos) {
                    future.complete(result);
                  }

                  @Override
                  public void failed(Failure why, long error, long atNanos) {
                    future.completeExceptionally(
                        new DhtException(
                            switch (why) {
                              case PEER_NOT_FOUND -> Reason.PEER_NOT_FOUND;
                              case NO_ANSWER -> Reason.NO_ANSWER;
                              case INCOMPATIBLE, REFUSED -> Reason.REFUSED;
                            },
                            "no handshake with " + remoteKey + ": " + why + ", error " + error));
                  }
                },
                now));
  }

  /**
   * Sends one hole punch message to a server that a handshake reached, through the node that
   * relayed it.
   *
   * @return fails with {@code NO_ANSWER} without an answer that the server sealed
   */
  public CompletableFuture<HolepunchAnswer> holepunch(
      HandshakeResult connection, HolepunchPayload payload) {
    return call((future, now) -> {
      engine()
          .holepunch(
              connection,
              payload,
              new HolepunchListener() {
                @Override
                public void answered(
                    HolepunchPayload answer, NodeAddress server, NodeAddress client, long atNanos) {
                  future.complete(new HolepunchAnswer(answer, server, client));
                }

                @Override
                public void failed(long atNanos) {
                  future.completeExceptionally(
                      new DhtException(
                          Reason.NO_ANSWER,
                          connection.session().remotePublicKey() + " does not answer"));
                }
              },
              now);
      return null;
    });
  }

  /**
   * Serves clients that look for a key: announces it, and answers their handshakes.
   *
   * @param handler called on the owner thread
   * @return what {@link #unlisten} ends; its own methods are for the owner thread only
   */
  public CompletableFuture<Listening> listen(KeyPair key, HandshakeHandler handler) {
    return call((future, now) -> {
      Listening server = engine().listen(key, handler, now);
      owner.add(server);
      future.complete(server);
      return null;
    });
  }

  /** Takes the announcements of a server back and answers its clients no more. */
  public CompletableFuture<Void> unlisten(Listening server) {
    return onOwner(() -> {
      owner.close(server);
      return null;
    });
  }

  // ---------------------------------------------------------------------------------------- state

  /** What the node is and has. */
  public CompletableFuture<DhtStatus> status() {
    return onOwner(owner::status);
  }

  /** The routing table. */
  public CompletableFuture<List<NodeInfo>> nodes() {
    return onOwner(() -> engine().rpc().nodes());
  }

  /** Something to do with what others stored at this node. */
  @FunctionalInterface
  public interface RecordWork<T> {
    /** Does it, quickly, on the owner thread. */
    T run(RecordBook records, long nowEpochMillis);
  }

  /**
   * Works with what others stored at this node itself, which searches do not look at: they ask
   * other nodes. What it changes is in the store when the future completes.
   */
  public <T> CompletableFuture<T> withRecords(RecordWork<T> work) {
    return onOwner(() -> owner.withRecords(work));
  }

  /** Ends all traffic until {@link #resume}; calls that run fail, what was learned is kept. */
  public CompletableFuture<Void> suspend() {
    return onOwner(() -> {
      owner.suspend();
      return null;
    });
  }

  /** Goes on after {@link #suspend}, maybe in another network. */
  public CompletableFuture<Void> resume() {
    return onOwner(() -> {
      owner.resume();
      return null;
    });
  }

  /** Runs a task on the owner thread; false when too much waits there or the node is closed. */
  public boolean execute(Runnable task) {
    return tryExecute(task);
  }

  /**
   * Ends: calls that run fail with {@code CLOSED}, announcements of servers are taken back, the
   * routing table is saved. Waits for all of it, but not longer than the configured time. Not to be
   * called on the owner thread.
   */
  @Override
  public void close() {
    if (isClosed.getAndSet(true)) {
      return;
    }
    if (resolving != null) {
      resolving.shutdownNow();
    }
    if (!tryExecute(() -> owner.beginClosing(loop::stop))) {
      loop.stop();
    }
    try {
      if (!loop.awaitEnd(config.closeTimeout().toNanos())) {
        loop.stop();
      }
    } catch (InterruptedException e) {
      loop.stop();
      Thread.currentThread().interrupt();
    }
  }

  // ---------------------------------------------------------------------------------------------

  /** Owner thread only. */
  private HyperdhtNode engine() {
    return owner.node();
  }

  private <T> CompletableFuture<T> call(DhtOwner.Operation<T> operation) {
    CompletableFuture<T> future = new CompletableFuture<>();
    handOver(future, () -> owner.call(future, operation));
    return future;
  }

  private <T> CompletableFuture<T> onOwner(Supplier<T> question) {
    CompletableFuture<T> future = new CompletableFuture<>();
    handOver(
        future,
        () -> {
          try {
            future.complete(question.get());
          } catch (RuntimeException e) {
            future.completeExceptionally(
                new DhtException(Reason.INTERNAL, "a fault of ours: " + e, e));
            throw e;
          }
        });
    return future;
  }

  private void handOver(CompletableFuture<?> future, Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      future.completeExceptionally(
          isClosed.get()
              ? DhtOwner.closed()
              : new DhtException(Reason.OVERLOADED, String.valueOf(e.getMessage()), e));
    }
  }

  private boolean tryExecute(Runnable task) {
    try {
      loop.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }
}
