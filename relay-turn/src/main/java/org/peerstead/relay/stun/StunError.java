package org.peerstead.relay.stun;

/**
 * Error codes (RFC 8489 section 18.3, RFC 8656 section 19, RFC 6062 section 6.3, RFC 8016 section
 * 3.1.2).
 */
public final class StunError {
  public static final int TRY_ALTERNATE = 300;
  public static final int BAD_REQUEST = 400;
  public static final int UNAUTHENTICATED = 401;
  public static final int FORBIDDEN = 403;
  public static final int MOBILITY_FORBIDDEN = 405;
  public static final int UNKNOWN_ATTRIBUTE = 420;
  public static final int ALLOCATION_MISMATCH = 437;
  public static final int STALE_NONCE = 438;
  public static final int ADDRESS_FAMILY_NOT_SUPPORTED = 440;
  public static final int WRONG_CREDENTIALS = 441;
  public static final int UNSUPPORTED_TRANSPORT = 442;
  public static final int PEER_ADDRESS_FAMILY_MISMATCH = 443;
  public static final int CONNECTION_ALREADY_EXISTS = 446;
  public static final int CONNECTION_TIMEOUT_OR_FAILURE = 447;
  public static final int ALLOCATION_QUOTA_REACHED = 486;
  public static final int SERVER_ERROR = 500;
  public static final int INSUFFICIENT_CAPACITY = 508;

  private StunError() {}
}
