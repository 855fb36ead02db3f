package org.peerstead.hypercore.net;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The will to be connected to an address: dials it, and dials again whenever the connection ends,
 * until it is closed.
 *
 * <pre>
 * CONNECTING  the socket is opened and the peer proves itself
 * CONNECTED   the peer is proven; the wait of the next failure is the shortest again
 * WAITING     it failed or ended; the next attempt follows
 * CLOSED      close()
 * </pre>
 *
 * <p>When two nodes dial each other, both connections stay: replication shares the work between
 * them. Thread-safe.
 */
public final class Peering implements AutoCloseable {
  /** Where a peering stands. */
  public enum State {
    /** An attempt is under way. */
    CONNECTING,
    /** There is a proven peer. */
    CONNECTED,
    /** The next attempt comes later. */
    WAITING,
    /** It has been given up. */
    CLOSED
  }

  private static final int MAX_DOUBLINGS = 16;

  private final PeerNetwork network;
  private final InetSocketAddress address;
  private final @Nullable Fixed32 expectedKey;
  private State state = State.CONNECTING;
  private @Nullable Connection connection;
  private @Nullable CloseReason lastProblem;
  private String lastDetail = "";
  private long attempts;
  private int failures;

  Peering(PeerNetwork network, InetSocketAddress address, @Nullable Fixed32 expectedKey) {
    this.network = network;
    this.address = address;
    this.expectedKey = expectedKey;
  }

  /** What is dialled. */
  public InetSocketAddress address() {
    return address;
  }

  /** The only peer that is wanted there, if one was named. */
  public Optional<Fixed32> expectedKey() {
    return Optional.ofNullable(expectedKey);
  }

  /** Where it stands. */
  public synchronized State state() {
    return state;
  }

  /** The peer that is connected. */
  public synchronized Optional<Fixed32> remoteKey() {
    return Optional.ofNullable(connection).map(Connection::publicKey);
  }

  /** Attempts so far. */
  public synchronized long attempts() {
    return attempts;
  }

  /** Why the last attempt failed or the last connection ended. */
  public synchronized Optional<CloseReason> lastProblem() {
    return Optional.ofNullable(lastProblem);
  }

  /** The words that belong to {@link #lastProblem}; may be empty. */
  public synchronized String lastDetail() {
    return lastDetail;
  }

  /** Ends the connection and the dialling. */
  @Override
  public void close() {
    Connection open;
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      open = connection;
      connection = null;
    }
    network.forget(this);
    if (open != null) {
      network.close(open, CloseReason.CLOSED_LOCALLY, "peering closed");
    }
  }

  /** Begins an attempt; false when it is closed. */
  synchronized boolean begin() {
    if (state == State.CLOSED) {
      return false;
    }
    state = State.CONNECTING;
    attempts++;
    return true;
  }

  /** The peer is proven; false when the peering was closed meanwhile. */
  synchronized boolean connected(Connection proven) {
    if (state == State.CLOSED) {
      return false;
    }
    state = State.CONNECTED;
    connection = proven;
    failures = 0;
    return true;
  }

  /**
   * The attempt or the connection is over.
   *
   * @param chance 0 to 1
   * @return how long to wait before the next attempt, or null when there is none
   */
  synchronized @Nullable Duration ended(
      CloseReason reason, String detail, Duration min, Duration max, double chance) {
    connection = null;
    lastProblem = reason;
    lastDetail = detail;
    if (state == State.CLOSED) {
      return null;
    }
    state = State.WAITING;
    long doubled = min.toMillis() << Math.min(failures, MAX_DOUBLINGS);
    failures++;
    long wait = Math.min(max.toMillis(), Math.max(doubled, 1));
    // Half of the wait is random, so that nodes which lost the same peer do not return together.
    return Duration.ofMillis(wait / 2 + (long) (chance * (wait - wait / 2)));
  }

  @Override
  public String toString() {
    return "Peering[" + address + ", " + state() + "]";
  }
}
