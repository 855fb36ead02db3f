package org.peerstead.securestream.protomux;

/**
 * A message after which the connection cannot go on. Carries no stack trace: peers may cause many
 * of them.
 */
final class ProtomuxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Protomux.Failure reason;

  ProtomuxException(Protomux.Failure reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  Protomux.Failure reason() {
    return reason;
  }
}
