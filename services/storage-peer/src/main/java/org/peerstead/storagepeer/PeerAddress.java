package org.peerstead.storagepeer;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Where a peer is reached: {@code host:port}, {@code [IPv6]:port}, or either behind the key that
 * the peer must prove, {@code KEY@host:port}.
 *
 * @param key the peer's public key, or null for whoever answers there
 * @param host name or address
 * @param port 1 to 65535
 */
public record PeerAddress(@Nullable Fixed32 key, String host, int port) {
  private static final int MAX_LENGTH = 256;

  /** Reads the text; empty when it is no address. */
  public static Optional<PeerAddress> parse(String text) {
    if (text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    int at = text.indexOf('@');
    Fixed32 key = null;
    if (at >= 0) {
      try {
        key = KeyText.parse(text.substring(0, at));
      } catch (CryptoException e) {
        return Optional.empty();
      }
    }
    String place = text.substring(at + 1);
    int colon = place.lastIndexOf(':');
    if (colon <= 0) {
      return Optional.empty();
    }
    String host = place.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      return Optional.empty();
    }
    int port;
    try {
      port = Integer.parseInt(place.substring(colon + 1));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
    return host.isBlank()
            || host.chars().anyMatch(Character::isWhitespace)
            || port < 1
            || port > 65_535
        ? Optional.empty()
        : Optional.of(new PeerAddress(key, host, port));
  }

  /** The address to connect to; asks the name service when the host is a name. */
  InetSocketAddress resolve() {
    return new InetSocketAddress(host, port);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    String place = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    return key == null ? place : KeyText.encode(key) + "@" + place;
  }
}
