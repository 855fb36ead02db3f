package org.peerstead.relay.net.tls;

import java.io.IOException;

/** A certificate or key that cannot be used; the message tells an operator why. */
public final class TlsMaterialException extends IOException {
  private static final long serialVersionUID = 1;

  TlsMaterialException(String message) {
    super(message);
  }

  TlsMaterialException(String message, Exception cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
