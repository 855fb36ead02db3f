package org.peerstead.discovery.mdns.wire;

/** A datagram, or a record in it, is not what the protocol allows. */
public final class MalformedDnsException extends Exception {
  private static final long serialVersionUID = 1;

  /** What is wrong; the counters of dropped messages go by it. */
  public enum Reason {
    /** It ends within a field. */
    TRUNCATED,
    /** It is longer than {@link DnsMessage#MAX_BYTES}. */
    TOO_LONG,
    /** More questions or records than any honest message has. */
    TOO_MANY_RECORDS,
    /** A name longer than 255 bytes, or a pointer that does not lead backwards. */
    BAD_NAME,
    /** An operation other than a query, or an error code. */
    BAD_HEADER,
    /** The data of a record have another length than its type demands. */
    BAD_RECORD,
    /** A text record of our service type that breaks its rules. */
    BAD_TEXT,
    /** A text record of another version. */
    OTHER_VERSION
  }

  private final Reason reason;

  MalformedDnsException(Reason reason, String detail) {
    // Strangers cause these at will: no stack trace.
    super(detail, null, false, false);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }
}
