package org.peerstead.benchmarks.engine;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures and reports inside one process; the Java twin of {@code peers/harness.mjs}, where the
 * policy is described too.
 *
 * <p>Processor time is that of the whole process: the JIT compiler's and garbage collector's
 * threads count. Each measurement is one JSON line on the given stream. Not thread-safe.
 */
final class Measurements {
  private static final int COLD_OPERATIONS = 20;

  private final Settings settings;
  private final PrintStream out;
  private final ProcessCpuClock processor = new ProcessCpuClock();

  Measurements(Settings settings, PrintStream out) {
    this.settings = settings;
    this.out = out;
    // The first call links the native function; that belongs to no measurement.
    for (int i = 0; i < 10; i++) {
      processor.nanos();
    }
  }

  /** What is prepared before an operation, outside the measurement. */
  interface Setup<S> {
    S run() throws Exception;
  }

  /** A whole operation on what was prepared. */
  interface Operation<S, R> {
    R run(S prepared) throws Exception;
  }

  /** Checks the result and gives it back, outside the measurement. */
  interface Check<R> {
    void run(R result) throws Exception;
  }

  private record Run(double cpuMillis, double wallMillis) {}

  /** Writes one measurement; {@code n} is the number of runs or operations behind it. */
  void report(String variant, String metric, double value, int n) {
    out.printf(
        Locale.ROOT,
        "{\"variant\":\"%s\",\"metric\":\"%s\",\"value\":%s,\"n\":%d}%n",
        variant,
        metric,
        value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value),
        n);
    out.flush();
  }

  /**
   * Measures a whole operation: the first run of the process is the cold figure; then warm-up runs,
   * then measured runs, whose median is the warm figure. Stops early when the scenario's time is
   * used up.
   */
  <S, R> void measure(String variant, Setup<S> setup, Operation<S, R> operation, Check<R> check)
      throws Exception {
    long started = System.nanoTime();
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < 1 + settings.warmups() + settings.samples(); i++) {
      if (i > 0
          && (System.nanoTime() - started) / 1e9 + runs.get(i - 1).wallMillis() / 1e3
              > settings.budgetSeconds()) {
        break;
      }
      S prepared = setup.run();
      System.gc();
      long cpu = processor.nanos();
      long wall = System.nanoTime();
      R result = operation.run(prepared);
      wall = System.nanoTime() - wall;
      cpu = processor.nanos() - cpu;
      check.run(result);
      runs.add(new Run(cpu / 1e6, wall / 1e6));
    }
    report(variant, "cold_cpu_ms", runs.get(0).cpuMillis(), 1);
    report(variant, "cold_wall_ms", runs.get(0).wallMillis(), 1);
    int from = Math.min(1 + settings.warmups(), runs.size() - 1);
    List<Run> warm = runs.subList(from, runs.size());
    report(
        variant,
        "cpu_ms",
        median(warm.stream().mapToDouble(Run::cpuMillis).toArray()),
        warm.size());
    report(
        variant,
        "wall_ms",
        median(warm.stream().mapToDouble(Run::wallMillis).toArray()),
        warm.size());
  }

  /**
   * Measures an operation done again and again on one document. The first quarter is the warm-up,
   * its first operations the cold figure. Stops when the scenario's time is used up.
   */
  <T> void measureEach(String variant, List<T> items, Check<T> operation) throws Exception {
    double[] micros = new double[items.size()];
    int cold = Math.min(COLD_OPERATIONS, items.size());
    int warmFrom = items.size() / 4;
    int warmAt = 0;
    int done = 0;
    long started = System.nanoTime();
    long cpuStart = processor.nanos();
    long cpuWarm = cpuStart;
    for (; done < items.size(); done++) {
      double elapsed = (System.nanoTime() - started) / 1e9;
      if (elapsed > settings.budgetSeconds()) {
        break;
      }
      if (warmAt == 0
          && done > 0
          && (done == warmFrom || elapsed > settings.budgetSeconds() / 4.0)) {
        warmAt = done;
        cpuWarm = processor.nanos();
      }
      long wall = System.nanoTime();
      operation.run(items.get(done));
      micros[done] = (System.nanoTime() - wall) / 1e3;
      if (done == cold - 1) {
        report(variant, "cold_cpu_us_each", (processor.nanos() - cpuStart) / 1e3 / cold, cold);
      }
    }
    int n = done - warmAt;
    report(variant, "cpu_us_each", (processor.nanos() - cpuWarm) / 1e3 / n, n);
    double[] sorted = Arrays.copyOfRange(micros, warmAt, done);
    Arrays.sort(sorted);
    report(variant, "p50_us", sorted[n / 2], n);
    report(variant, "p99_us", sorted[Math.min(n - 1, (int) (n * 0.99))], n);
  }

  /** Measures orphans: the first changes, handed over one by one, the last one first. */
  <D> void measureOrphans(
      List<byte[]> changes,
      Setup<D> open,
      BiConsumer<D, byte[]> apply,
      Operation<D, Boolean> isComplete)
      throws Exception {
    for (int count : settings.orphanCounts()) {
      if (count > changes.size()) {
        continue;
      }
      List<byte[]> reversed = changes.subList(0, count).reversed();
      D document = open.run();
      System.gc();
      long deadline = System.nanoTime() + settings.budgetSeconds() * 1_000_000_000L;
      long cpu = processor.nanos();
      long wall = System.nanoTime();
      int done = 0;
      for (; done < count; done++) {
        if ((done & 15) == 0 && System.nanoTime() > deadline) {
          break;
        }
        apply.accept(document, reversed.get(done));
      }
      report(Integer.toString(count), "cpu_ms", (processor.nanos() - cpu) / 1e6, done);
      report(Integer.toString(count), "wall_ms", (System.nanoTime() - wall) / 1e6, done);
      if (done < count) {
        return;
      }
      if (!isComplete.run(document)) {
        throw new IllegalStateException(count + " orphans: wrong result");
      }
    }
  }

  /** Measures what holding one loaded document costs, and returns the document. */
  <D> D measureRetained(String variant, Setup<D> open) throws Exception {
    System.gc();
    long heapBefore = heapUsed();
    long residentBefore = memory("VmRSS");
    D document = open.run();
    long peak = memory("VmHWM");
    System.gc();
    report(variant, "retained_heap_bytes", heapUsed() - heapBefore, 1);
    report(variant, "retained_rss_bytes", memory("VmRSS") - residentBefore, 1);
    report(variant, "peak_rss_bytes", peak - residentBefore, 1);
    return document;
  }

  /** Peak resident memory of this process in bytes, 0 where the system does not tell. */
  static long peakResident() {
    return memory("VmHWM");
  }

  private static long heapUsed() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static long memory(String field) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(field + ":")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return 0;
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /** Stops the run when a peer arrived at something else than expected. */
  static void expectEqual(@Nullable String actual, String expected, String what) {
    if (!expected.equals(actual)) {
      throw new IllegalStateException(what + ": wrong result");
    }
  }
}
