package org.peerstead.gateway.access;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which host names a request may be addressed to while access is open. A web page of a stranger can
 * point its own name at 127.0.0.1 and then talk to this node as if it came from the same place (DNS
 * rebinding); its requests carry that name in {@code Host}, so names nobody allowed are refused.
 * Addresses cannot be rebound. Immutable.
 */
final class HostNames {
  private static final Pattern ADDRESS_V4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  private final Set<String> allowed;
  private final boolean allowsAll;

  HostNames(Iterable<String> names) {
    var set = new java.util.TreeSet<String>();
    names.forEach(name -> set.add(name.toLowerCase(Locale.ROOT)));
    allowed = set;
    allowsAll = set.contains("*");
  }

  /**
   * @param authority the {@code Host} header: name or address, with or without port
   */
  boolean allow(String authority) {
    if (allowsAll) {
      return true;
    }
    String host = hostOf(authority).toLowerCase(Locale.ROOT);
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || host.startsWith("[")
        || ADDRESS_V4.matcher(host).matches()
        || allowed.contains(host);
  }

  private static String hostOf(String authority) {
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon >= 0 && authority.indexOf(']', colon) < 0;
    return hasPort ? authority.substring(0, colon) : authority;
  }
}
