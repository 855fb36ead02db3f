package org.peerstead.benchmarks.relay;

/**
 * The server under load.
 *
 * @param host its IPv4 address, as a number
 * @param port its UDP port
 * @param user name of a user with a long-term credential
 * @param password of that user
 */
record TurnTarget(int host, int port, String user, String password) {
  static final int LOOPBACK = 127 << 24 | 1;
}
