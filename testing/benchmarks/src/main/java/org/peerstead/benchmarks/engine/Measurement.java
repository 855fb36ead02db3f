package org.peerstead.benchmarks.engine;

/**
 * One number from one process.
 *
 * @param peer whose
 * @param scenario what ran; {@code load-100m} is {@code load-many} in a heap of 100 MiB, {@code
 *     concurrent-NAME} is {@code concurrent} on that trace
 * @param variant which way of using the peer, or which size of the scenario
 * @param metric what was measured, with its unit as suffix
 * @param value the number
 * @param n how many runs or operations are behind it
 * @param load the machine's load average when the process started
 */
record Measurement(
    Peer peer, String scenario, String variant, String metric, double value, int n, double load) {}
