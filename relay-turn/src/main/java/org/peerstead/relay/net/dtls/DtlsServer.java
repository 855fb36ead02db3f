package org.peerstead.relay.net.dtls;

import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.peerstead.relay.net.tls.TlsIdentity;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayEngine;

/**
 * DTLS 1.2 (RFC 6347) for all loops of a relay. A client has to show that it receives what is sent
 * to its address before anything is kept about it; then its handshake runs on a virtual thread of
 * its own, of which there are only so many; then the session is the loop's alone and needs no
 * thread. Thread-safe.
 */
public final class DtlsServer implements DatagramSessionsFactory {
  private final Supplier<TlsIdentity> identity;
  private final DtlsLimits limits;
  private final DtlsCrypto crypto;
  private final DtlsPlaces places;
  private final DtlsCounters counters = new DtlsCounters();
  private final LongSupplier clock;

  /**
   * @param identity asked at each handshake
   */
  public DtlsServer(Supplier<TlsIdentity> identity, DtlsLimits limits, SecureRandom random) {
    this(identity, limits, random, System::nanoTime);
  }

  DtlsServer(
      Supplier<TlsIdentity> identity, DtlsLimits limits, SecureRandom random, LongSupplier clock) {
    this.identity = identity;
    this.limits = limits;
    this.clock = clock;
    crypto = new DtlsCrypto(random);
    places = new DtlsPlaces(limits);
  }

  @Override
  public DatagramSessions create(
      RelayEngine engine, List<TransportAddress> listeners, RawDatagrams output, Executor loop) {
    return new DtlsSessions(this, engine, List.copyOf(listeners), output, loop);
  }

  /** What has been counted so far. */
  public DtlsCounts counts() {
    return counters.snapshot(places);
  }

  TlsIdentity identity() {
    return identity.get();
  }

  DtlsLimits limits() {
    return limits;
  }

  DtlsCrypto crypto() {
    return crypto;
  }

  DtlsPlaces places() {
    return places;
  }

  DtlsCounters counters() {
    return counters;
  }

  /** The clock of the loops. */
  long nowNanos() {
    return clock.getAsLong();
  }
}
