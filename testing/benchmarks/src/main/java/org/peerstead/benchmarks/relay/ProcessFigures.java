package org.peerstead.benchmarks.relay;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux says of a process: its processor time, user and system, all threads, those that ended
 * too, and its memory.
 */
final class ProcessFigures {
  /** Length of the ticks in which {@code /proc} counts. */
  private static final long NANOS_PER_TICK = 10_000_000;

  /** {@code CPUCLOCK_SCHED}: what the scheduler counted. */
  private static final int SCHEDULED_TIME = 2;

  private final long pid;
  private final LinuxCalls calls = new LinuxCalls(Arena.ofAuto());

  ProcessFigures(long pid) {
    this.pid = pid;
  }

  long pid() {
    return pid;
  }

  /**
   * Processor time in nanoseconds: the sum that {@code /proc/PID/stat} gives in ticks of 10 ms,
   * read from the clock of the process to be exact.
   */
  long cpuNanos() throws IOException {
    // The number that clock_getcpuclockid gives for a process.
    int clock = (int) (~pid << 3) | SCHEDULED_TIME;
    return calls.clockNanos(clock);
  }

  /** Memory that it has from the system now. */
  long residentBytes() throws IOException {
    return residentBytes(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
  }

  /** Processor time in nanoseconds out of the text of {@code /proc/PID/stat}. */
  static long cpuNanos(String stat) {
    // The name of the program, in parentheses, may contain blanks and parentheses.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    int userAt = 11;
    return (Long.parseLong(fields[userAt]) + Long.parseLong(fields[userAt + 1])) * NANOS_PER_TICK;
  }

  /** {@code VmRSS} out of the text of {@code /proc/PID/status}. */
  static long residentBytes(String status) throws IOException {
    for (String line : status.lines().toList()) {
      if (line.startsWith("VmRSS:")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no VmRSS");
  }
}
