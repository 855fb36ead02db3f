package org.peerstead.node.doc;

/** Ends a command with an exit code and one line for the user. */
public final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  /** Ends with this code; the message is for the user and names the remedy. */
  public CommandFailure(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** How the process ends. */
  public ExitCode exitCode() {
    return exitCode;
  }
}
