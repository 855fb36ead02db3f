package org.peerstead.relay.turn.quota;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;

/**
 * Counts what users and sources hold. Thread-safe; one for all loops of a relay.
 *
 * <p>Memory is bounded by the live allocations: a user's or source's entry vanishes with its last
 * allocation. Where rates are limited the entry of a user lingers until its buckets are full again
 * (half a second as a rule), so that allocating anew does not refill them; at most {@link
 * #MAX_LINGERING} do.
 */
public final class Quotas {
  static final int MAX_LINGERING = 10_000;

  /** Written under the lock of this, read without. */
  private volatile QuotaLimits limits;

  /** The limits when they limit rates, else null: all that the data path has to look at. */
  private volatile @Nullable QuotaLimits rates;

  final RateBucket totalUp = new RateBucket(0);
  final RateBucket totalDown = new RateBucket(0);

  private final Map<String, UserLedger> users = new HashMap<>();
  private final Map<SourceKey, Integer> sources = new HashMap<>();
  private final ArrayDeque<UserLedger> lingering = new ArrayDeque<>();
  private int allocations;

  /** Nothing is held. */
  public Quotas(QuotaLimits limits) {
    this.limits = limits;
    this.rates = rated(limits);
  }

  private static @Nullable QuotaLimits rated(QuotaLimits limits) {
    return limits.bitsPerSecond() == 0 && limits.bitsPerSecondPerUser() == 0 ? null : limits;
  }

  @Nullable QuotaLimits rates() {
    return rates;
  }

  /** What holds now. */
  public QuotaLimits limits() {
    return limits;
  }

  /** Replaces the limits; allocations beyond new ones stay, rates hold at once for all. */
  public synchronized void replace(QuotaLimits newLimits) {
    limits = newLimits;
    rates = rated(newLimits);
  }

  /**
   * Counts an allocation, if it fits.
   *
   * @param userId who asks, whatever the username of the moment is
   * @param source the client's address
   * @return the {@link QuotaShare}, to be released when the allocation ends, or a {@link
   *     QuotaRefusal}
   */
  public synchronized QuotaResult acquire(String userId, IpAddress source, long nowNanos) {
    forgetLingering(nowNanos);
    if (isReached(allocations, limits.allocations())) {
      return QuotaRefusal.TOTAL;
    }
    @Nullable UserLedger known = users.get(userId);
    if (known != null && isReached(known.allocations, limits.allocationsPerUser())) {
      return QuotaRefusal.USER;
    }
    SourceKey key = SourceKey.of(source);
    int ofSource = sources.getOrDefault(key, 0);
    if (isReached(ofSource, limits.allocationsPerSource())) {
      return QuotaRefusal.SOURCE;
    }
    UserLedger user = known == null ? new UserLedger(userId, nowNanos) : known;
    if (known == null) {
      users.put(userId, user);
    }
    user.allocations++;
    sources.put(key, ofSource + 1);
    allocations++;
    return new QuotaShare(this, user, key);
  }

  private static boolean isReached(int held, int limit) {
    return limit != 0 && held >= limit;
  }

  synchronized void release(QuotaShare share) {
    allocations--;
    sources.computeIfPresent(share.source, (key, count) -> count == 1 ? null : count - 1);
    UserLedger user = share.user;
    user.allocations--;
    if (user.allocations > 0 || user.isLingering) {
      return;
    }
    if (rates == null) {
      users.remove(user.userId);
      return;
    }
    user.isLingering = true;
    lingering.add(user);
    if (lingering.size() > MAX_LINGERING) {
      forget(lingering.remove());
    }
  }

  private void forgetLingering(long nowNanos) {
    while (!lingering.isEmpty()) {
      UserLedger oldest = lingering.element();
      if (oldest.allocations == 0 && !oldest.isFull(nowNanos)) {
        return;
      }
      forget(lingering.remove());
    }
  }

  private void forget(UserLedger user) {
    user.isLingering = false;
    if (user.allocations == 0) {
      users.remove(user.userId);
    }
  }

  /** Allocations that are counted. */
  public synchronized int allocations() {
    return allocations;
  }

  /** User ids that are remembered. */
  public synchronized int users() {
    return users.size();
  }

  /** Sources that are remembered. */
  public synchronized int sources() {
    return sources.size();
  }
}
