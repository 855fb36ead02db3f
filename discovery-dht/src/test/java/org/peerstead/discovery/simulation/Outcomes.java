package org.peerstead.discovery.simulation;

import java.util.Locale;
import org.peerstead.discovery.rpc.core.QueryResult;

/** How many operations of a {@link Workload} reached what they should, and what they cost. */
public final class Outcomes {
  private static final double NANOS_PER_MILLI = 1e6;

  private long announces;
  private long announcesConfirmed;
  private long offline;
  private long lookups;
  private long foundAtOnce;
  private long retries;
  private long foundByRetry;
  private long puts;
  private long putsConfirmed;
  private long gets;
  private long gotAtOnce;
  private long gotByRetry;
  private Distribution hops = new Distribution();
  private Distribution requests = new Distribution();
  private Distribution lookupMillis = new Distribution();
  private Distribution firstMillis = new Distribution();
  private Distribution announceMillis = new Distribution();
  private Distribution copies = new Distribution();
  private Distribution named = new Distribution();

  void announced(QueryResult result, long nanos) {
    announces++;
    if (result.committed() > 0) {
      announcesConfirmed++;
      announceMillis.add(nanos / NANOS_PER_MILLI);
      copies.add(result.committed());
    }
  }

  void lookedUp(QueryResult result, boolean isFound, int tries, long nanos, long firstNanos) {
    hops.add(result.hops());
    requests.add(result.succeeded() + result.failed());
    lookupMillis.add(nanos / NANOS_PER_MILLI);
    if (isFound) {
      firstMillis.add(firstNanos / NANOS_PER_MILLI);
    }
    if (tries == 0) {
      lookups++;
      foundAtOnce += isFound ? 1 : 0;
    } else {
      retries++;
      foundByRetry += isFound ? 1 : 0;
    }
  }

  void offline() {
    offline++;
  }

  void named(double share) {
    named.add(share);
  }

  void put(boolean isConfirmed) {
    puts++;
    putsConfirmed += isConfirmed ? 1 : 0;
  }

  void got(boolean isFound, int tries) {
    if (tries == 0) {
      gets++;
      gotAtOnce += isFound ? 1 : 0;
    } else {
      gotByRetry += isFound ? 1 : 0;
    }
  }

  /** Begins to count anew. */
  public void reset() {
    announces = 0;
    announcesConfirmed = 0;
    offline = 0;
    lookups = 0;
    foundAtOnce = 0;
    retries = 0;
    foundByRetry = 0;
    puts = 0;
    putsConfirmed = 0;
    gets = 0;
    gotAtOnce = 0;
    gotByRetry = 0;
    hops = new Distribution();
    requests = new Distribution();
    lookupMillis = new Distribution();
    firstMillis = new Distribution();
    announceMillis = new Distribution();
    copies = new Distribution();
    named = new Distribution();
  }

  /** Lookups that were begun anew because nobody at all answered: the asker's line was away. */
  public long unanswered() {
    return offline;
  }

  /** Lookups that were begun, not counting second tries. */
  public long lookups() {
    return lookups;
  }

  /** Share of lookups that found a live peer at the first try. */
  public double foundAtOnce() {
    return share(foundAtOnce, lookups);
  }

  /** Lookups that found nobody even at the second try, of those whose second try has ended. */
  public long lost() {
    return retries - foundByRetry;
  }

  /** Share of lookups that found a live peer at the first or second try. */
  public double found() {
    return share(lookups - lost(), lookups);
  }

  /** Share of gets that found the value at the first or second try. */
  public double got() {
    return share(gotAtOnce + gotByRetry, gets);
  }

  /** Values that were asked for. */
  public long gets() {
    return gets;
  }

  /** Share of announcements that somebody confirmed. */
  public double announced() {
    return share(announcesConfirmed, announces);
  }

  /** Hops of lookups. */
  public Distribution hops() {
    return hops;
  }

  /** Requests of one lookup, not counting repetitions. */
  public Distribution requests() {
    return requests;
  }

  /** Nodes that confirmed an announcement. */
  public Distribution copies() {
    return copies;
  }

  private static double share(long part, long whole) {
    return whole == 0 ? 1 : part / (double) whole;
  }

  /** Lines of a report. */
  public String report() {
    return String.format(
        Locale.ROOT,
        """
        lookups                     %d, found a live peer %.4f %%, at the first try %.4f %%
        nobody at all answered      %d
        share of live peers named   %s
        hops                        %s
        requests per lookup         %s
        ms until the first peer     %s
        ms until the end            %s
        announces                   %d, confirmed %.4f %%, nodes that took it %s
        ms of an announce           %s
        puts                        %d, confirmed %.4f %%
        gets                        %d, found %.4f %%, at the first try %.4f %%
        """,
        lookups,
        100 * found(),
        100 * foundAtOnce(),
        offline,
        named,
        hops,
        requests,
        firstMillis,
        lookupMillis,
        announces,
        100 * announced(),
        copies,
        announceMillis,
        puts,
        100 * share(putsConfirmed, puts),
        gets,
        100 * got(),
        100 * share(gotAtOnce, gets));
  }
}
