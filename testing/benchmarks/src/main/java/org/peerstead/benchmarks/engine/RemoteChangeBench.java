package org.peerstead.benchmarks.engine;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.Document;

/** One change of one character from elsewhere, at a random place of a text with a long history. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@State(Scope.Thread)
public class RemoteChangeBench {
  private static final int CHANGES = 2000;

  private List<byte[]> changes = List.of();
  private Document document = Document.create(SyntheticDocument.READER);

  /** Makes the changes. */
  @Setup
  public void prepare(SyntheticDocument synthetic) {
    changes = synthetic.remoteChanges(CHANGES);
  }

  /** A fresh copy for each invocation. */
  @Setup(Level.Invocation)
  public void load(SyntheticDocument synthetic) throws AutomergeFormatException {
    document = Document.load(synthetic.saved, SyntheticDocument.READER);
  }

  /** Applied one by one. */
  @Benchmark
  @OperationsPerInvocation(CHANGES)
  public Object applyOneByOne() throws AutomergeFormatException {
    for (byte[] change : changes) {
      var unused = document.applyChanges(List.of(change));
    }
    return document;
  }

  /** Applied in one call. */
  @Benchmark
  @OperationsPerInvocation(CHANGES)
  public Object applyAtOnce() throws AutomergeFormatException {
    return document.applyChanges(changes);
  }
}
