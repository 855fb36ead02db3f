package org.peerstead.discovery.hyperdht.records;

import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * All that others store at this node. Signatures, hashes and tokens were checked by the caller.
 *
 * <p>Not thread-safe; owner thread only. Changes are written to the {@link DhtStore}, whose {@link
 * DhtStore#commit} is called by the shell after each batch of packets.
 */
public final class RecordBook {
  /** Records that a lookup shows at most. */
  public static final int MAX_LOOKUP = 20;

  private static final int SIGNATURE_BYTES = 64;

  /** Entries of each kind that a change forgets before it takes place. */
  private static final int EXPIRED_PER_CHANGE = 4;

  /** Entries of each kind that {@link #advance} forgets at most. */
  private static final int EXPIRED_PER_ADVANCE = 2_000;

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

  private final DhtStore store;
  private final TopicBook topics;
  private final ValueBook mutables;
  private final ValueBook immutables;
  private long loaded;
  private long damaged;

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
    var hash = new KeyHash(secrets);
    this.store = store;
    this.topics = new TopicBook(limits, store, chance, hash, listener);
    this.mutables =
        new ValueBook(
            RecordKind.MUTABLE,
            Section.MUTABLES,
            limits.maxMutables(),
            limits,
            store,
            hash,
            listener);
    this.immutables =
        new ValueBook(
            RecordKind.IMMUTABLE,
            Section.IMMUTABLES,
            limits.maxImmutables(),
            limits,
            store,
            hash,
            listener);
  }

  /**
   * Takes over what is in the store and has not expired, as far as the limits allow; what is not
   * taken over is deleted there. To be called once, before all others; takes about a second for a
   * million records.
   */
  public void load(long nowEpochMillis) {
    var loading = new Loading(store, nowEpochMillis);
    topics.load(loading);
    mutables.load(loading);
    immutables.load(loading);
    loaded = loading.loaded();
    damaged = loading.damaged();
  }

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
    topics.expire(nowEpochMillis, EXPIRED_PER_CHANGE);
    return topics.announce(topic, source, publicKey, peerRecord, refresh, bump, nowEpochMillis);
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
    topics.expire(nowEpochMillis, EXPIRED_PER_CHANGE);
    return topics.announceRoute(target, source, publicKey, peerRecord, refresh, nowEpochMillis);
  }

  /**
   * Renews the record or route whose token is the hash of {@code revealed}, which becomes the next
   * token. A route leads to {@code source} from now on.
   *
   * @return {@code RENEWED} or {@code UNKNOWN_REFRESH}
   */
  public Stored refresh(Fixed32 revealed, NodeAddress source, long nowEpochMillis) {
    return topics.refresh(revealed, source, nowEpochMillis);
  }

  /**
   * Removes a peer of a topic, and the route if the topic is the hash of the key.
   *
   * @return whether there was something to remove
   */
  public boolean unannounce(Fixed32 topic, Fixed32 publicKey) {
    return topics.unannounce(topic, publicKey);
  }

  /** The server that announced itself under this target, or null. */
  public @Nullable Route route(Fixed32 target, long nowEpochMillis) {
    return topics.route(target, nowEpochMillis);
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
    return topics.lookup(topic, max, out, nowEpochMillis);
  }

  /** Highest bump announced with a record of the topic, 0 if none. */
  public long bump(Fixed32 topic) {
    return topics.bump(topic);
  }

  /**
   * Stores a mutable value.
   *
   * @param target hash of the public key
   * @param encodedValue as in a reply: sequence number, value, signature
   */
  public Stored putMutable(
      Fixed32 target, long seq, Slice encodedValue, NodeAddress source, long nowEpochMillis) {
    mutables.expire(nowEpochMillis, EXPIRED_PER_CHANGE);
    Slice held = mutables.find(target, nowEpochMillis);
    if (held != null) {
      long heldSeq = seqOf(held);
      if (seq < heldSeq) {
        return Stored.SEQ_TOO_LOW;
      }
      if (seq == heldSeq && !unsigned(held).equals(unsigned(encodedValue))) {
        return Stored.SEQ_REUSED;
      }
    }
    return mutables.put(target, encodedValue, source, nowEpochMillis);
  }

  private static Slice unsigned(Slice encoded) {
    return encoded.range(0, encoded.length() - SIGNATURE_BYTES);
  }

  private static long seqOf(Slice encoded) {
    try {
      return encoded.reader().uint();
    } catch (EncodingException e) {
      throw new IllegalStateException("a stored value does not begin with a number", e);
    }
  }

  /** The encoded mutable value of a target, or null. */
  public @Nullable Slice mutable(Fixed32 target, long nowEpochMillis) {
    return mutables.find(target, nowEpochMillis);
  }

  /**
   * Stores an immutable value.
   *
   * @param target hash of the value
   */
  public Stored putImmutable(Fixed32 target, Slice value, NodeAddress source, long nowEpochMillis) {
    immutables.expire(nowEpochMillis, EXPIRED_PER_CHANGE);
    return immutables.put(target, value, source, nowEpochMillis);
  }

  /** The immutable value of a target, or null. */
  public @Nullable Slice immutable(Fixed32 target, long nowEpochMillis) {
    return immutables.find(target, nowEpochMillis);
  }

  /**
   * Forgets what has expired: a bounded number of entries, so that a call takes a millisecond or
   * two at most. What has expired is not shown even before it is forgotten.
   *
   * @return whether there may be more to forget; then the next call should follow soon
   */
  public boolean advance(long nowEpochMillis) {
    // All of them, whatever the first ones say.
    return topics.expire(nowEpochMillis, EXPIRED_PER_ADVANCE)
        | mutables.expire(nowEpochMillis, EXPIRED_PER_ADVANCE)
        | immutables.expire(nowEpochMillis, EXPIRED_PER_ADVANCE);
  }

  /** What the book holds and did. */
  public RecordCounts counts() {
    Map<RecordKind, KindCounts> kinds = new EnumMap<>(RecordKind.class);
    kinds.put(RecordKind.TOPIC_RECORD, topics.recordCounts());
    kinds.put(RecordKind.ROUTE, topics.routeCounts());
    kinds.put(RecordKind.MUTABLE, mutables.counts());
    kinds.put(RecordKind.IMMUTABLE, immutables.counts());
    return new RecordCounts(topics.topics(), topics.refreshTokens(), kinds, loaded, damaged);
  }
}
