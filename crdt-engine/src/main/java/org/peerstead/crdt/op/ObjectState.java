package org.peerstead.crdt.op;

import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ObjectType;

/** The index of one object: its registers, and for sequences the order of its elements. */
public final class ObjectState {
  final int index;
  final int makeRow;
  final ObjectType type;
  final int depth;
  final @Nullable SeqTree sequence;
  private @Nullable RegisterMap registers;

  /**
   * @param depth objects above this one; 0 for the root
   */
  ObjectState(int index, int makeRow, ObjectType type, int depth, OpSet ops) {
    this.depth = depth;
    this.index = index;
    this.makeRow = makeRow;
    this.type = type;
    this.sequence = type.isSequence() ? new SeqTree(ops) : null;
  }

  public int index() {
    return index;
  }

  /** Row of the operation that made the object; -1 for the root. */
  public int makeRow() {
    return makeRow;
  }

  public ObjectType type() {
    return type;
  }

  /**
   * All registers of a map; in a sequence those elements that were ever overwritten. Null when
   * there are none.
   */
  @Nullable RegisterMap registers() {
    return registers;
  }

  RegisterMap registersForWriting() {
    RegisterMap known = registers;
    if (known == null) {
      known = new RegisterMap(2);
      registers = known;
    }
    return known;
  }

  SeqTree requireSequence() {
    SeqTree tree = sequence;
    if (tree == null) {
      throw new IllegalStateException("a " + type + " has no positions");
    }
    return tree;
  }

  long retainedBytes() {
    RegisterMap map = registers;
    return 48
        + (sequence == null ? 0 : sequence.retainedBytes())
        + (map == null ? 0 : map.retainedBytes());
  }
}
