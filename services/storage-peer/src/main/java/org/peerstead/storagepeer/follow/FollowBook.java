package org.peerstead.storagepeer.follow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * All logs that are kept, in memory, with the sums that the limits are about; changes are written
 * to a {@link FollowStore} by {@link #save}.
 *
 * <p>What is given up: first what exceeds an owner's quota, among that owner's logs; then what
 * exceeds the whole, among all. In both cases logs of the lowest priority first, among equals the
 * one whose last activity is longest ago, whole logs at a time, and never own, pinned or announced
 * ones. Thread-safe: every method holds the lock for a short time only, except {@link #save}, which
 * writes outside of it.
 */
public final class FollowBook {
  private static final Comparator<FollowedCore> FIRST_TO_GO =
      Comparator.comparingInt(FollowedCore::priority)
          .thenComparingLong(FollowedCore::activeMillis)
          .thenComparing(FollowedCore::key);

  /** Bytes and logs of one owner. */
  private static final class Account {
    long bytes;
    long evictableBytes;
    int cores;
  }

  private final FollowStore store;
  private final FollowLimits limits;
  private final TreeMap<Fixed32, FollowedCore> cores = new TreeMap<>();
  private final Map<String, Account> accounts = new HashMap<>();
  private final Set<Fixed32> unsaved = new HashSet<>();
  private long storedBytes;
  private long evictableBytes;

  /** Reads what the store holds. */
  public FollowBook(FollowStore store, FollowLimits limits) {
    this.store = store;
    this.limits = limits;
    store.visit(core -> {
      cores.put(core.key(), core);
      count(core, 1);
    });
  }

  /** The limits it keeps. */
  public FollowLimits limits() {
    return limits;
  }

  /** A log that is kept. */
  public synchronized Optional<FollowedCore> find(Fixed32 key) {
    return Optional.ofNullable(cores.get(key));
  }

  /** All logs, ascending by key. */
  public synchronized List<FollowedCore> all() {
    return List.copyOf(cores.values());
  }

  /** Keys of the first logs, ascending. */
  public synchronized List<Fixed32> keys(int limit) {
    return cores.keySet().stream().limit(limit).toList();
  }

  /** How many logs are kept. */
  public synchronized int size() {
    return cores.size();
  }

  /** Bytes of all blocks that are here. */
  public synchronized long storedBytes() {
    return storedBytes;
  }

  /** Bytes that are kept for an owner. */
  public synchronized long storedBytes(String owner) {
    Account account = accounts.get(owner);
    return account == null ? 0 : account.bytes;
  }

  /**
   * Whether another log may be kept for an owner.
   *
   * @return why not, or empty
   */
  public synchronized Optional<Refusal> refusal(String owner) {
    if (cores.size() >= limits.maxCores()) {
      return Optional.of(Refusal.TOO_MANY_CORES);
    }
    Account account = accounts.get(owner);
    if (account != null && !owner.equals(FollowedCore.ADMIN)) {
      if (account.cores >= limits.maxCoresPerOwner()) {
        return Optional.of(Refusal.TOO_MANY_CORES_OF_OWNER);
      }
      if (isQuotaUsedUp(account)) {
        return Optional.of(Refusal.OWNER_QUOTA);
      }
    }
    if (isFull()) {
      return Optional.of(Refusal.STORE_FULL);
    }
    return Optional.empty();
  }

  /**
   * Whether more blocks of a log may be taken now.
   *
   * @return why not, or empty
   */
  public synchronized Optional<Refusal> refusalToGrow(FollowedCore core) {
    if (core.maxBytes() > 0 && core.storedBytes() >= core.maxBytes()) {
      return Optional.of(Refusal.CORE_LIMIT);
    }
    Account account = accounts.get(core.owner());
    if (account != null && !core.owner().equals(FollowedCore.ADMIN) && isQuotaUsedUp(account)) {
      return Optional.of(Refusal.OWNER_QUOTA);
    }
    return isFull() ? Optional.of(Refusal.STORE_FULL) : Optional.empty();
  }

  /** As long as something may be given up, the limit is kept by giving up. */
  private boolean isQuotaUsedUp(Account account) {
    return account.bytes >= limits.maxBytesPerOwner()
        && (limits.ownerQuota() == FollowLimits.Policy.REFUSE || account.evictableBytes == 0);
  }

  private boolean isFull() {
    return storedBytes >= limits.maxBytes()
        && (limits.eviction() == FollowLimits.Policy.REFUSE || evictableBytes == 0);
  }

  /** Adds a log or replaces what is known of it. */
  public synchronized void put(FollowedCore core) {
    FollowedCore before = cores.put(core.key(), core);
    if (before != null) {
      count(before, -1);
    }
    count(core, 1);
    unsaved.add(core.key());
  }

  /** Changes what is known of a log; nothing happens when it is not kept. */
  public synchronized Optional<FollowedCore> update(
      Fixed32 key, UnaryOperator<FollowedCore> change) {
    FollowedCore before = cores.get(key);
    if (before == null) {
      return Optional.empty();
    }
    FollowedCore after = change.apply(before);
    if (!after.equals(before)) {
      put(after);
    }
    return Optional.of(after);
  }

  /** Forgets a log. */
  public synchronized void remove(Fixed32 key) {
    FollowedCore before = cores.remove(key);
    if (before != null) {
      count(before, -1);
      unsaved.add(key);
    }
  }

  private void count(FollowedCore core, int sign) {
    storedBytes += sign * core.storedBytes();
    Account account = accounts.computeIfAbsent(core.owner(), owner -> new Account());
    account.bytes += sign * core.storedBytes();
    if (core.isEvictable()) {
      account.evictableBytes += sign * core.storedBytes();
      evictableBytes += sign * core.storedBytes();
    }
    account.cores += sign;
    if (account.cores == 0) {
      accounts.remove(core.owner());
    }
  }

  /** The logs to give up now, in this order, so that every limit of bytes is kept. */
  public synchronized List<FollowedCore> toEvict() {
    var plan = new ArrayList<FollowedCore>();
    long over = storedBytes - limits.maxBytes();
    if (limits.ownerQuota() == FollowLimits.Policy.EVICT) {
      for (Map.Entry<String, Account> entry : accounts.entrySet()) {
        long excess = entry.getValue().bytes - limits.maxBytesPerOwner();
        if (excess > 0 && !entry.getKey().equals(FollowedCore.ADMIN)) {
          over -= plan(entry.getKey(), excess, plan);
        }
      }
    }
    if (over > 0 && limits.eviction() == FollowLimits.Policy.EVICT) {
      plan(null, over, plan);
    }
    return plan;
  }

  private long plan(@Nullable String owner, long excess, List<FollowedCore> plan) {
    Set<Fixed32> planned = new HashSet<>();
    plan.forEach(core -> planned.add(core.key()));
    List<FollowedCore> candidates =
        cores.values().stream()
            .filter(core -> core.isEvictable() && core.storedBytes() > 0)
            .filter(core -> owner == null || core.owner().equals(owner))
            .filter(core -> !planned.contains(core.key()))
            .sorted(FIRST_TO_GO)
            .toList();
    long freed = 0;
    for (FollowedCore core : candidates) {
      if (freed >= excess) {
        break;
      }
      plan.add(core);
      freed += core.storedBytes();
    }
    return freed;
  }

  /** The logs that were without activity for too long. */
  public synchronized List<FollowedCore> expired(long nowMillis) {
    if (limits.retention() == null) {
      return List.of();
    }
    long oldest = nowMillis - limits.retention().toMillis();
    return cores.values().stream()
        .filter(core -> core.isEvictable() && core.activeMillis() < oldest)
        .toList();
  }

  /** Writes what changed since the last call; changes that cannot be written stay to be written. */
  public void save() {
    Collection<FollowedCore> records = new ArrayList<>();
    Collection<Fixed32> removed = new ArrayList<>();
    Set<Fixed32> keys;
    synchronized (this) {
      if (unsaved.isEmpty()) {
        return;
      }
      keys = new HashSet<>(unsaved);
      unsaved.clear();
      for (Fixed32 key : keys) {
        FollowedCore core = cores.get(key);
        if (core == null) {
          removed.add(key);
        } else {
          records.add(core);
        }
      }
    }
    try {
      store.write(records, removed);
    } catch (RuntimeException e) {
      synchronized (this) {
        unsaved.addAll(keys);
      }
      throw e;
    }
  }
}
