package org.peerstead.dhtseed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.DhtException;
import org.peerstead.discovery.DhtException.Reason;
import org.peerstead.discovery.DhtNode;
import org.peerstead.discovery.DhtStatus;
import org.peerstead.discovery.LookupResult;
import org.peerstead.discovery.LookupResult.FoundPeer;
import org.peerstead.discovery.hyperdht.records.RecordBook;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Searches and stores in the network and at this node itself, which is a part of the network like
 * any other: the first seed of a network is all of it. (A node's own searches do not ask it.)
 * Thread-safe; futures complete on the node's owner thread and fail with {@link DhtException}.
 */
public final class NodeAndNetwork {
  /** Nodes that keep a record. */
  private static final int COPIES = 20;

  private final DhtNode node;
  private final NodeAddress fallbackAddress;

  /**
   * @param fallbackAddress source of own records while the node knows no address of its own
   */
  NodeAndNetwork(DhtNode node, NodeAddress fallbackAddress) {
    this.node = node;
    this.fallbackAddress = fallbackAddress;
  }

  /**
   * What a search or an attempt to store led to.
   *
   * @param peers found, each with the nodes that named it
   * @param answered other nodes that answered
   * @param storedAt nodes that stored it or took it back, this one included
   * @param isHere whether this node itself had or took something
   */
  public record Found(List<FoundPeer> peers, int answered, int storedAt, boolean isHere) {}

  /**
   * What storing a value led to.
   *
   * @param name what it is found by: its hash, or the public key of its owner
   * @param seq its number; 0 for a value that is found by its hash
   * @param storedAt nodes that stored it, this one included
   * @param isHere whether this node itself stored it
   */
  public record Put(Fixed32 name, long seq, int storedAt, boolean isHere) {}

  /** The peers of a topic. */
  CompletableFuture<Found> lookup(Fixed32 topic) {
    return here((records, status, now) -> peersOf(records, topic, now))
        .thenCombine(
            settled(node.lookup(topic)),
            (own, network) -> {
              if (!own.isServing && network.failure != null) {
                throw network.failure;
              }
              @Nullable LookupResult result = network.value;
              return new Found(
                  merged(own.value, own.address, result),
                  result == null ? 0 : result.query().succeeded(),
                  0,
                  !own.value.isEmpty());
            });
  }

  private static List<PeerRecord> peersOf(RecordBook records, Fixed32 topic, long now) {
    CompactWriter out = new CompactWriter(512);
    if (records.lookup(topic, LookupReply.MAX_PEERS, out, now) == 0) {
      return List.of();
    }
    try {
      return LookupReply.decode(out.toSlice()).peers();
    } catch (EncodingException e) {
      throw new IllegalStateException("own records cannot be read", e);
    }
  }

  private static List<FoundPeer> merged(
      List<PeerRecord> own, NodeAddress ownAddress, @Nullable LookupResult network) {
    Map<Fixed32, FoundPeer> peers = new LinkedHashMap<>();
    if (network != null) {
      network.peers().forEach(peer -> peers.put(peer.record().publicKey(), peer));
    }
    for (PeerRecord record : own) {
      peers.merge(
          record.publicKey(),
          new FoundPeer(record, List.of(ownAddress)),
          (known, mine) -> {
            var nodes = new ArrayList<>(known.nodes());
            nodes.addAll(mine.nodes());
            return new FoundPeer(known.record(), nodes);
          });
    }
    return List.copyOf(peers.values());
  }

  /** Announces a peer of a topic. */
  CompletableFuture<Found> announce(Fixed32 topic, KeyPair peer, List<NodeAddress> relays) {
    Slice record = new PeerRecord(peer.publicKey(), relays).encode();
    return settled(node.announce(topic, peer, relays))
        .thenCompose(network ->
            storeHere(
                    topic,
                    query(network, LookupResult::query),
                    (records, at) ->
                        records.announce(
                            topic, at.address, peer.publicKey(), record, null, 0, at.epochMillis))
                .thenApply(own -> stored(network, own)));
  }

  private static Found stored(Settled<LookupResult> network, Optional<Stored> own) {
    boolean isHere = own.map(Stored::isAccepted).orElse(false);
    @Nullable LookupResult result = network.value;
    if (result == null && !isHere) {
      throw network.failureOr(own);
    }
    return new Found(
        result == null ? List.of() : result.peers(),
        result == null ? 0 : result.query().succeeded(),
        (result == null ? 0 : result.query().committed()) + (isHere ? 1 : 0),
        isHere);
  }

  /** Takes an announcement back. */
  CompletableFuture<Found> unannounce(Fixed32 topic, KeyPair peer) {
    return here((records, status, now) -> records.unannounce(topic, peer.publicKey()))
        .thenCombine(
            settled(node.unannounce(topic, peer)),
            (own, network) -> {
              @Nullable LookupResult result = network.value;
              if (!own.isServing && network.failure != null) {
                throw network.failure;
              }
              return new Found(
                  List.of(),
                  result == null ? 0 : result.query().succeeded(),
                  (result == null ? 0 : result.query().committed()) + (own.value ? 1 : 0),
                  own.value);
            });
  }

  /** Stores a value that is found by its hash. */
  CompletableFuture<Put> immutablePut(Slice value) {
    Fixed32 target = Blake2b.hash(value);
    return settled(node.immutablePut(value))
        .thenCompose(network ->
            storeHere(
                    target,
                    query(network, result -> result.query()),
                    (records, at) ->
                        records.putImmutable(target, value, at.address, at.epochMillis))
                .thenApply(own ->
                    put(
                        target,
                        0,
                        network,
                        network.value == null ? 0 : network.value.stored(),
                        own)));
  }

  /** The value with this hash. */
  CompletableFuture<Optional<Slice>> immutableGet(Fixed32 hash) {
    return here(
            (records, status, now) -> {
              @Nullable Slice value = records.immutable(hash, now);
              return value == null ? Optional.<Slice>empty() : Optional.of(value.copy());
            })
        .thenCompose(own ->
            own.value.isPresent()
                ? CompletableFuture.completedFuture(own.value)
                : settled(node.immutableGet(hash)).thenApply(network -> orEmpty(own, network)));
  }

  /** Stores a value of the owner of {@code key}, replacing values with lower numbers. */
  CompletableFuture<Put> mutablePut(KeyPair key, long seq, Slice value) {
    Fixed32 target = Blake2b.hash(key.publicKey().toSlice());
    Slice encoded = MutableValue.sign(key, seq, value).encode();
    return settled(node.mutablePut(key, seq, value))
        .thenCompose(network ->
            storeHere(
                    target,
                    query(network, result -> result.query()),
                    (records, at) ->
                        records.putMutable(target, seq, encoded, at.address, at.epochMillis))
                .thenApply(own ->
                    put(
                        key.publicKey(),
                        seq,
                        network,
                        network.value == null ? 0 : network.value.stored(),
                        own)));
  }

  private static Put put(
      Fixed32 name, long seq, Settled<?> network, int storedAt, Optional<Stored> own) {
    boolean isHere = own.map(Stored::isAccepted).orElse(false);
    if (network.value == null && !isHere) {
      throw network.failureOr(own);
    }
    return new Put(name, seq, storedAt + (isHere ? 1 : 0), isHere);
  }

  /** The latest value of the owner of a key. */
  CompletableFuture<Optional<MutableValue>> mutableGet(Fixed32 publicKey, long minimumSeq) {
    Fixed32 target = Blake2b.hash(publicKey.toSlice());
    return here((records, status, now) -> mutable(records, target, minimumSeq, now))
        .thenCompose(own ->
            settled(node.mutableGet(publicKey, minimumSeq, true))
                .thenApply(network -> {
                  Optional<MutableValue> theirs = orEmpty(own, network);
                  return theirs.isEmpty()
                          || (own.value.isPresent() && own.value.get().seq() >= theirs.get().seq())
                      ? own.value
                      : theirs;
                }));
  }

  private static Optional<MutableValue> mutable(
      RecordBook records, Fixed32 target, long minimumSeq, long now) {
    @Nullable Slice encoded = records.mutable(target, now);
    if (encoded == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(MutableValue.decode(encoded.copy()))
          .filter(value -> value.seq() >= minimumSeq);
    } catch (EncodingException e) {
      throw new IllegalStateException("an own value cannot be read", e);
    }
  }

  // ------------------------------------------------------------------------------- this node

  private record Own<T>(T value, boolean isServing, NodeAddress address) {}

  private record Place(NodeAddress address, long epochMillis) {}

  @FunctionalInterface
  private interface Question<T> {
    T ask(RecordBook records, DhtStatus status, long epochMillis);
  }

  private <T> CompletableFuture<Own<T>> here(Question<T> question) {
    return node.status()
        .thenCompose(status ->
            node.withRecords((records, now) ->
                new Own<>(
                    question.ask(records, status, now), status.id() != null, address(status))));
  }

  private NodeAddress address(DhtStatus status) {
    @Nullable NodeAddress reachable = status.reachableAddress();
    return reachable != null ? reachable : fallbackAddress;
  }

  /** Stores at this node when it is one of the nearest that there are; empty when it is not. */
  private CompletableFuture<Optional<Stored>> storeHere(
      Fixed32 target, @Nullable QueryResult query, BiFunction<RecordBook, Place, Stored> work) {
    return node.status()
        .thenCompose(status ->
            isNear(status.id(), target, query)
                ? node.withRecords((records, now) ->
                    Optional.of(work.apply(records, new Place(address(status), now))))
                : CompletableFuture.completedFuture(Optional.<Stored>empty()));
  }

  private static boolean isNear(
      @Nullable Fixed32 ownId, Fixed32 target, @Nullable QueryResult query) {
    if (ownId == null) {
      return false;
    }
    if (query == null || query.closest().size() < COPIES) {
      return true;
    }
    @Nullable Fixed32 farthest = query.closest().getLast().id();
    return farthest == null || NodeId.compareDistance(target, ownId, farthest) < 0;
  }

  // ---------------------------------------------------------------------------------- futures

  /** How a call ended: a value, or a failure. */
  private record Settled<T>(@Nullable T value, @Nullable DhtException failure) {
    DhtException failureOr(Optional<Stored> own) {
      if (own.isPresent() && failure != null && failure.reason() == Reason.NO_NODES) {
        return switch (own.get()) {
          case SEQ_REUSED ->
              new DhtException(Reason.SEQ_REUSED, "another value with this number is stored");
          case SEQ_TOO_LOW ->
              new DhtException(Reason.SEQ_TOO_LOW, "a value with a greater number is stored");
          case REFUSED_SOURCE_LIMIT, REFUSED_TOPIC_LIMIT, REFUSED_STORE_LIMIT, REFUSED_SIZE ->
              new DhtException(
                  Reason.NOT_STORED, "this node is the only one, and its limits keep it out");
          case STORED, RENEWED, UNKNOWN_REFRESH -> failure;
        };
      }
      return failure != null ? failure : new DhtException(Reason.NOT_STORED, "no node stored it");
    }
  }

  private static <T> CompletableFuture<Settled<T>> settled(CompletableFuture<T> future) {
    return future.handle((value, failure) ->
        failure == null ? new Settled<>(value, null) : new Settled<T>(null, failureOf(failure)));
  }

  /** Failures of the network are answers; anything else is a bug and goes on. */
  private static DhtException failureOf(Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    if (cause instanceof DhtException known) {
      return known;
    }
    return new DhtException(Reason.INTERNAL, "a fault of ours: " + cause, failure);
  }

  private static <T> @Nullable QueryResult query(
      Settled<T> network, Function<T, QueryResult> query) {
    return network.value == null ? null : query.apply(network.value);
  }

  private static <T> Optional<T> orEmpty(Own<?> own, Settled<Optional<T>> network) {
    if (network.value != null) {
      return network.value;
    }
    if (own.isServing && network.failure != null && network.failure.reason() == Reason.NO_NODES) {
      return Optional.empty();
    }
    throw network.failure != null
        ? network.failure
        : new DhtException(Reason.INTERNAL, "neither a value nor a failure");
  }
}
