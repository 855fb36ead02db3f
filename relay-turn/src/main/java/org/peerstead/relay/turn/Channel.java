package org.peerstead.relay.turn;

/**
 * A number that stands for a peer's address and port (RFC 8656 section 12). Held for 600 seconds;
 * data also needs the permission, which lasts 300.
 */
final class Channel implements AddressTable.Keyed {
  static final long LIFETIME_NANOS = 600_000_000_000L;
  static final int FIRST_NUMBER = 0x4000;
  static final int LAST_NUMBER = 0x4fff;

  /** The last one of RFC 5766, whose clients still exist. */
  static final int LAST_OLD_NUMBER = 0x7ffe;

  final int number;
  final RelayedAddress relayed;
  final Permission permission;
  private final int port;
  long expiresAtNanos;

  Channel(int number, RelayedAddress relayed, Permission permission, int port, long expiresAt) {
    this.number = number;
    this.relayed = relayed;
    this.permission = permission;
    this.port = port;
    this.expiresAtNanos = expiresAt;
  }

  boolean isLive(long nowNanos) {
    return expiresAtNanos - nowNanos > 0;
  }

  @Override
  public long high() {
    return permission.high();
  }

  @Override
  public long low() {
    return permission.low();
  }

  /** The peer's port. */
  @Override
  public int tag() {
    return port;
  }
}
