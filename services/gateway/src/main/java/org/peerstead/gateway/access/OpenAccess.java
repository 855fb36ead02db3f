package org.peerstead.gateway.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** The rule that keeps an open node from being reachable by others unnoticed. Stateless. */
public final class OpenAccess {
  private OpenAccess() {}

  /**
   * Why a node may not listen on an address.
   *
   * @param isOpen whether access is open
   * @param isForced whether the operator insists
   * @param host name or address to listen on
   * @return one sentence with the remedies, empty when it may
   */
  public static Optional<String> refusal(boolean isOpen, boolean isForced, String host) {
    if (!isOpen || isForced || isLoopback(host)) {
      return Optional.empty();
    }
    return Optional.of(
        "refusing to listen on "
            + host
            + " with open access: anybody who reaches it could read and write. Use"
            + " --peerstead.access=token (see: token create), or insist with"
            + " --peerstead.access.force-open=true");
  }

  /** Whether only this machine reaches the address; false for names that do not resolve. */
  public static boolean isLoopback(String host) {
    if (host.isBlank()) {
      return false;
    }
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
