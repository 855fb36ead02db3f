package org.peerstead.crdt.model;

/** The kinds of object. A table is a map kept for files of older writers. */
public enum ObjectType {
  MAP,
  LIST,
  TEXT,
  TABLE;

  /**
   * True for lists and texts, whose items have positions; false for maps and tables, whose entries
   * have keys.
   */
  public boolean isSequence() {
    return this == LIST || this == TEXT;
  }
}
