package org.peerstead.discovery.hyperdht.records;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * All that others store at this node. Signatures, hashes and tokens were checked by the caller.
 *
 * <p>Not thread-safe; owner thread only. Changes are written to the {@link DhtStore}, whose {@link
 * DhtStore#commit} is called by the shell after each batch of packets.
 */
public final class RecordBook {
  private static final int SIGNATURE_BYTES = 64;
  private static final long MAX_BUMP_DRIFT_MILLIS = 60_000;

  /** What became of something to be stored. */
  public enum Stored {
    /** It is new and was stored. */
    STORED,
    /** It was stored before; its age begins anew, and what it says was replaced. */
    RENEWED,
    /** The host or network of the source has as many entries as it may have. */
    REFUSED_SOURCE_LIMIT,
    /** The topic is full, and no other source has more of it. */
    REFUSED_TOPIC_LIMIT,
    /** The store is full, and no other source has more of it. */
    REFUSED_STORE_LIMIT,
    /** The value or record is larger than allowed. */
    REFUSED_SIZE,
    /** Another value with this sequence number is stored. */
    SEQ_REUSED,
    /** A value with a higher sequence number is stored. */
    SEQ_TOO_LOW,
    /** No record waits for this refresh token. */
    UNKNOWN_REFRESH;

    /** Whether it is in the store now. */
    public boolean isAccepted() {
      return this == STORED || this == RENEWED;
    }
  }

  private record Entry(long expiresAt, NodeAddress source, Slice bytes) {}

  private record Place(Fixed32 topic, Fixed32 publicKey) {}

  private static final class Topic {
    final LinkedHashMap<Fixed32, Entry> records = new LinkedHashMap<>();
    long bump;
  }

  private final RecordLimits limits;
  private final RandomGenerator chance;
  private final Map<Fixed32, Topic> topics = new LinkedHashMap<>();
  private final Map<Fixed32, Entry> routes = new LinkedHashMap<>();
  private final Map<Fixed32, Entry> mutables = new LinkedHashMap<>();
  private final Map<Fixed32, Entry> immutables = new LinkedHashMap<>();
  private final Map<Fixed32, Place> refreshTokens = new HashMap<>();
  private int records;

  /**
   * An empty book.
   *
   * @param store where changes are written
   * @param chance chooses the records that a lookup shows
   * @param secrets source of the secret that decides where entries lie in memory
   * @param listener told of what a limit cost
   */
  public RecordBook(
      RecordLimits limits,
      DhtStore store,
      RandomGenerator chance,
      Entropy secrets,
      RecordListener listener) {
    this.limits = limits;
    this.chance = chance;
  }

  /** Takes over what is in the store and has not expired. To be called once, before all others. */
  public void load(long nowEpochMillis) {}

  /**
   * Stores a peer of a topic, or renews it: the age begins anew and the relays are replaced.
   *
   * <p>Differs from hyperdht 6.34.0, which keeps the old relays as long as the record is in its
   * young generation: a peer whose relays changed would not be found for up to 13 minutes.
   *
   * @param peerRecord encoded: the public key, then at most 3 relays
   * @param refresh hash of a secret that will renew the record, or null
   * @param bump of the topic, milliseconds since 1970; ignored when it is more than a minute ahead
   */
  public Stored announce(
      Fixed32 topic,
      NodeAddress source,
      Fixed32 publicKey,
      Slice peerRecord,
      @Nullable Fixed32 refresh,
      long bump,
      long nowEpochMillis) {
    Topic held = topics.get(topic);
    boolean isNew = held == null || !held.records.containsKey(publicKey);
    if (isNew && records >= limits.maxRecords()) {
      return Stored.REFUSED_STORE_LIMIT;
    }
    if (held == null) {
      held = new Topic();
      topics.put(topic, held);
    }
    held.records.put(
        publicKey,
        new Entry(nowEpochMillis + limits.recordAge().toMillis(), source, peerRecord.copy()));
    if (bump > held.bump && bump <= nowEpochMillis + MAX_BUMP_DRIFT_MILLIS) {
      held.bump = bump;
    }
    if (refresh != null && refreshTokens.size() < limits.maxRefreshTokens()) {
      refreshTokens.put(refresh, new Place(topic, publicKey));
    }
    if (isNew) {
      records++;
    }
    return isNew ? Stored.STORED : Stored.RENEWED;
  }

  /**
   * Stores the route to a server that announced itself, or renews it and replaces where it leads.
   *
   * @param target hash of {@code publicKey}
   * @param source where the announce came from: what is meant for the server goes there
   * @param peerRecord encoded: the public key, then at most 3 relays
   * @param refresh hash of a secret that will renew the route, or null
   */
  public Stored announceRoute(
      Fixed32 target,
      NodeAddress source,
      Fixed32 publicKey,
      Slice peerRecord,
      @Nullable Fixed32 refresh,
      long nowEpochMillis) {
    unannounceRecord(target, publicKey);
    boolean isNew = !routes.containsKey(target);
    if (isNew && routes.size() >= limits.maxRoutes()) {
      return Stored.REFUSED_STORE_LIMIT;
    }
    routes.put(
        target,
        new Entry(nowEpochMillis + limits.recordAge().toMillis(), source, peerRecord.copy()));
    if (refresh != null && refreshTokens.size() < limits.maxRefreshTokens()) {
      refreshTokens.put(refresh, new Place(target, publicKey));
    }
    return isNew ? Stored.STORED : Stored.RENEWED;
  }

  /**
   * Renews the record or route whose token is the hash of {@code revealed}, which becomes the next
   * token. A route leads to {@code source} from now on.
   *
   * @return {@code RENEWED} or {@code UNKNOWN_REFRESH}
   */
  public Stored refresh(Fixed32 revealed, NodeAddress source, long nowEpochMillis) {
    Place place = refreshTokens.remove(Blake2b.hash(revealed.toSlice()));
    if (place == null) {
      return Stored.UNKNOWN_REFRESH;
    }
    long expiresAt = nowEpochMillis + limits.recordAge().toMillis();
    Entry route = routes.get(place.topic);
    Topic topic = topics.get(place.topic);
    Entry record = topic == null ? null : topic.records.get(place.publicKey);
    if (topic != null && record != null) {
      topic.records.put(place.publicKey, new Entry(expiresAt, source, record.bytes));
    } else if (route != null) {
      routes.put(place.topic, new Entry(expiresAt, source, route.bytes));
    } else {
      return Stored.UNKNOWN_REFRESH;
    }
    refreshTokens.put(revealed, place);
    return Stored.RENEWED;
  }

  /**
   * Removes a peer of a topic, and the route if the topic is the hash of the key.
   *
   * @return whether there was something to remove
   */
  public boolean unannounce(Fixed32 topic, Fixed32 publicKey) {
    boolean isRemoved = unannounceRecord(topic, publicKey);
    Entry route = routes.get(topic);
    if (route != null && Fixed32.of(route.bytes.array(), route.bytes.offset()).equals(publicKey)) {
      routes.remove(topic);
      return true;
    }
    return isRemoved;
  }

  private boolean unannounceRecord(Fixed32 topic, Fixed32 publicKey) {
    Topic held = topics.get(topic);
    if (held == null || held.records.remove(publicKey) == null) {
      return false;
    }
    records--;
    if (held.records.isEmpty()) {
      topics.remove(topic);
    }
    return true;
  }

  /** The server that announced itself under this target, or null. */
  public @Nullable Route route(Fixed32 target, long nowEpochMillis) {
    Entry route = routes.get(target);
    return route == null || route.expiresAt <= nowEpochMillis
        ? null
        : new Route(route.source, route.bytes);
  }

  /**
   * Writes a whole lookup reply: number of records, the records, the bump. The records are chosen
   * at random; if there are fewer than {@code max}, the route of that target is one of them.
   * Nothing is written when there are none.
   *
   * @param max 1 to 20
   * @return number of records
   */
  public int lookup(Fixed32 topic, int max, CompactWriter out, long nowEpochMillis) {
    List<Slice> found = new ArrayList<>();
    Topic held = topics.get(topic);
    if (held != null) {
      for (Entry entry : held.records.values()) {
        if (entry.expiresAt > nowEpochMillis) {
          found.add(entry.bytes);
        }
      }
      Collections.shuffle(found, java.util.Random.from(chance));
      found = found.subList(0, Math.min(found.size(), max));
    }
    Entry route = routes.get(topic);
    if (route != null && route.expiresAt > nowEpochMillis && found.size() < max) {
      found.add(route.bytes);
    }
    if (!found.isEmpty()) {
      out.uint(found.size());
      found.forEach(out::raw);
      out.uint(held == null ? 0 : held.bump);
    }
    return found.size();
  }

  /** Highest bump announced with a record of the topic, 0 if none. */
  public long bump(Fixed32 topic) {
    Topic held = topics.get(topic);
    return held == null ? 0 : held.bump;
  }

  /**
   * Stores a mutable value.
   *
   * @param target hash of the public key
   * @param encodedValue as in a reply: sequence number, value, signature
   */
  public Stored putMutable(
      Fixed32 target, long seq, Slice encodedValue, NodeAddress source, long nowEpochMillis) {
    Entry held = mutables.get(target);
    if (held != null) {
      long heldSeq = seqOf(held.bytes);
      if (seq < heldSeq) {
        return Stored.SEQ_TOO_LOW;
      }
      if (seq == heldSeq && !unsigned(held.bytes).equals(unsigned(encodedValue))) {
        return Stored.SEQ_REUSED;
      }
    }
    return putValue(mutables, limits.maxMutables(), target, encodedValue, source, nowEpochMillis);
  }

  private static Slice unsigned(Slice encoded) {
    return encoded.range(0, encoded.length() - SIGNATURE_BYTES);
  }

  private static long seqOf(Slice encoded) {
    try {
      return encoded.reader().uint();
    } catch (org.peerstead.securestream.encoding.EncodingException e) {
      throw new IllegalStateException("a stored value does not begin with a number", e);
    }
  }

  /** The encoded mutable value of a target, or null. */
  public @Nullable Slice mutable(Fixed32 target, long nowEpochMillis) {
    return value(mutables, target, nowEpochMillis);
  }

  /**
   * Stores an immutable value.
   *
   * @param target hash of the value
   */
  public Stored putImmutable(Fixed32 target, Slice value, NodeAddress source, long nowEpochMillis) {
    return putValue(immutables, limits.maxImmutables(), target, value, source, nowEpochMillis);
  }

  /** The immutable value of a target, or null. */
  public @Nullable Slice immutable(Fixed32 target, long nowEpochMillis) {
    return value(immutables, target, nowEpochMillis);
  }

  private Stored putValue(
      Map<Fixed32, Entry> values,
      int max,
      Fixed32 target,
      Slice value,
      NodeAddress source,
      long now) {
    if (value.length() > limits.maxValueBytes()) {
      return Stored.REFUSED_SIZE;
    }
    boolean isNew = !values.containsKey(target);
    if (isNew && values.size() >= max) {
      return Stored.REFUSED_STORE_LIMIT;
    }
    values.put(target, new Entry(now + limits.valueAge().toMillis(), source, value.copy()));
    return isNew ? Stored.STORED : Stored.RENEWED;
  }

  private static @Nullable Slice value(Map<Fixed32, Entry> values, Fixed32 target, long now) {
    Entry entry = values.get(target);
    return entry == null || entry.expiresAt <= now ? null : entry.bytes;
  }

  /** Forgets what has expired: a bounded number of entries, the rest at the next calls. */
  public void advance(long nowEpochMillis) {
    for (Iterator<Topic> each = topics.values().iterator(); each.hasNext(); ) {
      Topic topic = each.next();
      int before = topic.records.size();
      topic.records.values().removeIf(entry -> entry.expiresAt <= nowEpochMillis);
      records -= before - topic.records.size();
      if (topic.records.isEmpty()) {
        each.remove();
      }
    }
    for (Map<Fixed32, Entry> each : List.of(routes, mutables, immutables)) {
      each.values().removeIf(entry -> entry.expiresAt <= nowEpochMillis);
    }
  }

  /** What the book holds and did. */
  public RecordCounts counts() {
    Map<RecordKind, KindCounts> kinds = new EnumMap<>(RecordKind.class);
    kinds.put(RecordKind.TOPIC_RECORD, held(records));
    kinds.put(RecordKind.ROUTE, held(routes.size()));
    kinds.put(RecordKind.MUTABLE, held(mutables.size()));
    kinds.put(RecordKind.IMMUTABLE, held(immutables.size()));
    return new RecordCounts(topics.size(), refreshTokens.size(), kinds, 0, 0);
  }

  private static KindCounts held(int count) {
    return new KindCounts(count, 0, 0, 0, 0, 0, 0, 0);
  }
}
