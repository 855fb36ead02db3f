package org.peerstead.relay.net.dtls;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

/**
 * Keeps sessions within {@link DtlsLimits}. Thread-safe; asked when sessions begin and end, never
 * per record. Holds an entry per source with a session and nothing else.
 */
final class DtlsPlaces {
  private record Source(IpFamily family, long network) {
    static Source of(IpAddress address) {
      return new Source(
          address.family(), address.family() == IpFamily.V4 ? address.low() : address.high());
    }
  }

  private static final class Taken {
    int all;
    int handshakes;
  }

  private final DtlsLimits limits;
  private final Map<Source, Taken> bySource = new HashMap<>();
  private int all;
  private int handshakes;

  DtlsPlaces(DtlsLimits limits) {
    this.limits = limits;
  }

  /** Takes a place for a handshake, or says why there is none. */
  synchronized @Nullable DtlsEnd enter(IpAddress address) {
    if (all >= limits.sessions()) {
      return DtlsEnd.TOO_MANY;
    }
    if (handshakes >= limits.handshakes()) {
      return DtlsEnd.TOO_MANY_HANDSHAKES;
    }
    Source source = Source.of(address);
    Taken taken = bySource.get(source);
    if (taken != null && taken.all >= limits.sessionsPerSource()) {
      return DtlsEnd.TOO_MANY_OF_SOURCE;
    }
    if (taken != null && taken.handshakes >= limits.handshakesPerSource()) {
      return DtlsEnd.TOO_MANY_HANDSHAKES_OF_SOURCE;
    }
    if (taken == null) {
      taken = new Taken();
      bySource.put(source, taken);
    }
    all++;
    handshakes++;
    taken.all++;
    taken.handshakes++;
    return null;
  }

  /** A handshake has ended well. */
  synchronized void established(IpAddress address) {
    Taken taken = bySource.get(Source.of(address));
    if (taken != null) {
      handshakes--;
      taken.handshakes--;
    }
  }

  synchronized void leave(IpAddress address, boolean wasEstablished) {
    Source source = Source.of(address);
    Taken taken = bySource.get(source);
    if (taken == null) {
      return;
    }
    if (!wasEstablished) {
      handshakes--;
      taken.handshakes--;
    }
    all--;
    taken.all--;
    if (taken.all == 0) {
      bySource.remove(source);
    }
  }

  synchronized int sessions() {
    return all - handshakes;
  }

  synchronized int handshakes() {
    return handshakes;
  }

  synchronized int sources() {
    return bySource.size();
  }
}
