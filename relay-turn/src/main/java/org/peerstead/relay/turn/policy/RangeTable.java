package org.peerstead.relay.turn.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

/**
 * Finds the narrowest of many ranges of one family that holds an address, in logarithmic time and
 * without allocation. Immutable.
 *
 * <p>Ranges nest or are disjoint. Painted from the widest to the narrowest they leave segments with
 * one verdict each; a search finds the segment that an address is in.
 */
final class RangeTable {
  private final long[] highs;
  private final long[] lows;
  private final @Nullable Verdict[] verdicts;

  private RangeTable(long[] highs, long[] lows, @Nullable Verdict[] verdicts) {
    this.highs = highs;
    this.lows = lows;
    this.verdicts = verdicts;
  }

  record Entry(AddressRange range, Verdict verdict) {}

  /** A table of those entries that are of a family; of equal ranges the first counts. */
  static RangeTable of(IpFamily family, List<Entry> entries) {
    List<Entry> painted =
        new ArrayList<>(
            entries.stream().filter(e -> e.range().first().family() == family).toList());
    // Sorting is stable: painted in reverse, the first of equals comes last and stays.
    painted.sort((a, b) -> Integer.compare(b.range().prefix(), a.range().prefix()));
    TreeMap<IpAddress, Integer> starts =
        new TreeMap<>((a, b) -> {
          int high = Long.compareUnsigned(a.high(), b.high());
          return high != 0 ? high : Long.compareUnsigned(a.low(), b.low());
        });
    starts.put(new IpAddress(family, 0, 0), -1);
    for (int i = painted.size() - 1; i >= 0; i--) {
      paint(starts, painted.get(i).range(), i);
    }
    int size = starts.size();
    long[] highs = new long[size];
    long[] lows = new long[size];
    @Nullable Verdict[] verdicts = new Verdict[size];
    int at = 0;
    for (Map.Entry<IpAddress, Integer> start : starts.entrySet()) {
      highs[at] = start.getKey().high();
      lows[at] = start.getKey().low();
      verdicts[at] = start.getValue() < 0 ? null : painted.get(start.getValue()).verdict();
      at++;
    }
    return new RangeTable(highs, lows, verdicts);
  }

  private static void paint(TreeMap<IpAddress, Integer> starts, AddressRange range, int index) {
    IpAddress last = new IpAddress(range.first().family(), range.lastHigh(), range.lastLow());
    Integer below = starts.floorEntry(last).getValue();
    @Nullable IpAddress after = following(last);
    if (after != null) {
      starts.putIfAbsent(after, below);
    }
    starts.subMap(range.first(), true, last, true).clear();
    starts.put(range.first(), index);
  }

  private static @Nullable IpAddress following(IpAddress address) {
    if (address.family() == IpFamily.V4) {
      return address.low() == 0xffff_ffffL
          ? null
          : new IpAddress(IpFamily.V4, 0, address.low() + 1);
    }
    long low = address.low() + 1;
    long high = low == 0 ? address.high() + 1 : address.high();
    return low == 0 && high == 0 ? null : new IpAddress(IpFamily.V6, high, low);
  }

  /** The verdict of the narrowest range that holds an address; null when none does. */
  @Nullable Verdict find(long high, long low) {
    int from = 0;
    int to = highs.length - 1;
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      int order = Long.compareUnsigned(highs[middle], high);
      if (order == 0) {
        order = Long.compareUnsigned(lows[middle], low);
      }
      if (order <= 0) {
        from = middle;
      } else {
        to = middle - 1;
      }
    }
    return verdicts[from];
  }
}
