package org.peerstead.relay.turn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.Principal;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.quota.QuotaShare;

/**
 * What a client holds at the relay (RFC 8656 section 3.2): one relayed address, or one of each
 * family, with the permissions and channels that belong to them. State without decisions; {@link
 * Allocations} gives it its life and {@link DataPath} carries its packets.
 */
final class Allocation {
  /** How long a repeated Allocate gets the answer of the first one (RFC 8489 section 6.2.1). */
  static final long ANSWER_KEPT_NANOS = 40_000_000_000L;

  final String id;
  final String username;
  final String userId;
  final QuotaShare share;
  final long createdNanos;
  final long createdEpochMillis;

  /** Where the client is now. */
  ClientPath path;

  /** Where it says to have moved; it counts from the first data on (RFC 8016 section 3.2.2). */
  @Nullable ClientPath nextPath;

  MobilityTickets.@Nullable Ticket ticket;
  MobilityTickets.@Nullable Ticket nextTicket;

  @Nullable RelayedAddress v4;
  @Nullable RelayedAddress v6;
  @Nullable TcpRelay tcp;
  final ChannelNumbers channels = new ChannelNumbers();

  /** The Allocate that made this, and what it was answered; forgotten after a while. */
  @Nullable TransactionId allocateId;

  byte @Nullable [] allocateAnswer;

  /** Whose access token it lives on; null when its user has a password (RFC 7635). */
  @Nullable Principal tokenHolder;

  boolean isEnded;
  long packetsUp;
  long bytesUp;
  long packetsDown;
  long bytesDown;
  long drops;

  // Its place in the expiry wheel.
  @Nullable Allocation previous;
  @Nullable Allocation next;
  int bucket = ExpiryWheel.NOWHERE;

  Allocation(
      String id,
      String username,
      String userId,
      QuotaShare share,
      ClientPath path,
      long nowNanos,
      long nowEpochMillis) {
    this.id = id;
    this.username = username;
    this.userId = userId;
    this.share = share;
    this.path = path;
    this.createdNanos = nowNanos;
    this.createdEpochMillis = nowEpochMillis;
  }

  @Nullable RelayedAddress relayed(IpFamily family) {
    return family == IpFamily.V4 ? v4 : v6;
  }

  void setRelayed(IpFamily family, @Nullable RelayedAddress relayed) {
    if (family == IpFamily.V4) {
      v4 = relayed;
    } else {
      v6 = relayed;
    }
  }

  List<RelayedAddress> relayed() {
    List<RelayedAddress> held = new ArrayList<>(2);
    if (v4 != null) {
      held.add(v4);
    }
    if (v6 != null) {
      held.add(v6);
    }
    return held;
  }

  /** When the last of its relayed addresses runs out. */
  long expiresAtNanos() {
    long latest = Long.MIN_VALUE;
    boolean isFirst = true;
    for (RelayedAddress held : relayed()) {
      if (isFirst || held.expiresAtNanos - latest > 0) {
        latest = held.expiresAtNanos;
        isFirst = false;
      }
    }
    return latest;
  }

  boolean isExpired(long nowNanos) {
    return expiresAtNanos() - nowNanos <= 0;
  }

  /** Whether a request is the one that made this allocation, sent again. */
  boolean wasMadeBy(TransactionId transactionId, long nowNanos) {
    return allocateAnswer != null
        && transactionId.equals(allocateId)
        && nowNanos - createdNanos < ANSWER_KEPT_NANOS;
  }

  SessionView view(long nowNanos) {
    List<TransportAddress> addresses = new ArrayList<>(2);
    int permissions = 0;
    for (RelayedAddress held : relayed()) {
      addresses.add(held.advertised());
      permissions += held.permissions.size();
    }
    return new SessionView(
        id,
        userId,
        path.transport(),
        path.client(),
        path.server(),
        addresses,
        tcp == null ? "udp" : "tcp",
        createdEpochMillis,
        (nowNanos - createdNanos) / 1_000_000_000L,
        Math.max(0, (expiresAtNanos() - nowNanos) / 1_000_000_000L),
        permissions,
        channels.size(),
        packetsUp,
        bytesUp,
        packetsDown,
        bytesDown,
        drops);
  }
}
