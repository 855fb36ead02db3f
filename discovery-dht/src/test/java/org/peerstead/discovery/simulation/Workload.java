package org.peerstead.discovery.simulation;

import static org.peerstead.discovery.simulation.SimulatedDht.MINUTE;
import static org.peerstead.discovery.simulation.SimulatedDht.SECOND;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.core.LookupListener;
import org.peerstead.discovery.hyperdht.core.MutableListener;
import org.peerstead.discovery.hyperdht.core.ValueListener;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * What applications do: announce topics and repeat that every ten minutes as hyperswarm does, look
 * up topics that somebody announces, put values and get them. Knows what others should find, and
 * counts what they do find.
 *
 * <p>A lookup succeeds when it names a peer whose announcement was confirmed before it began, less
 * than 20 minutes ago, and who is still there. Only topics with such a peer are looked up. What
 * does not succeed is tried once more at once, as applications do. An asker whose own line is away,
 * so that nobody at all answers, waits and begins anew; such lookups are counted apart.
 */
public final class Workload {
  /** Longest time that anything may take until it ends, found or not. */
  public static final long MAX_OPERATION_NANOS = 2 * MINUTE;

  private static final long REPEAT_NANOS = 10 * MINUTE;
  private static final long REPEAT_SPREAD_NANOS = 2 * MINUTE;
  private static final long RETRY_NANOS = 5 * SECOND;
  private static final long FRESH_NANOS = 18 * MINUTE;
  private static final long VALUE_WINDOW_NANOS = 20 * MINUTE;
  private static final int VALUE_BYTES = 200;
  private static final int MAX_VALUES = 2_000;

  private final SimulatedDht dht;
  private final List<Topic> topics = new ArrayList<>();
  private final ArrayDeque<Stored> values = new ArrayDeque<>();
  private final List<Owned> mutables = new ArrayList<>();
  private final ArrayDeque<Operation> running = new ArrayDeque<>();
  private Predicate<SimulatedNode> askers = node -> true;
  private final Outcomes outcomes = new Outcomes();
  private int announcing;

  /** Topics of which the first ones have most peers. */
  public Workload(SimulatedDht dht, int topicCount) {
    this.dht = dht;
    for (int i = 0; i < topicCount; i++) {
      topics.add(new Topic(dht.newTopic()));
    }
  }

  private static final class Topic {
    final Fixed32 key;
    final List<Announcement> announcements = new ArrayList<>();

    Topic(Fixed32 key) {
      this.key = key;
    }
  }

  private static final class Announcement {
    final SimulatedNode node;
    final Topic topic;
    final KeyPair keys;
    long confirmedNanos = Long.MIN_VALUE;

    Announcement(SimulatedNode node, Topic topic, KeyPair keys) {
      this.node = node;
      this.topic = topic;
      this.keys = keys;
    }
  }

  private record Stored(Fixed32 hash, long atNanos) {}

  private static final class Owned {
    final SimulatedNode node;
    final KeyPair keys;
    long seq;
    long confirmedSeq = -1;
    long confirmedNanos;

    Owned(SimulatedNode node, KeyPair keys) {
      this.node = node;
      this.keys = keys;
    }
  }

  private static final class Operation {
    final SimulatedNode node;
    final long startedNanos;
    boolean isEnded;

    Operation(SimulatedNode node, long startedNanos) {
      this.node = node;
      this.startedNanos = startedNanos;
    }
  }

  // ---------------------------------------------------------------------------------- generation

  /** Only nodes that fit look things up. */
  public Workload askedBy(Predicate<SimulatedNode> fits) {
    askers = fits;
    return this;
  }

  /**
   * Somebody announces something every so often, for as long as it is there.
   *
   * @param atMost announcements at a time; those of who left count until they would be repeated
   */
  public Workload announceEvery(long meanNanos, int atMost) {
    dht.everySoOften(
        meanNanos,
        () -> {
          if (announcing < atMost) {
            announceSomething(node -> true);
          }
        });
    return this;
  }

  /** Somebody looks something up every so often. */
  public Workload lookUpEvery(long meanNanos) {
    dht.everySoOften(meanNanos, this::lookUpSomething);
    return this;
  }

  /** Somebody puts a value every so often, immutable and mutable ones in turn. */
  public Workload putEvery(long meanNanos) {
    dht.everySoOften(meanNanos, this::putSomething);
    return this;
  }

  /** Somebody gets a value of the last 20 minutes every so often. */
  public Workload getEvery(long meanNanos) {
    dht.everySoOften(meanNanos, this::getSomething);
    return this;
  }

  /** What came of it. */
  public Outcomes outcomes() {
    return outcomes;
  }

  /** Announcements that others should find. */
  public int liveAnnouncements() {
    return topics.stream()
        .mapToInt(topic -> (int) topic.announcements.stream().filter(this::isLive).count())
        .sum();
  }

  /** The topic that has the most peers. */
  public Fixed32 firstTopic() {
    return topics.getFirst().key;
  }

  private Operation begin(SimulatedNode node) {
    Operation operation = new Operation(node, dht.nowNanos());
    running.add(operation);
    return operation;
  }

  /** Throws when something that was begun should have ended. */
  public void checkEnds() {
    while (!running.isEmpty()) {
      Operation first = running.peek();
      if (!first.isEnded) {
        if (dht.nowNanos() - first.startedNanos > MAX_OPERATION_NANOS) {
          throw dht.invariants().broken("OperationsEnd", first.node, "began " + first.startedNanos);
        }
        return;
      }
      running.remove();
    }
  }

  /** The index of a topic: the first is twice as likely as the second, and so on (Zipf). */
  private Topic someTopic() {
    double unit = dht.chance().nextDouble();
    return topics.get((int) (Math.pow(topics.size() + 1.0, unit) - 1));
  }

  // -------------------------------------------------------------------------------- announcements

  /** Lets somebody announce something. */
  public void announceSomething(Predicate<SimulatedNode> fits) {
    @Nullable SimulatedNode node = dht.pick(fits);
    if (node != null) {
      Announcement announcement = new Announcement(node, someTopic(), dht.newKeys());
      announcement.topic.announcements.add(announcement);
      announcing++;
      announce(announcement);
    }
  }

  private void announce(Announcement announcement) {
    SimulatedNode node = announcement.node;
    if (node.isGone()) {
      forget(announcement);
      return;
    }
    Operation operation = begin(node);
    node.use((peer, now) ->
        peer.announce(
            announcement.topic.key,
            announcement.keys,
            List.of(),
            (result, atNanos) -> {
              operation.isEnded = true;
              if (node.isGone()) {
                forget(announcement);
                return;
              }
              boolean confirmed = result.committed() > 0;
              outcomes.announced(result, atNanos - operation.startedNanos);
              if (confirmed) {
                announcement.confirmedNanos = atNanos;
              }
              dht.after(
                  confirmed
                      ? REPEAT_NANOS + dht.chance().nextLong(REPEAT_SPREAD_NANOS)
                      : RETRY_NANOS,
                  () -> announce(announcement));
            },
            now));
  }

  private void forget(Announcement announcement) {
    if (announcement.topic.announcements.remove(announcement)) {
      announcing--;
    }
  }

  private boolean isLive(Announcement announcement) {
    return !announcement.node.isGone()
        && announcement.node.host().isUp()
        && announcement.confirmedNanos != Long.MIN_VALUE
        && dht.nowNanos() - announcement.confirmedNanos < FRESH_NANOS;
  }

  // -------------------------------------------------------------------------------------- lookups

  /** Lets somebody look up a topic with a live peer, if chance finds one. */
  public void lookUpSomething() {
    @Nullable SimulatedNode node = dht.pick(askers);
    Topic topic = someTopic();
    if (node != null) {
      lookUp(node, topic, 0);
    }
  }

  private void lookUp(SimulatedNode node, Topic topic, int tries) {
    Set<Fixed32> live = new HashSet<>();
    for (Announcement each : topic.announcements) {
      if (isLive(each)) {
        live.add(each.keys.publicKey());
      }
    }
    if (live.isEmpty() || node.isGone()) {
      return;
    }
    Operation operation = begin(node);
    node.use((peer, now) ->
        peer.lookup(
            topic.key,
            new LookupListener() {
              private final Set<Fixed32> found = new HashSet<>();
              private long firstNanos = -1;

              @Override
              public void found(LookupReply reply, NodeAddress from, long atNanos) {
                reply.peers().forEach(each -> found.add(each.publicKey()));
                if (firstNanos < 0 && found.stream().anyMatch(live::contains)) {
                  firstNanos = atNanos;
                }
              }

              @Override
              public void finished(QueryResult result, long atNanos) {
                operation.isEnded = true;
                if (node.isGone() || result.cancelled()) {
                  return;
                }
                if (result.succeeded() == 0) {
                  outcomes.offline();
                  dht.after(RETRY_NANOS, () -> lookUp(node, topic, tries));
                  return;
                }
                boolean isFound = firstNanos >= 0;
                long began = operation.startedNanos;
                outcomes.lookedUp(
                    result, isFound, tries, atNanos - began, isFound ? firstNanos - began : -1);
                if (isFound) {
                  long named = live.stream().filter(found::contains).count();
                  outcomes.named(named / (double) live.size());
                } else if (tries == 0) {
                  dht.after(0, () -> lookUp(node, topic, 1));
                }
              }
            },
            now));
  }

  // --------------------------------------------------------------------------------------- values

  private void putSomething() {
    @Nullable SimulatedNode node = dht.pick(each -> true);
    if (node == null) {
      return;
    }
    if (dht.chance().nextBoolean()) {
      putImmutable(node);
    } else {
      boolean isNew = mutables.size() < MAX_VALUES && dht.chance().nextInt(4) > 0;
      Owned owned =
          isNew || mutables.isEmpty()
              ? new Owned(node, dht.newKeys())
              : mutables.get(dht.chance().nextInt(mutables.size()));
      if (isNew) {
        mutables.add(owned);
      }
      putMutable(owned);
    }
  }

  private byte[] someBytes() {
    byte[] bytes = new byte[VALUE_BYTES];
    dht.chance().nextBytes(bytes);
    return bytes;
  }

  private void putImmutable(SimulatedNode node) {
    Slice value = Slice.of(someBytes());
    Operation operation = begin(node);
    node.use((peer, now) ->
        peer.immutablePut(
            value,
            (result, atNanos) -> {
              operation.isEnded = true;
              if (node.isGone()) {
                return;
              }
              outcomes.put(result.stored() > 0);
              if (result.stored() > 0) {
                values.add(new Stored(Blake2b.hash(value), atNanos));
                if (values.size() > MAX_VALUES) {
                  values.remove();
                }
              }
            },
            now));
  }

  private void putMutable(Owned owned) {
    if (owned.node.isGone()) {
      mutables.remove(owned);
      return;
    }
    long seq = ++owned.seq;
    Operation operation = begin(owned.node);
    owned.node.use((peer, now) ->
        peer.mutablePut(
            owned.keys,
            seq,
            Slice.of(someBytes()),
            (result, atNanos) -> {
              operation.isEnded = true;
              if (owned.node.isGone()) {
                return;
              }
              outcomes.put(result.stored() > 0);
              if (result.stored() > 0 && seq > owned.confirmedSeq) {
                owned.confirmedSeq = seq;
                owned.confirmedNanos = atNanos;
              }
            },
            now));
  }

  private void getSomething() {
    @Nullable SimulatedNode node = dht.pick(askers);
    if (node == null) {
      return;
    }
    while (!values.isEmpty() && dht.nowNanos() - values.peek().atNanos > VALUE_WINDOW_NANOS) {
      values.remove();
    }
    if (dht.chance().nextBoolean() && !values.isEmpty()) {
      int skip = dht.chance().nextInt(values.size());
      Stored stored = values.stream().skip(skip).findFirst().orElseThrow();
      getImmutable(node, stored, 0);
    } else if (!mutables.isEmpty()) {
      Owned owned = mutables.get(dht.chance().nextInt(mutables.size()));
      if (owned.confirmedSeq >= 0 && dht.nowNanos() - owned.confirmedNanos < VALUE_WINDOW_NANOS) {
        getMutable(node, owned, owned.confirmedSeq, 0);
      }
    }
  }

  private void getImmutable(SimulatedNode node, Stored stored, int tries) {
    if (node.isGone()) {
      return;
    }
    Operation operation = begin(node);
    node.use((peer, now) ->
        peer.immutableGet(
            stored.hash,
            new ValueListener() {
              private boolean isFound;

              @Override
              public void found(Slice value, NodeAddress from, long atNanos) {
                isFound = true;
              }

              @Override
              public void finished(QueryResult result, long atNanos) {
                operation.isEnded = true;
                if (node.isGone() || result.cancelled() && !isFound) {
                  return;
                }
                outcomes.got(isFound, tries);
                if (!isFound && tries == 0) {
                  dht.after(0, () -> getImmutable(node, stored, 1));
                }
              }
            },
            now));
  }

  private void getMutable(SimulatedNode node, Owned owned, long expectedSeq, int tries) {
    if (node.isGone()) {
      return;
    }
    Operation operation = begin(node);
    node.use((peer, now) ->
        peer.mutableGet(
            owned.keys.publicKey(),
            0,
            true,
            new MutableListener() {
              private long seq = -1;

              @Override
              public void found(MutableValue value, NodeAddress from, long atNanos) {
                seq = value.seq();
              }

              @Override
              public void finished(QueryResult result, long atNanos) {
                operation.isEnded = true;
                if (node.isGone() || result.cancelled()) {
                  return;
                }
                boolean isFound = seq >= expectedSeq;
                outcomes.got(isFound, tries);
                if (!isFound && tries == 0) {
                  dht.after(0, () -> getMutable(node, owned, expectedSeq, 1));
                }
              }
            },
            now));
  }
}
