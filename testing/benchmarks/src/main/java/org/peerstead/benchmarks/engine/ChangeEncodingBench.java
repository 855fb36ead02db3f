package org.peerstead.benchmarks.engine;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.peerstead.crdt.model.ChangeHash;

/** The path every change takes: its bytes from the columns, and the SHA-256 that is its name. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@State(Scope.Thread)
public class ChangeEncodingBench {
  private List<ChangeHash> hashes = List.of();
  private List<byte[]> changes = List.of();
  private int next;

  /** Lists the changes. */
  @Setup
  public void list(SyntheticDocument synthetic) {
    hashes = synthetic.document.changesNotIn(List.of());
    changes = synthetic.changes;
  }

  /** The bytes of one change, encoded and hashed. */
  @Benchmark
  public Object encode(SyntheticDocument synthetic) {
    next = next + 1 < hashes.size() ? next + 1 : 0;
    return synthetic.document.changeBytes(hashes.get(next));
  }

  /** The hash alone, for comparison. */
  @Benchmark
  public Object hash() throws NoSuchAlgorithmException {
    next = next + 1 < changes.size() ? next + 1 : 0;
    return MessageDigest.getInstance("SHA-256").digest(changes.get(next));
  }
}
