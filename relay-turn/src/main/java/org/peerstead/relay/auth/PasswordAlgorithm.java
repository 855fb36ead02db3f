package org.peerstead.relay.auth;

/** How a key is made of a password (RFC 8489 section 18.5). */
public enum PasswordAlgorithm {
  /** MD5(username ":" realm ":" password), 16 bytes. */
  MD5(0x0001),
  /** SHA-256(username ":" realm ":" password), 32 bytes. */
  SHA256(0x0002);

  private final int number;

  PasswordAlgorithm(int number) {
    this.number = number;
  }

  /** The algorithm's number in PASSWORD-ALGORITHM. */
  public int number() {
    return number;
  }
}
