package org.peerstead.benchmarks.engine;

import java.util.List;

/**
 * A recorded editing session of one text.
 *
 * <p>Positions count UTF-16 units. A transaction's patches apply one after the other.
 *
 * @param agents how many people edited
 * @param endContent the text after all transactions
 * @param transactions in an order in which parents come first
 */
record Trace(int agents, String endContent, List<Transaction> transactions) {
  /**
   * Edits made in one go.
   *
   * @param agent who made them, from 0
   * @param parents indexes of the transactions whose merged state was edited; empty in a session of
   *     one agent, where it is simply the state so far
   * @param patches the edits
   */
  record Transaction(int agent, List<Integer> parents, List<Patch> patches) {}

  /**
   * One replacement.
   *
   * @param position where, in UTF-16 units
   * @param deleted how many units go
   * @param inserted what comes in their place
   */
  record Patch(int position, int deleted, String inserted) {}
}
