package org.peerstead.benchmarks.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessFiguresTest {
  @Test
  void cpuNanos_shouldAddUserAndSystemTimeWhateverTheNameIs() {
    String stat = "12 (a b) c) S 1 12 12 0 -1 4194560 300 0 0 0 7 5 0 0 20 0 1 0 99 1000 10";
    assertThat(ProcessFigures.cpuNanos(stat)).isEqualTo(120_000_000);
  }

  @Test
  void residentBytes_shouldReadItsLine() throws IOException {
    assertThat(ProcessFigures.residentBytes("Name:\tx\nVmRSS:\t    1234 kB\nThreads:\t1\n"))
        .isEqualTo(1234 * 1024);
    assertThatThrownBy(() -> ProcessFigures.residentBytes("Name:\tx\n"))
        .isInstanceOf(IOException.class);
  }

  @Test
  @EnabledOnOs(
      value = OS.LINUX,
      architectures = {"amd64", "aarch64"})
  void cpuNanos_shouldAgreeWithProc() throws IOException {
    long pid = ProcessHandle.current().pid();
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    ProcessFigures figures = new ProcessFigures(pid);
    long before = ProcessFigures.cpuNanos(Files.readString(stat));
    long exact = figures.cpuNanos();
    long after = ProcessFigures.cpuNanos(Files.readString(stat));
    long ticks = 20_000_000;
    assertThat(exact).isBetween(before - ticks, after + ticks);
    assertThat(figures.residentBytes()).isPositive();
  }
}
