package org.peerstead.relay.net.dtls;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What all loops count. Thread-safe. */
final class DtlsCounters {
  final LongAdder established = new LongAdder();
  final LongAdder challenges = new LongAdder();
  private final LongAdder[] ended = adders(DtlsEnd.values().length);
  private final LongAdder[] dropped = adders(DtlsDrop.values().length);

  private static LongAdder[] adders(int length) {
    LongAdder[] adders = new LongAdder[length];
    for (int i = 0; i < length; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  void ended(DtlsEnd reason) {
    ended[reason.ordinal()].increment();
  }

  void dropped(DtlsDrop reason) {
    dropped[reason.ordinal()].increment();
  }

  DtlsCounts snapshot(DtlsPlaces places) {
    Map<DtlsEnd, Long> ends = new EnumMap<>(DtlsEnd.class);
    for (DtlsEnd reason : DtlsEnd.values()) {
      ends.put(reason, ended[reason.ordinal()].sum());
    }
    Map<DtlsDrop, Long> drops = new EnumMap<>(DtlsDrop.class);
    for (DtlsDrop reason : DtlsDrop.values()) {
      drops.put(reason, dropped[reason.ordinal()].sum());
    }
    return new DtlsCounts(
        places.sessions(), places.handshakes(), established.sum(), challenges.sum(), ends, drops);
  }
}
