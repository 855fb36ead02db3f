package org.peerstead.benchmarks.engine;

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
import org.peerstead.crdt.Transaction;

/** One local edit of one character in a text with a long history. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@State(Scope.Thread)
public class LocalEditBench {
  private static final int EDITS = 2000;

  private Document document = Document.create(SyntheticDocument.AUTHOR);

  /** A fresh copy for each invocation, so that the document does not grow while it is measured. */
  @Setup(Level.Invocation)
  public void load(SyntheticDocument synthetic) throws AutomergeFormatException {
    document = Document.load(synthetic.saved, SyntheticDocument.AUTHOR);
  }

  /** Typing at a cursor, all in one transaction. */
  @Benchmark
  @OperationsPerInvocation(EDITS)
  public Object typeAtCursor(SyntheticDocument synthetic) {
    int at = Math.toIntExact(document.now().length(synthetic.text) / 2);
    try (Transaction transaction = document.begin()) {
      for (int i = 0; i < EDITS; i++) {
        transaction.splice(synthetic.text, at + i, 0, "x");
      }
      return transaction.commit();
    }
  }

  /** Edits at random places, all in one transaction. */
  @Benchmark
  @OperationsPerInvocation(EDITS)
  public Object editAnywhere(SyntheticDocument synthetic) {
    RandomPlaces places =
        new RandomPlaces(3, Math.toIntExact(document.now().length(synthetic.text)));
    try (Transaction transaction = document.begin()) {
      for (int i = 0; i < EDITS; i++) {
        SyntheticDocument.splice(transaction, synthetic.text, places.next());
      }
      return transaction.commit();
    }
  }

  /** Edits at random places, each a transaction of its own: encoded, hashed and put on record. */
  @Benchmark
  @OperationsPerInvocation(EDITS)
  public Object transactionPerEdit(SyntheticDocument synthetic) {
    RandomPlaces places =
        new RandomPlaces(4, Math.toIntExact(document.now().length(synthetic.text)));
    for (int i = 0; i < EDITS; i++) {
      try (Transaction transaction = document.begin()) {
        SyntheticDocument.splice(transaction, synthetic.text, places.next());
        var unused = transaction.commit();
      }
    }
    return document;
  }
}
