package org.peerstead.relay.turn.policy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;

/**
 * Judges peer addresses; immutable, and judging allocates nothing. To be asked wherever a client
 * names a peer, and again for every permission when a policy is replaced.
 *
 * <p>An address is judged in this order:
 *
 * <ol>
 *   <li>This host's own addresses: relayed addresses are reached on relayed ports only, so that two
 *       clients of one relay meet; others are refused. Wide ranges of the lists do not change that:
 *       who allows 10.0.0.0/8 does not mean the services on the relay's own 10.0.0.5, and who
 *       denies it does not mean to part the relay's clients. An entry that names the very address
 *       does: an allowed one is reached on all ports but the relay's own listeners, a denied one
 *       not at all.
 *   <li>The operator's allow list, then the deny list.
 *   <li>The built-in denials of the {@link PeerProfile}; what they do not name is allowed.
 * </ol>
 *
 * <p>An IPv6 address that embeds an IPv4 address (mapped, compatible, translated, NAT64, 6to4,
 * Teredo, ISATAP) is judged as itself and as the address inside; both must be allowed.
 */
public final class PeerPolicy {
  private static final Verdict RELAYED = new Verdict(true, true, "relayed-address");
  private static final Verdict OWN = Verdict.denied("own-address");
  private static final Verdict OWN_BY_NAME = Verdict.allowed("own-address allowed by name");
  private static final Verdict OWN_DENIED = Verdict.denied("own-address denied by name");
  private static final Verdict UNKNOWN = Verdict.denied("unknown");

  private final FamilyRules v4;
  private final FamilyRules v6;
  private final int firstRelayPort;
  private final int lastRelayPort;
  private final int portFloor;
  private final BitSet portsBelowFloor;
  private final BitSet listenerPorts;

  private record FamilyRules(
      RangeTable own, RangeTable allow, RangeTable deny, RangeTable builtIn) {}

  /**
   * A policy.
   *
   * @param allow ranges that are reached whatever the built-in denials say
   * @param deny ranges that are not, unless the allow list has them
   * @param own this host's addresses: of its interfaces, and those that it is known by outside
   * @param relayed addresses that clients are given: local and advertised ones
   * @param firstRelayPort lowest relayed port
   * @param lastRelayPort highest relayed port
   */
  public PeerPolicy(
      PeerProfile profile,
      List<AddressRange> allow,
      List<AddressRange> deny,
      List<IpAddress> own,
      List<IpAddress> relayed,
      int firstRelayPort,
      int lastRelayPort,
      PeerPorts ports) {
    if (firstRelayPort < 1 || lastRelayPort > 65_535 || firstRelayPort > lastRelayPort) {
      throw new IllegalArgumentException(
          "no range of ports: " + firstRelayPort + " to " + lastRelayPort);
    }
    this.firstRelayPort = firstRelayPort;
    this.lastRelayPort = lastRelayPort;
    this.portFloor = ports.floor();
    this.portsBelowFloor = bits(ports.exceptions());
    this.listenerPorts = bits(ports.listeners());
    List<RangeTable.Entry> ownEntries = ownEntries(allow, deny, own, relayed);
    List<RangeTable.Entry> allowEntries =
        allow.stream().map(r -> new RangeTable.Entry(r, Verdict.allowed("allow " + r))).toList();
    List<RangeTable.Entry> denyEntries =
        deny.stream().map(r -> new RangeTable.Entry(r, Verdict.denied("deny " + r))).toList();
    List<RangeTable.Entry> builtIn = BuiltInRanges.entries(profile);
    this.v4 = rules(IpFamily.V4, ownEntries, allowEntries, denyEntries, builtIn);
    this.v6 = rules(IpFamily.V6, ownEntries, allowEntries, denyEntries, builtIn);
  }

  private static BitSet bits(Set<Integer> ports) {
    BitSet bits = new BitSet();
    ports.forEach(bits::set);
    return bits;
  }

  private static FamilyRules rules(
      IpFamily family,
      List<RangeTable.Entry> own,
      List<RangeTable.Entry> allow,
      List<RangeTable.Entry> deny,
      List<RangeTable.Entry> builtIn) {
    return new FamilyRules(
        RangeTable.of(family, own),
        RangeTable.of(family, allow),
        RangeTable.of(family, deny),
        RangeTable.of(family, builtIn));
  }

  private static List<RangeTable.Entry> ownEntries(
      List<AddressRange> allow,
      List<AddressRange> deny,
      List<IpAddress> own,
      List<IpAddress> relayed) {
    List<RangeTable.Entry> entries = new ArrayList<>();
    for (IpAddress address : relayed) {
      entries.add(ownEntry(address, allow, deny, RELAYED));
    }
    for (IpAddress address : own) {
      entries.add(ownEntry(address, allow, deny, OWN));
    }
    return entries;
  }

  private static RangeTable.Entry ownEntry(
      IpAddress address, List<AddressRange> allow, List<AddressRange> deny, Verdict otherwise) {
    AddressRange range = AddressRange.of(address);
    if (allow.contains(range)) {
      return new RangeTable.Entry(range, OWN_BY_NAME);
    }
    return new RangeTable.Entry(range, deny.contains(range) ? OWN_DENIED : otherwise);
  }

  /**
   * Judges an address whatever the port, as permissions do.
   *
   * @param high as in {@link IpAddress#high()}
   * @param low as in {@link IpAddress#low()}
   */
  public Verdict judge(IpFamily family, long high, long low) {
    if (family == IpFamily.V4) {
      return judgeItself(v4, 0, low);
    }
    Verdict verdict = judgeItself(v6, high, low);
    for (int form = 0; form < EmbeddedAddress.FORMS && verdict.isAllowed(); form++) {
      long embedded = EmbeddedAddress.read(form, high, low);
      if (embedded != EmbeddedAddress.NONE) {
        verdict = stricter(verdict, judgeItself(v4, 0, embedded));
      }
    }
    return verdict;
  }

  /** As {@link #judge(IpFamily, long, long)}. */
  public Verdict judge(IpAddress address) {
    return judge(address.family(), address.high(), address.low());
  }

  private static Verdict judgeItself(FamilyRules rules, long high, long low) {
    @Nullable Verdict verdict = rules.own().find(high, low);
    if (verdict == null) {
      verdict = rules.allow().find(high, low);
    }
    if (verdict == null) {
      verdict = rules.deny().find(high, low);
    }
    if (verdict == null) {
      verdict = rules.builtIn().find(high, low);
    }
    return verdict == null ? UNKNOWN : verdict;
  }

  /** Of two verdicts on an allowed address and one inside of it, the one that allows less. */
  private static Verdict stricter(Verdict outer, Verdict inner) {
    boolean isInnerStricter =
        !inner.isAllowed()
            || (inner.onlyRelayedPorts() && !outer.onlyRelayedPorts())
            || (inner.equals(OWN_BY_NAME) && !outer.onlyRelayedPorts());
    return isInnerStricter ? inner : outer;
  }

  /**
   * Whether a port may be reached at an address with this verdict. Allocates nothing.
   *
   * @param port 0 is never reached
   */
  public boolean allowsPort(Verdict verdict, int port) {
    if (!verdict.isAllowed() || port <= 0) {
      return false;
    }
    if (verdict.onlyRelayedPorts()) {
      return port >= firstRelayPort && port <= lastRelayPort;
    }
    if (verdict.equals(OWN_BY_NAME) && listenerPorts.get(port)) {
      return false;
    }
    return port >= portFloor || portsBelowFloor.get(port);
  }
}
