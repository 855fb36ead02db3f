package org.peerstead.discovery.rpc.core;

/** From where an IPv4 address can be reached (RFC 6890). Stateless and thread-safe. */
public enum AddressScope {
  /** Anybody may reach it. */
  PUBLIC,
  /** 10/8, 172.16/12, 192.168/16: only inside one network (RFC 1918). */
  PRIVATE,
  /** 100.64/10: behind a provider's NAT (RFC 6598). */
  SHARED,
  /** 127/8. */
  LOOPBACK,
  /** 169.254/16: only on one link (RFC 3927). */
  LINK_LOCAL,
  /** 224/4. */
  MULTICAST,
  /** 0/8, 240/4 and the networks for documentation and tests: no host has it. */
  RESERVED;

  /** The scope of {@code host}, an IPv4 address as one big-endian number. */
  public static AddressScope of(int host) {
    int first = host >>> 24;
    int second = host >>> 16 & 0xff;
    int third = host >>> 8 & 0xff;
    if (first == 0 || first >= 240) {
      return RESERVED;
    }
    if (first >= 224) {
      return MULTICAST;
    }
    return switch (first) {
      case 10 -> PRIVATE;
      case 127 -> LOOPBACK;
      case 100 -> second >= 64 && second < 128 ? SHARED : PUBLIC;
      case 169 -> second == 254 ? LINK_LOCAL : PUBLIC;
      case 172 -> second >= 16 && second < 32 ? PRIVATE : PUBLIC;
      case 192 -> {
        if (second == 168) {
          yield PRIVATE;
        }
        yield second == 0 && (third == 0 || third == 2) ? RESERVED : PUBLIC;
      }
      case 198 -> second == 18 || second == 19 || second == 51 && third == 100 ? RESERVED : PUBLIC;
      case 203 -> second == 0 && third == 113 ? RESERVED : PUBLIC;
      default -> PUBLIC;
    };
  }

  /** Whether anybody may reach {@code host}. */
  public static boolean isPublic(int host) {
    return of(host) == PUBLIC;
  }
}
