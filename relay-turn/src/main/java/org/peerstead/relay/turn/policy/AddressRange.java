package org.peerstead.relay.turn.policy;

import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

/**
 * All addresses of one family that begin with the same bits (RFC 4632, RFC 4291 section 2.3).
 *
 * @param first the lowest address; no bit after the prefix is set
 * @param prefix how many bits they share: 0 to 32 or 128
 */
public record AddressRange(IpAddress first, int prefix) {
  /** Longest text that can be a range, in characters. */
  private static final int MAX_TEXT = 64;

  public AddressRange {
    int bits = first.family().addressBytes() * 8;
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException(
          "a prefix of " + first + " is 0 to " + bits + " bits long, not " + prefix);
    }
    long high = first.high() & highMask(first.family(), prefix);
    long low = first.low() & lowMask(first.family(), prefix);
    if (high != first.high() || low != first.low()) {
      throw new IllegalArgumentException(
          first
              + "/"
              + prefix
              + " has bits after the prefix; write "
              + new IpAddress(first.family(), high, low)
              + "/"
              + prefix);
    }
  }

  /** The range that holds one address only. */
  public static AddressRange of(IpAddress address) {
    return new AddressRange(address, address.family().addressBytes() * 8);
  }

  /**
   * Reads {@code 10.0.0.0/8}, {@code 2001:db8::/32} or a single address.
   *
   * @throws IllegalArgumentException when the text is no range; the message says why
   */
  public static AddressRange parse(String text) {
    if (text.length() > MAX_TEXT) {
      throw new IllegalArgumentException("not an address range: longer than 64 characters");
    }
    String range = text.strip();
    int slash = range.indexOf('/');
    if (slash < 0) {
      return of(IpAddress.parse(range));
    }
    String digits = range.substring(slash + 1);
    if (digits.isEmpty()
        || digits.length() > 3
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException(
          "not an address range: " + text + "; write it like 10.0.0.0/8");
    }
    return new AddressRange(IpAddress.parse(range.substring(0, slash)), Integer.parseInt(digits));
  }

  /** Whether an address is in this range; allocates nothing. */
  public boolean contains(IpFamily family, long high, long low) {
    return family == first.family()
        && (high & highMask(family, prefix)) == first.high()
        && (low & lowMask(family, prefix)) == first.low();
  }

  /** Whether this range holds one address only. */
  public boolean isSingle() {
    return prefix == first.family().addressBytes() * 8;
  }

  /** The upper half of the highest address. */
  long lastHigh() {
    return first.family() == IpFamily.V4 ? 0 : first.high() | ~highMask(IpFamily.V6, prefix);
  }

  /** The lower half of the highest address. */
  long lastLow() {
    long rest = ~lowMask(first.family(), prefix);
    return first.low() | (first.family() == IpFamily.V4 ? rest & 0xffff_ffffL : rest);
  }

  private static long highMask(IpFamily family, int prefix) {
    if (family == IpFamily.V4 || prefix >= 64) {
      return -1;
    }
    return prefix == 0 ? 0 : -1L << (64 - prefix);
  }

  private static long lowMask(IpFamily family, int prefix) {
    if (family == IpFamily.V4) {
      return -1L << (32 - prefix);
    }
    if (prefix <= 64) {
      return 0;
    }
    return -1L << (128 - prefix);
  }

  @Override
  public String toString() {
    return first + "/" + prefix;
  }
}
