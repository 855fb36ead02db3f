package org.peerstead.node;

/**
 * A command that cannot do its work: one line for the user, naming the remedy, and an exit code.
 */
final class CommandException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Exit code when the command line itself is wrong. */
  static final int USAGE = 2;

  /** Exit code of other failures. */
  static final int FAILED = 1;

  private final int exitCode;

  private CommandException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  static CommandException usage(String message) {
    return new CommandException(USAGE, message + " See: peerstead help");
  }

  static CommandException failed(String message) {
    return new CommandException(FAILED, message);
  }

  int exitCode() {
    return exitCode;
  }
}
