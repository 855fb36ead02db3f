package org.peerstead.interop;

/** Another peer answered with an error, or not in time. */
final class PeerFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PeerFailedException(String message) {
    super(message);
  }
}
