package org.peerstead.crdt;

/**
 * Bytes that are not a valid Automerge chunk, change, document or sync message, or that would
 * corrupt the document they are applied to. The message names the place and the expectation; {@link
 * #reason()} is stable and fit for counting.
 */
public final class AutomergeFormatException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong, coarse enough for a metric label. */
  public enum Reason {
    /** The input ends inside a field. */
    TRUNCATED,
    /** A chunk does not begin with 85 6f 4a 83. */
    BAD_MAGIC,
    /** The first four bytes of the chunk hash differ. */
    BAD_CHECKSUM,
    /** A chunk type this engine does not know, or one that is not allowed at this place. */
    WRONG_CHUNK_TYPE,
    /** A LEB128 number that is longer than needed or does not fit 64 bits. */
    BAD_INTEGER,
    /** Bytes that should be UTF-8 are not. */
    BAD_UTF8,
    /** A DEFLATE stream that does not inflate. */
    BAD_DEFLATE,
    /** Bytes after the end of a complete structure. */
    LEFTOVER,
    /** Column metadata out of order, duplicated or illegal. */
    BAD_COLUMN_LAYOUT,
    /** Column content that does not decode, has too few or too many rows, or is not canonical. */
    BAD_COLUMN_DATA,
    /** A value whose bytes do not fit its type. */
    BAD_VALUE,
    /** An operation that makes no sense: unknown action, wrong key, mark outside a text. */
    BAD_OPERATION,
    /** An actor index without an actor, or an actor list that is not canonical. */
    BAD_ACTOR,
    /** A counter that is zero, too large, reused or not above those it depends on. */
    BAD_COUNTER,
    /** A sequence number that is not the actor's next. */
    BAD_SEQUENCE_NUMBER,
    /** Another change of the same actor has the same sequence number. */
    DUPLICATE_SEQUENCE_NUMBER,
    /** A dependency row or hash that does not exist or comes later. */
    BAD_DEPENDENCY,
    /** An object, element or predecessor that does not exist. */
    UNKNOWN_REFERENCE,
    /** The operations of a document are not in the order its history demands. */
    BAD_ORDER,
    /** The heads that follow from the content differ from those that are stored. */
    HEADS_MISMATCH,
    /** Changes whose dependencies are absent where a complete history is required. */
    MISSING_DEPENDENCIES,
    /** A size above a configured or built-in bound. */
    LIMIT_EXCEEDED,
    /** A sync message or sync state that does not decode. */
    BAD_SYNC_MESSAGE
  }

  private final Reason reason;

  public AutomergeFormatException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
