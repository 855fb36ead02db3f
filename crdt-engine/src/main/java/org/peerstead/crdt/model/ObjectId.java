package org.peerstead.crdt.model;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Names an object of a document: the root map, or the operation that made the object. */
public final class ObjectId {
  /** The root map of every document, written {@code _root}. */
  public static final ObjectId ROOT = new ObjectId(null);

  private final @Nullable OpId op;

  private ObjectId(@Nullable OpId op) {
    this.op = op;
  }

  public static ObjectId of(OpId op) {
    return new ObjectId(op);
  }

  /**
   * Parses {@code _root} or {@code counter@actorhex}; throws {@link IllegalArgumentException} for
   * anything else.
   */
  public static ObjectId parse(String text) {
    return text.equals("_root") ? ROOT : new ObjectId(OpId.parse(text));
  }

  public boolean isRoot() {
    return op == null;
  }

  /** The operation that made this object; throws {@link IllegalStateException} for the root. */
  public OpId op() {
    if (op == null) {
      throw new IllegalStateException("the root object was made by no operation");
    }
    return op;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ObjectId that && Objects.equals(op, that.op);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(op);
  }

  @Override
  public String toString() {
    return op == null ? "_root" : op.toString();
  }
}
