package org.peerstead.benchmarks.relay;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One sample of traffic.
 *
 * @param cpuPerMillion processor seconds of the server for a million relayed packets; NaN when its
 *     process is not known
 * @param lossShare share of the sent packets that did not arrive
 * @param medianMicros median latency through the relay, both ways for an echo
 * @param p99Micros 99th percentile of the latency
 * @param perSecond relayed packets a second
 * @param lateMicros 99th percentile of how late the generator sent
 * @param generatorDrops datagrams lost in the generator's own sockets, part of the loss
 */
record TrafficFigures(
    double cpuPerMillion,
    double lossShare,
    double medianMicros,
    double p99Micros,
    double perSecond,
    double lateMicros,
    double generatorDrops) {

  /** The median of each figure. */
  static TrafficFigures median(List<TrafficFigures> samples) {
    return new TrafficFigures(
        median(samples, TrafficFigures::cpuPerMillion),
        median(samples, TrafficFigures::lossShare),
        median(samples, TrafficFigures::medianMicros),
        median(samples, TrafficFigures::p99Micros),
        median(samples, TrafficFigures::perSecond),
        median(samples, TrafficFigures::lateMicros),
        median(samples, TrafficFigures::generatorDrops));
  }

  /** The middle one, or the mean of both in the middle. */
  static <T> double median(List<T> samples, ToDoubleFunction<T> figure) {
    List<Double> sorted =
        samples.stream().map(figure::applyAsDouble).sorted(Comparator.naturalOrder()).toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
