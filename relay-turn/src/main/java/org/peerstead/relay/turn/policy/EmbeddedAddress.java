package org.peerstead.relay.turn.policy;

/**
 * Finds IPv4 addresses inside IPv6 ones, as the machine finds them that would translate or tunnel a
 * packet. Reading is by bits; {@link java.net.InetAddress} would hide some of the forms.
 */
final class EmbeddedAddress {
  /** How many readings there are. */
  static final int FORMS = 11;

  /** Not of that form. */
  static final long NONE = -1;

  private static final long LOW_32 = 0xffff_ffffL;

  private EmbeddedAddress() {}

  /**
   * Reads an IPv6 address as one form of embedding.
   *
   * @param form 0 to {@link #FORMS} - 1
   * @return the 32 bits of the address inside, or {@link #NONE}
   */
  static long read(int form, long high, long low) {
    return switch (form) {
      // RFC 4291 section 2.5.5.2: ::ffff:a.b.c.d.
      case 0 -> when(high == 0 && low >>> 32 == 0xffff, low);
      // RFC 4291 section 2.5.5.1: ::a.b.c.d, but for :: and ::1.
      case 1 -> when(high == 0 && low >>> 32 == 0 && low > 1, low);
      // RFC 2765 section 2.1: ::ffff:0:a.b.c.d.
      case 2 -> when(high == 0 && low >>> 32 == 0xffff_0000L, low);
      // RFC 6052 section 2.1: 64:ff9b::a.b.c.d.
      case 3 -> when(high == 0x0064_ff9b_0000_0000L && low >>> 32 == 0, low);
      // RFC 8215: 64:ff9b:1::/48 is cut as a site likes. The last 32 bits always count, and the
      // other cuts of RFC 6052 section 2.2 where the bits that have to be zero are.
      case 4 -> when(isLocalNat64(high), low);
      case 5 ->
          when(
              isLocalNat64(high) && (low & 0xff00_00ff_ffff_ffffL) == 0,
              high << 16 | low >>> 40 & 0xffff);
      case 6 ->
          when(
              isLocalNat64(high) && (low & 0xff00_0000_ffff_ffffL) == 0,
              high << 24 | low >>> 32 & 0xff_ffff);
      case 7 -> when(isLocalNat64(high) && (low & 0xff00_0000_00ff_ffffL) == 0, low >>> 24);
      // RFC 3056 section 2: 2002:a.b.c.d::/48.
      case 8 -> when(high >>> 48 == 0x2002, high >>> 16);
      // RFC 4380 section 4: 2001::/32, the client's address inverted.
      case 9 -> when(high >>> 32 == 0x2001_0000L, ~low);
      // RFC 5214 section 6.1: an interface identifier 0000:5efe:a.b.c.d or 0200:5efe:a.b.c.d.
      case 10 -> when((low >>> 32 & ~0x0200_0000L) == 0x0000_5efeL, low);
      default -> throw new IllegalArgumentException("no form " + form);
    };
  }

  private static long when(boolean isOfForm, long bits) {
    return isOfForm ? bits & LOW_32 : NONE;
  }

  private static boolean isLocalNat64(long high) {
    return high >>> 16 == 0x0064_ff9b_0001L;
  }
}
