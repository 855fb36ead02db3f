package org.peerstead.simulation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A UTC clock that stands still until the test moves it. Thread-safe; every view made by {@link
 * #withZone} shows the time of the clock it was made from.
 */
public final class ManualClock extends Clock {
  private final AtomicReference<Instant> now;
  private final ZoneId zone;

  private ManualClock(AtomicReference<Instant> now, ZoneId zone) {
    this.now = now;
    this.zone = zone;
  }

  /** A clock that stands at {@code start}. */
  public static ManualClock startingAt(Instant start) {
    return new ManualClock(new AtomicReference<>(start), ZoneOffset.UTC);
  }

  /** Moves the clock by {@code step}; a negative step is a clock that was set back. */
  public void advance(Duration step) {
    now.updateAndGet(time -> time.plus(step));
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  /** Nanoseconds since 1970, for state machines that take time as a {@code long}. */
  public long nanos() {
    Instant time = now.get();
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  @Override
  public ManualClock withZone(ZoneId newZone) {
    return new ManualClock(now, newZone);
  }
}
