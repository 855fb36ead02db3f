package org.peerstead.crdt;

import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.op.ChangeLog;
import org.peerstead.crdt.op.OpSet;

/**
 * The history of a document: its changes in the order they were applied, each after all it depends
 * on. A row is a 0-based position in that order; rows are only ever added. A live view of its
 * document, and confined to the same thread.
 */
public final class ChangeGraph {
  private final ChangeLog log;
  private final OpSet ops;

  ChangeGraph(OpSet ops) {
    this.ops = ops;
    this.log = ops.log();
  }

  /** Number of changes. */
  public int size() {
    return log.size();
  }

  public ChangeHash hash(int row) {
    return log.hash(row);
  }

  /** The change's row, or -1 when it has not been applied. */
  public int row(ChangeHash hash) {
    return log.find(hash);
  }

  public int dependencyCount(int row) {
    return log.dependencyCount(row);
  }

  /** Row of a dependency; smaller than {@code row}. */
  public int dependency(int row, int index) {
    return log.dependency(row, index);
  }

  /** Rows of all dependencies, in the order of their hashes. */
  public int[] dependencies(int row) {
    int[] rows = new int[log.dependencyCount(row)];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = log.dependency(row, i);
    }
    return rows;
  }

  /** Rows of the heads, in the order of their hashes. */
  public int[] heads() {
    return log.headsInHashOrder();
  }

  public ActorId actor(int row) {
    return ops.actors().get(log.actor(row));
  }

  /** 1-based number of the change among its actor's. */
  public int seq(int row) {
    return log.seq(row);
  }

  /** Counter of the first operation. */
  public long startOp(int row) {
    return log.startOp(row);
  }

  /** Counter of the last operation; {@code startOp - 1} without any. */
  public long maxOp(int row) {
    return log.maxOp(row);
  }

  public int opCount(int row) {
    return log.opCount(row);
  }

  /** Seconds since 1970 by convention; 0 when the author gave none. */
  public long time(int row) {
    return log.time(row);
  }

  /** Empty when the author gave none. */
  public String message(int row) {
    return log.message(row);
  }
}
