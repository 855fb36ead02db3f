package org.peerstead.node.doc;

/** How a command ended; part of the command line's contract. */
public enum ExitCode {
  /** Done. */
  OK(0, "done"),
  /** A file could not be read or written, or a check found a difference. */
  FAILED(1, "a file could not be read or written, or verify found a difference"),
  /** The command line itself is wrong; nothing was done. */
  USAGE(2, "wrong command line, nothing was done"),
  /** The input is not a valid Automerge document. */
  MALFORMED(3, "the input is not a valid Automerge document"),
  /** The node cannot be reached, or it refused. */
  NODE(4, "the node cannot be reached or refused the request");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /** The process exit status, 0 to 255. */
  public int code() {
    return code;
  }

  /** One line for the help text. */
  public String meaning() {
    return meaning;
  }
}
