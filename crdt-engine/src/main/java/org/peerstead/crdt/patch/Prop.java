package org.peerstead.crdt.patch;

/** A place in an object. */
public sealed interface Prop {
  /** A key of a map. */
  record Key(String key) implements Prop {
    @Override
    public String toString() {
      return key;
    }
  }

  /** A 0-based position in a list (elements) or a text (in the document's text unit). */
  record Index(long index) implements Prop {
    @Override
    public String toString() {
      return Long.toString(index);
    }
  }

  static Prop key(String key) {
    return new Key(key);
  }

  static Prop index(long index) {
    return new Index(index);
  }
}
