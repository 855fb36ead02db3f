package org.peerstead.benchmarks.relay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Everything measured of one server. */
final class ServerFigures {
  /**
   * Allocations made one after another.
   *
   * @param perSecond authenticated allocations a second
   * @param cpuMicros processor time of the server for each
   */
  record Allocations(double perSecond, double cpuMicros) {}

  /**
   * A flood without credentials.
   *
   * @param memoryBefore resident bytes before it
   * @param memoryAfter resident bytes after it
   * @param answered share of its requests that were answered
   * @param amplification bytes of the answers for each byte of the requests
   * @param cpuMicros processor time of the server for each of its requests, traffic included
   * @param quiet a user's echo without it
   * @param user a user's echo during it
   */
  record Flooded(
      long memoryBefore,
      long memoryAfter,
      double answered,
      double amplification,
      double cpuMicros,
      TrafficFigures quiet,
      TrafficFigures user) {}

  private final String name;
  final Map<Load, List<TrafficFigures>> traffic = new LinkedHashMap<>();
  final List<TrafficFigures> cold = new ArrayList<>();
  final List<Allocations> allocations = new ArrayList<>();
  final Map<Integer, Long> residentBytes = new LinkedHashMap<>();
  final List<Flooded> floods = new ArrayList<>();

  ServerFigures(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  TrafficFigures traffic(Load load) {
    return TrafficFigures.median(traffic.getOrDefault(load, List.of()));
  }

  /** Resident bytes for each of so many idle allocations. */
  double bytesPerAllocation(int count) {
    long before = residentBytes.getOrDefault(0, 0L);
    return (double) (residentBytes.getOrDefault(count, 0L) - before) / count;
  }
}
