package org.peerstead.benchmarks.engine;

import java.util.List;

/**
 * What a measured process is told, as {@code config.json}; field names are shared with {@code
 * peers/harness.mjs}.
 *
 * @param workFolder where the prepared files are
 * @param trace name of the sequential trace
 * @param concurrentTraces names of the traces with several agents
 * @param remoteChanges how many remote one-character changes are prepared
 * @param divergedChanges how many changes each side of a diverged document makes
 * @param warmups runs after the first that are not measured
 * @param samples runs after those; their median is the warm figure
 * @param budgetSeconds when a scenario's repetitions stop
 * @param orphanCounts numbers of changes applied in reverse order, ascending
 */
record Settings(
    String workFolder,
    String trace,
    List<String> concurrentTraces,
    int remoteChanges,
    int divergedChanges,
    int warmups,
    int samples,
    int budgetSeconds,
    List<Integer> orphanCounts) {}
