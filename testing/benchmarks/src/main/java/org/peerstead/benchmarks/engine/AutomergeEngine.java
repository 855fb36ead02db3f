package org.peerstead.benchmarks.engine;

import java.util.List;
import java.util.function.Consumer;

/**
 * What the comparison asks of an Automerge implementation for the JVM.
 *
 * @param <D> its document
 */
interface AutomergeEngine<D> {
  /** An empty document. */
  D create(byte[] actor) throws Exception;

  /** A document from its saved bytes. */
  D load(byte[] saved) throws Exception;

  /** Creates the text and carries out all edits of a trace in one transaction. */
  void editInOneTransaction(D document, Trace trace) throws Exception;

  /** Creates the text, then carries out each transaction of a trace in a transaction of its own. */
  void editInManyTransactions(D document, Trace trace) throws Exception;

  /** An action that applies these changes at once; whatever can be prepared before is. */
  Consumer<D> applying(List<byte[]> changes);

  /** An action that applies one change and returns the number of patches it led to. */
  PatchCount<D> applyingWithPatches(byte[] change);

  /** The document as compressed bytes. */
  byte[] save(D document);

  /** Merges the second document into the first. */
  void merge(D document, D other) throws Exception;

  /** The content of the text named {@code text}. */
  String text(D document);

  /** Gives back what the document holds outside the heap. */
  void free(D document);

  /** The heap the document says it holds, in bytes, or -1 when it cannot tell. */
  long retainedBytes(D document);

  /**
   * Applies a change and counts patches.
   *
   * @param <D> the document
   */
  interface PatchCount<D> {
    /** Returns the number of patches. */
    int apply(D document);
  }
}
