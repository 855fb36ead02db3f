package org.peerstead.events;

/** Bytes from the bus that are not an event of the expected kind. */
public final class MalformedEventException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong with the bytes. */
  public enum Reason {
    /** Not well-formed CBOR, or cut short, or bytes follow the event. */
    NOT_CBOR,
    /** The event is larger than the codec accepts. */
    TOO_LARGE,
    /** A layout version this code does not know. */
    UNSUPPORTED_VERSION,
    /** A required field is absent. */
    MISSING_FIELD,
    /** A field has the wrong type, length or value. */
    INVALID_FIELD
  }

  private final Reason reason;

  MalformedEventException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong, for counting. */
  public Reason reason() {
    return reason;
  }
}
