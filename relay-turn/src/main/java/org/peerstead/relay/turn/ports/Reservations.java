package org.peerstead.relay.turn.ports;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;

/**
 * Reserved ports by their tokens (RFC 8656 sections 7.2 and 18.7). Thread-safe, and bounded in all
 * and per user: a client could otherwise pin every port by allocating, reserving and freeing.
 */
public final class Reservations {
  /** Bytes of a RESERVATION-TOKEN. */
  public static final int TOKEN_BYTES = 8;

  /** How long a port is kept: RFC 8656 section 7.2 wants at least this. */
  public static final long LIFETIME_NANOS = 30_000_000_000L;

  private final RandomGenerator random;
  private final int limit;
  private final int limitPerUser;

  /** Oldest first. */
  private final LinkedHashMap<Long, Pending> pending = new LinkedHashMap<>();

  private final Map<String, Integer> pendingOfUser = new HashMap<>();

  /** Read without the lock, since loops ask for it whenever they wait. */
  private volatile long nextExpiryNanos = Long.MAX_VALUE;

  private record Pending(Reservation reservation, long expiresNanos) {}

  /**
   * No reservations.
   *
   * @param random unpredictable to clients, and thread-safe when it is shared
   * @param limit most reservations at a time
   * @param limitPerUser most reservations of one username at a time
   */
  public Reservations(RandomGenerator random, int limit, int limitPerUser) {
    if (limit < 0 || limitPerUser < 0) {
      throw new IllegalArgumentException("limits are 0 or more");
    }
    this.random = random;
    this.limit = limit;
    this.limitPerUser = limitPerUser;
  }

  /**
   * Keeps a port.
   *
   * @return its token; null when there are too many, and the port stays the caller's
   */
  public synchronized byte @Nullable [] reserve(
      String username, IpFamily family, int port, long nowNanos) {
    int ofUser = pendingOfUser.getOrDefault(username, 0);
    if (pending.size() >= limit || ofUser >= limitPerUser) {
      return null;
    }
    long token = random.nextLong();
    while (pending.containsKey(token)) {
      token = random.nextLong();
    }
    pending.put(
        token, new Pending(new Reservation(username, family, port), nowNanos + LIFETIME_NANOS));
    pendingOfUser.put(username, ofUser + 1);
    noteNextExpiry();
    return ByteBuffer.allocate(TOKEN_BYTES).putLong(token).array();
  }

  /**
   * Hands out a reserved port, once, to the user who reserved it.
   *
   * @return null when the token is unknown, expired or somebody else's, which is not told apart
   */
  public synchronized @Nullable Reservation redeem(byte[] token, String username, long nowNanos) {
    if (token.length != TOKEN_BYTES) {
      return null;
    }
    long key = ByteBuffer.wrap(token).getLong();
    @Nullable Pending found = pending.get(key);
    if (found == null
        || found.expiresNanos - nowNanos <= 0
        || !found.reservation.username().equals(username)) {
      return null;
    }
    pending.remove(key);
    forget(username);
    noteNextExpiry();
    return found.reservation;
  }

  /** Ends what nobody redeemed in time; the ports go back to their pools, by the caller. */
  public List<Reservation> expire(long nowNanos) {
    long next = nextExpiryNanos;
    return next == Long.MAX_VALUE || next - nowNanos > 0 ? List.of() : takeExpired(nowNanos);
  }

  private synchronized List<Reservation> takeExpired(long nowNanos) {
    List<Reservation> expired = new ArrayList<>();
    Iterator<Pending> oldest = pending.values().iterator();
    while (oldest.hasNext()) {
      Pending next = oldest.next();
      if (next.expiresNanos - nowNanos > 0) {
        break;
      }
      oldest.remove();
      forget(next.reservation.username());
      expired.add(next.reservation);
    }
    noteNextExpiry();
    return expired;
  }

  /** When {@link #expire} is wanted next; {@link Long#MAX_VALUE} for never. */
  public long nextExpiryNanos() {
    return nextExpiryNanos;
  }

  private void noteNextExpiry() {
    nextExpiryNanos =
        pending.isEmpty() ? Long.MAX_VALUE : pending.firstEntry().getValue().expiresNanos;
  }

  /** Ports that are reserved. */
  public synchronized int count() {
    return pending.size();
  }

  private void forget(String username) {
    pendingOfUser.computeIfPresent(username, (name, count) -> count == 1 ? null : count - 1);
  }
}
