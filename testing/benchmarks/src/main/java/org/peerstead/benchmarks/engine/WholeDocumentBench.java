package org.peerstead.benchmarks.engine;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.Document;

/** What costs as much as the document is long. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class WholeDocumentBench {
  /** Reading a saved document, which rebuilds and checks the hash of every change. */
  @Benchmark
  public Object load(SyntheticDocument synthetic) throws AutomergeFormatException {
    return Document.load(synthetic.saved, SyntheticDocument.READER);
  }

  /** Writing it with deflated columns. */
  @Benchmark
  public Object save(SyntheticDocument synthetic) {
    return synthetic.document.save();
  }

  /** Writing it without deflating. */
  @Benchmark
  public Object saveUncompressed(SyntheticDocument synthetic) {
    return synthetic.document.saveUncompressed();
  }

  /** Applying all its changes to an empty document. */
  @Benchmark
  public Object applyAll(SyntheticDocument synthetic) throws AutomergeFormatException {
    return Document.create(SyntheticDocument.READER).applyChanges(synthetic.changes);
  }

  /** Its text as a string. */
  @Benchmark
  public Object readText(SyntheticDocument synthetic) {
    return synthetic.document.now().text(synthetic.text);
  }

  /** All of it as JSON. */
  @Benchmark
  public Object toJson(SyntheticDocument synthetic) {
    return synthetic.document.now().toJson();
  }
}
