package org.peerstead.storagepeer;

/** The engine did not answer in time, or is stopping. */
public final class EngineBusyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EngineBusyException(String message) {
    super(message);
  }
}
