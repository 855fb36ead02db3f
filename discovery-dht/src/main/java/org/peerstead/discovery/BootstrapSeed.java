package org.peerstead.discovery;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * A seed as operators write it: {@code host:port}, or {@code a.b.c.d@host:port} with an address
 * that needs no look-up.
 *
 * @param suggested an address to begin with, or null
 * @param name to be looked up; null when the address is all there is
 * @param port of both
 */
record BootstrapSeed(@Nullable NodeAddress suggested, @Nullable String name, int port) {
  private static final int MAX_NAME_LENGTH = 253;

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException when it is not one of the two forms
   */
  static BootstrapSeed parse(String text) {
    int colon = text.lastIndexOf(':');
    int at = text.indexOf('@');
    if (colon < 0 || at > colon) {
      throw new IllegalArgumentException("not a seed like seed.example.org:49737: " + text);
    }
    int port = port(text, text.substring(colon + 1));
    String name = text.substring(at + 1, colon);
    if (name.isEmpty()
        || name.length() > MAX_NAME_LENGTH
        || !name.chars().allMatch(BootstrapSeed::isNameCharacter)) {
      throw new IllegalArgumentException("not the name of a host: " + text);
    }
    if (at >= 0) {
      int host = NodeAddress.parseHost(text.substring(0, at));
      return new BootstrapSeed(new NodeAddress(host, port), name, port);
    }
    boolean isAddress = name.chars().allMatch(c -> c == '.' || c >= '0' && c <= '9');
    return isAddress
        ? new BootstrapSeed(new NodeAddress(NodeAddress.parseHost(name), port), null, port)
        : new BootstrapSeed(null, name, port);
  }

  private static int port(String text, String digits) {
    try {
      int port = Integer.parseInt(digits);
      if (port >= 1 && port <= 0xffff) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a port: " + text, e);
    }
    throw new IllegalArgumentException("not a port: " + text);
  }

  private static boolean isNameCharacter(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '.'
        || c == '-'
        || c == '_';
  }
}
