package org.peerstead.relay.turn.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * What no client reaches unless the operator says so: everything that the IANA special-purpose
 * address registries (RFC 6890) do not call globally reachable, and the addresses of clouds'
 * metadata services, wherever those are.
 */
final class BuiltInRanges {
  private static final String METADATA = "cloud-metadata";
  private static final String PRIVATE = "private-network";
  private static final String UNIQUE_LOCAL = "unique-local";

  /** Range, name of the rule. Of nested ranges the narrowest decides. */
  private static final List<String[]> DENIED =
      List.of(
          rule("0.0.0.0/8", "this-network"),
          rule("10.0.0.0/8", PRIVATE),
          rule("100.64.0.0/10", "carrier-nat"),
          rule("100.100.100.200/32", METADATA),
          rule("127.0.0.0/8", "loopback"),
          rule("168.63.129.16/32", METADATA),
          rule("169.254.0.0/16", "link-local"),
          rule("169.254.169.254/32", METADATA),
          rule("172.16.0.0/12", PRIVATE),
          rule("192.0.0.0/24", "protocol-assignments"),
          rule("192.0.0.192/32", METADATA),
          rule("192.0.2.0/24", "documentation"),
          rule("192.88.99.0/24", "6to4-anycast"),
          rule("192.168.0.0/16", PRIVATE),
          rule("198.18.0.0/15", "benchmarking"),
          rule("198.51.100.0/24", "documentation"),
          rule("203.0.113.0/24", "documentation"),
          rule("224.0.0.0/4", "multicast"),
          rule("240.0.0.0/4", "reserved"),
          rule("255.255.255.255/32", "broadcast"),
          // Global unicast is 2000::/3; the rest is reserved, special or not assigned.
          rule("::/0", "not-global"),
          rule("::/96", "ipv4-compatible"),
          rule("::/128", "unspecified"),
          rule("::1/128", "loopback"),
          rule("::ffff:0:0/96", "ipv4-mapped"),
          rule("::ffff:0:0:0/96", "ipv4-translated"),
          rule("64:ff9b:1::/48", "local-nat64"),
          rule("100::/64", "discard-only"),
          rule("2001::/23", "protocol-assignments"),
          rule("2001::/32", "teredo"),
          rule("2001:2::/48", "benchmarking"),
          rule("2001:10::/28", "orchid"),
          rule("2001:20::/28", "orchid"),
          rule("2001:db8::/32", "documentation"),
          rule("2002::/16", "6to4"),
          rule("3fff::/20", "documentation"),
          rule("5f00::/16", "segment-routing"),
          rule("fc00::/7", UNIQUE_LOCAL),
          rule("fd00:ec2::253/128", METADATA),
          rule("fd00:ec2::254/128", METADATA),
          rule("fd20:ce::254/128", METADATA),
          rule("fe80::/10", "link-local"),
          rule("fec0::/10", "site-local"),
          rule("ff00::/8", "multicast"));

  private static final List<String[]> ALLOWED =
      List.of(
          rule("0.0.0.0/0", "public"),
          rule("2000::/3", "public"),
          // Judged by the address inside as well.
          rule("64:ff9b::/96", "nat64"));

  private BuiltInRanges() {}

  private static String[] rule(String range, String name) {
    return new String[] {range, name};
  }

  static List<RangeTable.Entry> entries(PeerProfile profile) {
    List<RangeTable.Entry> entries = new ArrayList<>();
    for (String[] rule : DENIED) {
      boolean isPrivate = rule[1].equals(PRIVATE) || rule[1].equals(UNIQUE_LOCAL);
      boolean isAllowed =
          switch (profile) {
            case INTERNET -> false;
            case LAN -> isPrivate;
          };
      entries.add(
          new RangeTable.Entry(
              AddressRange.parse(rule[0]),
              isAllowed ? Verdict.allowed(rule[1]) : Verdict.denied(rule[1])));
    }
    for (String[] rule : ALLOWED) {
      entries.add(new RangeTable.Entry(AddressRange.parse(rule[0]), Verdict.allowed(rule[1])));
    }
    return entries;
  }
}
