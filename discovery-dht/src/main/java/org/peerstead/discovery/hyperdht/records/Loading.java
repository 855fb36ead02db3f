package org.peerstead.discovery.hyperdht.records;

import java.time.Duration;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/** Takes over what the store holds, and deletes there what is not taken. */
final class Loading {
  /** Takes a row over, or does not because a limit is reached. */
  @FunctionalInterface
  interface Taker {
    boolean take(Slice key, long expiresAtMillis, Slice value) throws EncodingException;
  }

  private final DhtStore store;
  private final long nowMillis;
  private long loaded;
  private long damaged;

  Loading(DhtStore store, long nowMillis) {
    this.store = store;
    this.nowMillis = nowMillis;
  }

  long loaded() {
    return loaded;
  }

  long damaged() {
    return damaged;
  }

  /**
   * Offers all rows that have not expired.
   *
   * @param age no row lives longer: the clock may have been wrong when it was written
   */
  void section(Section section, Duration age, Taker taker) {
    long latest = nowMillis + age.toMillis();
    store.replay(
        section,
        (key, expiresAt, value) -> {
          if (expiresAt <= nowMillis || !take(taker, key, Math.min(expiresAt, latest), value)) {
            store.delete(section, key);
          }
        });
    store.commit();
  }

  private boolean take(Taker taker, Slice key, long expiresAt, Slice value) {
    try {
      boolean isTaken = taker.take(key, expiresAt, value);
      loaded += isTaken ? 1 : 0;
      return isTaken;
    } catch (EncodingException e) {
      damaged++;
      return false;
    }
  }
}
