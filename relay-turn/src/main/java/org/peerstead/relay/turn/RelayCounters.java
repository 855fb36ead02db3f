package org.peerstead.relay.turn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.peerstead.relay.auth.AuthFailure;
import org.peerstead.relay.stun.IpFamily;

/**
 * What one engine has counted since it began. Written by the engine's thread only; any thread may
 * read, and sees numbers that are a little old at worst.
 */
public final class RelayCounters {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  /** Plain counters. */
  public enum Count {
    PACKETS_UP,
    BYTES_UP,
    PACKETS_DOWN,
    BYTES_DOWN,
    REQUESTS,
    BINDINGS,
    CHALLENGES,
    PERMISSIONS_DENIED,
    QUOTA_USER,
    QUOTA_SOURCE,
    QUOTA_TOTAL,
    PORTS_EXHAUSTED,
    REDIRECTED,
    RETRANSMITTED_ALLOCATES,
    MOVED,
    ICMP_ERRORS,
    TCP_CONNECTIONS
  }

  private final long[] counts = new long[Count.values().length];
  private final long[] drops = new long[DropReason.values().length];
  private final long[] authFailures = new long[AuthFailure.values().length];
  private final long[] ended = new long[EndReason.values().length];
  private final long[] opened = new long[ClientTransport.values().length];
  private final long[] live = new long[ClientTransport.values().length];
  private final long[] liveByFamily = new long[IpFamily.values().length];

  public long get(Count count) {
    return read(counts, count.ordinal());
  }

  public long drops(DropReason reason) {
    return read(drops, reason.ordinal());
  }

  public long authFailures(AuthFailure failure) {
    return read(authFailures, failure.ordinal());
  }

  public long ended(EndReason reason) {
    return read(ended, reason.ordinal());
  }

  /** Allocations that were made through a transport. */
  public long opened(ClientTransport transport) {
    return read(opened, transport.ordinal());
  }

  /** Allocations that live now. */
  public long live(ClientTransport transport) {
    return read(live, transport.ordinal());
  }

  /** Relayed addresses that live now; a dual allocation has two. */
  public long live(IpFamily family) {
    return read(liveByFamily, family.ordinal());
  }

  /** Allocations that live now. */
  public long live() {
    long sum = 0;
    for (ClientTransport transport : ClientTransport.values()) {
      sum += live(transport);
    }
    return sum;
  }

  void add(Count count, long number) {
    write(counts, count.ordinal(), number);
  }

  void increment(Count count) {
    write(counts, count.ordinal(), 1);
  }

  void drop(DropReason reason) {
    write(drops, reason.ordinal(), 1);
  }

  void authFailed(AuthFailure failure) {
    write(authFailures, failure.ordinal(), 1);
  }

  void opened(ClientTransport transport, int number) {
    write(opened, transport.ordinal(), number);
    write(live, transport.ordinal(), number);
  }

  void closed(ClientTransport transport, EndReason reason) {
    write(ended, reason.ordinal(), 1);
    write(live, transport.ordinal(), -1);
  }

  void relayedAddress(IpFamily family, int change) {
    write(liveByFamily, family.ordinal(), change);
  }

  /** The client of an allocation came back over another transport. */
  void moved(ClientTransport from, ClientTransport to) {
    write(live, from.ordinal(), -1);
    write(live, to.ordinal(), 1);
  }

  private static long read(long[] cells, int index) {
    return (long) CELL.getOpaque(cells, index);
  }

  private static void write(long[] cells, int index, long change) {
    CELL.setOpaque(cells, index, cells[index] + change);
  }
}
