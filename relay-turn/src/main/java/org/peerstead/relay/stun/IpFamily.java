package org.peerstead.relay.stun;

/** Address families with the numbers that STUN gives them (RFC 8489 section 14.1). */
public enum IpFamily {
  V4(0x01, 4),
  V6(0x02, 16);

  private final int number;
  private final int addressBytes;

  IpFamily(int number, int addressBytes) {
    this.number = number;
    this.addressBytes = addressBytes;
  }

  /** The family's byte in address attributes. */
  public int number() {
    return number;
  }

  /** Bytes of an address. */
  public int addressBytes() {
    return addressBytes;
  }
}
