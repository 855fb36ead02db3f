package org.peerstead.crdt.model;

/** Which edges of a mark take in text that is inserted there. */
public enum ExpandMark {
  NONE,
  BEFORE,
  AFTER,
  BOTH;

  public boolean before() {
    return this == BEFORE || this == BOTH;
  }

  public boolean after() {
    return this == AFTER || this == BOTH;
  }
}
