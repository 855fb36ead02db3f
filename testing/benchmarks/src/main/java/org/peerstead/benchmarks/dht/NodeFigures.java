package org.peerstead.benchmarks.dht;

import java.util.LinkedHashMap;
import java.util.Map;

/** What was measured at one node. Not thread-safe. */
final class NodeFigures {
  /**
   * One kind of request.
   *
   * @param perCpuSecond answered requests per second of processor time of the node, median
   * @param slowest of the samples
   * @param fastest of the samples
   * @param perSecond answered requests per second of the clock, median
   * @param lost requests without the expected answer, all samples
   */
  record Rate(double perCpuSecond, double slowest, double fastest, double perSecond, long lost) {}

  private final String name;
  private final Map<DhtWorkload, Rate> rates = new LinkedHashMap<>();
  private long heapBytes;
  private long residentBytes;
  private long emptyResidentBytes;
  private long found;

  NodeFigures(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  void put(DhtWorkload workload, Rate rate) {
    rates.put(workload, rate);
  }

  /** The rate of a kind of request. */
  Rate rate(DhtWorkload workload) {
    Rate rate = rates.get(workload);
    if (rate == null) {
      throw new IllegalStateException(workload + " was not measured");
    }
    return rate;
  }

  void memory(long newHeapBytes, long newResidentBytes, long newEmptyResidentBytes) {
    heapBytes = newHeapBytes;
    residentBytes = newResidentBytes;
    emptyResidentBytes = newEmptyResidentBytes;
  }

  /** Growth of the live objects by the records; negative when the node does not tell. */
  long heapBytes() {
    return heapBytes;
  }

  /** Memory of the process with the records. */
  long residentBytes() {
    return residentBytes;
  }

  /** Memory of the process before the first record. */
  long emptyResidentBytes() {
    return emptyResidentBytes;
  }

  void found(long newFound) {
    found = newFound;
  }

  /** How many of the offered records a lookup still finds. */
  long found() {
    return found;
  }
}
