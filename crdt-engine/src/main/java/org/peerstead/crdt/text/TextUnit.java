package org.peerstead.crdt.text;

/** What a text position counts. The unit is a matter of the reader; it never reaches a file. */
public enum TextUnit {
  /** UTF-16 code units, as JavaScript and Java strings count. */
  UTF16,
  /** Unicode code points. */
  CODE_POINT
}
