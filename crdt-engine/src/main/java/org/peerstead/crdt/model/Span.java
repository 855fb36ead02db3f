package org.peerstead.crdt.model;

import java.util.Map;

/** A stretch of a rich text as an editor shows it. */
public sealed interface Span {
  /** A run of text under one set of marks. */
  record Text(String text, Map<String, ScalarValue> marks) implements Span {}

  /** A block marker: a map object inside the text. */
  record Block(ObjectId id, Map<String, Object> fields) implements Span {}
}
