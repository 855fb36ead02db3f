package org.peerstead.discovery.hyperdht.records;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.hyperdht.records.RecordListener.Eviction;

/**
 * All entries of one kind: how old they are, where they came from, how many there may be. What an
 * entry says, and how it is found, is the business of the owner.
 *
 * <p>All entries of a shelf have the same age, so the order of their renewal is the order of their
 * expiry: a queue, and no timer.
 *
 * <table>
 * <caption>The first bytes of an entry</caption>
 * <tr><th>Offset</th><th>Bytes</th><th>Content</th></tr>
 * <tr><td>0</td><td>4</td><td>the chain of an {@link Index}</td></tr>
 * <tr><td>4</td><td>8</td><td>neighbours in the queue</td></tr>
 * <tr><td>12</td><td>12</td><td>of {@link Sources}</td></tr>
 * <tr><td>24</td><td>8</td><td>expiry in milliseconds since 1970</td></tr>
 * <tr><td>32</td><td></td><td>of the owner</td></tr>
 * </table>
 */
final class Shelf {
  static final int SOURCE = 12;
  static final int HEADER_BYTES = 32;

  private static final int OLDER = 4;
  private static final int NEWER = 8;
  private static final int EXPIRES_AT = SOURCE + Sources.ENTRY_BYTES;

  /** Takes an entry out of the owner's indexes and out of the store, before it is released. */
  @FunctionalInterface
  interface Owner {
    void forget(int entry);
  }

  /** How much a shelf may hold. */
  record Bounds(int total, int perHost, int perNetwork, long ageMillis) {}

  private final RecordKind kind;
  private final Bounds bounds;
  private final Slots entries;
  private final Sources sources;
  private final Owner owner;
  private final RecordListener listener;
  private int oldest = Slots.NONE;
  private int newest = Slots.NONE;
  private long stored;
  private long renewed;
  private long removed;
  private long expired;
  private long evicted;
  private long refused;

  /**
   * An empty shelf.
   *
   * @param entries the memory, at least {@link #HEADER_BYTES} each; for this shelf only
   */
  Shelf(
      RecordKind kind,
      Bounds bounds,
      Slots entries,
      KeyHash hash,
      Owner owner,
      RecordListener listener) {
    this.kind = kind;
    this.bounds = bounds;
    this.entries = entries;
    this.sources = new Sources(entries, hash);
    this.owner = owner;
    this.listener = listener;
  }

  int size() {
    return entries.used();
  }

  long expiresAt(int entry) {
    return entries.getLong(entry, EXPIRES_AT);
  }

  boolean isExpired(int entry, long nowMillis) {
    return expiresAt(entry) <= nowMillis;
  }

  /** The host that an entry came from. */
  int addressOf(int entry) {
    return sources.addressOf(entry);
  }

  /** Whether the source has as many entries as it may have; then a new one has to be refused. */
  boolean isSourceFull(int address) {
    return sources.countOfHost(address) >= bounds.perHost
        || sources.countOfNetwork(address) >= bounds.perNetwork;
  }

  /**
   * Makes room for a new entry, at the expense of another source when there is none.
   *
   * @return null when there is room, else why the entry has to be refused
   */
  @Nullable Stored makeRoom(int address) {
    if (isSourceFull(address)) {
      return refuse(Stored.REFUSED_SOURCE_LIMIT, address);
    }
    if (size() < bounds.total) {
      return null;
    }
    int victim = sources.victim(address);
    if (victim == Slots.NONE) {
      return refuse(Stored.REFUSED_STORE_LIMIT, address);
    }
    evict(victim, Eviction.STORE_FULL);
    return null;
  }

  /** Counts and tells a refusal. */
  Stored refuse(Stored why, int address) {
    refused++;
    listener.refused(kind, why, address);
    return why;
  }

  /** A new entry with a full age, as yet without content. There must be room. */
  int add(int address, long nowMillis) {
    stored++;
    return addUntil(address, nowMillis + bounds.ageMillis);
  }

  /** As {@link #add} with another expiry; {@link #sortByExpiry} must follow. */
  int addUntil(int address, long expiresAtMillis) {
    int entry = entries.take();
    entries.setLong(entry, EXPIRES_AT, expiresAtMillis);
    enqueue(entry);
    sources.add(entry, address);
    return entry;
  }

  /** Gives an entry a full age again, and the source that it came from now if that one may. */
  void renew(int entry, int address, long nowMillis) {
    renewed++;
    dequeue(entry);
    entries.setLong(entry, EXPIRES_AT, nowMillis + bounds.ageMillis);
    enqueue(entry);
    if (sources.addressOf(entry) == address || isSourceFull(address)) {
      sources.renew(entry);
    } else {
      sources.remove(entry);
      sources.add(entry, address);
    }
  }

  /** Removes an entry whose owner took it back. */
  void remove(int entry) {
    removed++;
    drop(entry);
  }

  /** Removes an entry that gives way to another. */
  void evict(int entry, Eviction why) {
    evicted++;
    int address = sources.addressOf(entry);
    drop(entry);
    listener.evicted(kind, why, address);
  }

  /**
   * Removes entries that have expired, at most {@code max}.
   *
   * @return whether there may be more
   */
  boolean expire(long nowMillis, int max) {
    for (int i = 0; i < max; i++) {
      int entry = oldest;
      if (entry == Slots.NONE || !isExpired(entry, nowMillis)) {
        return false;
      }
      expired++;
      drop(entry);
    }
    return true;
  }

  private void drop(int entry) {
    owner.forget(entry);
    dequeue(entry);
    sources.remove(entry);
    entries.release(entry);
  }

  private void enqueue(int entry) {
    entries.setInt(entry, OLDER, newest);
    entries.setInt(entry, NEWER, Slots.NONE);
    if (newest == Slots.NONE) {
      oldest = entry;
    } else {
      entries.setInt(newest, NEWER, entry);
    }
    newest = entry;
  }

  private void dequeue(int entry) {
    int older = entries.getInt(entry, OLDER);
    int newer = entries.getInt(entry, NEWER);
    if (older == Slots.NONE) {
      oldest = newer;
    } else {
      entries.setInt(older, NEWER, newer);
    }
    if (newer == Slots.NONE) {
      newest = older;
    } else {
      entries.setInt(newer, OLDER, older);
    }
  }

  /** Puts the queue in order after entries were added in no order. */
  void sortByExpiry() {
    record Aged(long expiresAt, int entry) {}
    Aged[] all = new Aged[size()];
    int count = 0;
    for (int entry = oldest; entry != Slots.NONE; entry = entries.getInt(entry, NEWER)) {
      all[count++] = new Aged(expiresAt(entry), entry);
    }
    Arrays.sort(all, (a, b) -> Long.compare(a.expiresAt, b.expiresAt));
    oldest = Slots.NONE;
    newest = Slots.NONE;
    for (Aged each : all) {
      enqueue(each.entry);
      sources.renew(each.entry);
    }
  }

  KindCounts counts() {
    return new KindCounts(
        size(), stored, renewed, removed, expired, evicted, refused, sources.hosts());
  }
}
