package org.peerstead.discovery.net;

/**
 * The ports of this machine that a socket may be bound to.
 *
 * @param first tried first, 1 to 65535, or 0 for any free port
 * @param last tried last, after all between
 * @param orAny whether any free port will do when all of them are taken
 */
public record PortRange(int first, int last, boolean orAny) {
  /** Any free port. */
  public static final PortRange ANY = new PortRange(0, 0, true);

  /** Checks the bounds. */
  public PortRange {
    if (first < 0 || last < first || last > 0xffff || (first == 0 && last != 0)) {
      throw new IllegalArgumentException("no range of ports: " + first + " to " + last);
    }
  }

  /** Exactly this port; 0 for any free one. */
  public static PortRange only(int port) {
    return new PortRange(port, port, port == 0);
  }

  /** {@code first}, the four ports after it, then any free one, as npm hyperdht does. */
  public static PortRange from(int first) {
    return first == 0 ? ANY : new PortRange(first, Math.min(first + 4, 0xffff), true);
  }
}
