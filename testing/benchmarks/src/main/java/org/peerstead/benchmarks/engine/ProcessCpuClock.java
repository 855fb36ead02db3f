package org.peerstead.benchmarks.engine;

import com.sun.management.OperatingSystemMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Processor time used by all threads of this process, in nanoseconds.
 *
 * <p>Read with {@code clock_gettime} on 64-bit Linux: the JVM's own figure there advances in steps
 * of 10 ms, which hides everything short. Elsewhere the JVM's figure is used. Not thread-safe.
 */
final class ProcessCpuClock {
  private static final int CLOCK_PROCESS_CPUTIME_ID = 2;

  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final @Nullable MethodHandle clockGettime = find();
  private final MemorySegment timespec = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG, 2);

  private static @Nullable MethodHandle find() {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("sun.arch.data.model", "").equals("64")) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    SymbolLookup lookup = linker.defaultLookup();
    Optional<MemorySegment> symbol = lookup.find("clock_gettime");
    return symbol
        .map(address ->
            linker.downcallHandle(
                address,
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS)))
        .orElse(null);
  }

  /** Nanoseconds of processor time so far. */
  long nanos() {
    if (clockGettime == null) {
      return system.getProcessCpuTime();
    }
    try {
      int result = (int) clockGettime.invokeExact(CLOCK_PROCESS_CPUTIME_ID, timespec);
      if (result != 0) {
        return system.getProcessCpuTime();
      }
    } catch (Throwable e) {
      throw new IllegalStateException("clock_gettime cannot be called", e);
    }
    return timespec.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
        + timespec.getAtIndex(ValueLayout.JAVA_LONG, 1);
  }
}
