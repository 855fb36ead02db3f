package org.peerstead.relay.turn.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.simulation.SeededCases;

/**
 * Policies against a naive model: numbers without bounds, prefixes by shifting, lists by scanning.
 */
class PeerPolicyPropertiesTest {
  private static final List<String> SEEDS =
      List.of(
          "0.0.0.0",
          "10.0.0.0",
          "100.64.0.0",
          "127.0.0.1",
          "169.254.169.254",
          "172.16.0.0",
          "192.168.1.1",
          "198.18.0.0",
          "224.0.0.0",
          "255.255.255.255",
          "8.8.8.8",
          "::",
          "::1",
          "::ffff:10.0.0.1",
          "::10.0.0.1",
          "::ffff:0:10.0.0.1",
          "64:ff9b::10.0.0.1",
          "64:ff9b:1::10.0.0.1",
          "64:ff9b:1:a00:0:100::",
          "100::1",
          "2001::f5ff:fffe",
          "2001:db8::1",
          "2002:a00:1::1",
          "2a00:1450::5efe:10.0.0.1",
          "2a00:1450::1",
          "3fff::1",
          "fc00::1",
          "fd00:ec2::254",
          "fe80::1",
          "fec0::1",
          "ff02::1");

  private record Prefix(IpFamily family, BigInteger first, int length) {
    boolean holds(IpFamily other, BigInteger address) {
      int rest = family.addressBytes() * 8 - length;
      return other == family && address.shiftRight(rest).equals(first.shiftRight(rest));
    }
  }

  /** What is public, in the words of the registries; everything else is refused. */
  private static final List<String> REFUSED_IN_PUBLIC =
      List.of(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "168.63.129.16/32",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/3",
          "2001::/23",
          "2001:db8::/32",
          "2002::/16",
          "3fff::/20");

  private static final List<String> LAN_ONLY =
      List.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7");

  private static final List<String> METADATA =
      List.of("fd00:ec2::253/128", "fd00:ec2::254/128", "fd20:ce::254/128");

  private record Model(
      PeerProfile profile,
      List<AddressRange> allow,
      List<AddressRange> deny,
      List<IpAddress> own,
      List<IpAddress> relayed) {
    enum Outcome {
      DENIED,
      RELAYED_PORTS,
      ALLOWED
    }

    Outcome judge(IpAddress address) {
      Outcome outcome = judgeItself(address);
      if (address.family() == IpFamily.V6) {
        for (IpAddress inside : inside(address)) {
          Outcome inner = judgeItself(inside);
          outcome = inner.compareTo(outcome) < 0 ? inner : outcome;
        }
      }
      return outcome;
    }

    private Outcome judgeItself(IpAddress address) {
      BigInteger bits = number(address);
      boolean isRelayed = relayed.contains(address);
      if (isRelayed || own.contains(address)) {
        int length = address.family().addressBytes() * 8;
        boolean isAllowed =
            allow.stream().anyMatch(r -> r.prefix() == length && r.first().equals(address));
        boolean isDenied =
            deny.stream().anyMatch(r -> r.prefix() == length && r.first().equals(address));
        return isAllowed
            ? Outcome.ALLOWED
            : isDenied || !isRelayed ? Outcome.DENIED : Outcome.RELAYED_PORTS;
      }
      if (allow.stream().anyMatch(r -> prefix(r).holds(address.family(), bits))) {
        return Outcome.ALLOWED;
      }
      if (deny.stream().anyMatch(r -> prefix(r).holds(address.family(), bits))) {
        return Outcome.DENIED;
      }
      if (profile == PeerProfile.LAN
          && isIn(LAN_ONLY, address, bits)
          && !isIn(METADATA, address, bits)) {
        return Outcome.ALLOWED;
      }
      boolean isPublic =
          address.family() == IpFamily.V4
              || isIn(List.of("2000::/3", "64:ff9b::/96"), address, bits);
      return isPublic && !isIn(REFUSED_IN_PUBLIC, address, bits) ? Outcome.ALLOWED : Outcome.DENIED;
    }

    private static boolean isIn(List<String> ranges, IpAddress address, BigInteger bits) {
      return ranges.stream()
          .anyMatch(r -> prefix(AddressRange.parse(r)).holds(address.family(), bits));
    }

    /** Reads the text form, so that no shift is shared with the code under test. */
    private static List<IpAddress> inside(IpAddress address) {
      byte[] b = address.toBytes();
      String hex = java.util.HexFormat.of().formatHex(b);
      List<IpAddress> found = new ArrayList<>();
      if (hex.startsWith("00000000000000000000ffff")
          || hex.startsWith("0000000000000000ffff0000")
          || hex.startsWith("0064ff9b0000000000000000")) {
        found.add(v4(hex.substring(24)));
      }
      if (hex.startsWith("0".repeat(24)) && number(address).compareTo(BigInteger.ONE) > 0) {
        found.add(v4(hex.substring(24)));
      }
      if (hex.startsWith("0064ff9b0001")) {
        found.add(v4(hex.substring(24)));
        if (hex.startsWith("00", 16) && hex.endsWith("0".repeat(10))) {
          found.add(v4(hex.substring(12, 16) + hex.substring(18, 22)));
        }
        if (hex.startsWith("00", 16) && hex.endsWith("0".repeat(8))) {
          found.add(v4(hex.substring(14, 16) + hex.substring(18, 24)));
        }
        if (hex.startsWith("00", 16) && hex.endsWith("0".repeat(6))) {
          found.add(v4(hex.substring(18, 26)));
        }
      }
      if (hex.startsWith("2002")) {
        found.add(v4(hex.substring(4, 12)));
      }
      if (hex.startsWith("20010000")) {
        found.add(IpAddress.v4(~Integer.parseUnsignedInt(hex.substring(24), 16)));
      }
      String identifier = hex.substring(16, 24);
      if (identifier.equals("00005efe") || identifier.equals("02005efe")) {
        found.add(v4(hex.substring(24)));
      }
      return found;
    }

    private static IpAddress v4(String hex) {
      return IpAddress.v4(Integer.parseUnsignedInt(hex, 16));
    }
  }

  private static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.toBytes());
  }

  private static Prefix prefix(AddressRange range) {
    return new Prefix(range.first().family(), number(range.first()), range.prefix());
  }

  @Test
  void judge_shouldAgreeWithTheModel() {
    SeededCases.of("peer policies", 0x9011, 100)
        .run(random -> {
          List<IpAddress> own = addresses(random, random.nextInt(4));
          List<IpAddress> relayed = addresses(random, random.nextInt(3));
          List<IpAddress> known = new ArrayList<>(own);
          known.addAll(relayed);
          Model model =
              new Model(
                  random.nextBoolean() ? PeerProfile.INTERNET : PeerProfile.LAN,
                  ranges(random, known),
                  ranges(random, known),
                  own,
                  relayed);
          PeerPolicy policy =
              new PeerPolicy(
                  model.profile,
                  model.allow,
                  model.deny,
                  own,
                  relayed,
                  40_000,
                  50_000,
                  PeerPorts.ALL);
          for (int i = 0; i < 100; i++) {
            @Nullable IpAddress edge =
                known.isEmpty() ? null : known.get(random.nextInt(known.size()));
            IpAddress address = edge != null && random.nextInt(4) == 0 ? edge : address(random);
            check(policy, model, address);
            for (AddressRange range : model.allow) {
              check(policy, model, range.first());
            }
          }
        });
  }

  private static void check(PeerPolicy policy, Model model, IpAddress address) {
    Verdict verdict = policy.judge(address);
    Model.Outcome outcome =
        !verdict.isAllowed()
            ? Model.Outcome.DENIED
            : verdict.onlyRelayedPorts() ? Model.Outcome.RELAYED_PORTS : Model.Outcome.ALLOWED;
    assertThat(outcome)
        .as("%s by %s in %s", address, verdict, model)
        .isEqualTo(model.judge(address));
    assertThat(policy.allowsPort(verdict, 80)).isEqualTo(outcome == Model.Outcome.ALLOWED);
    assertThat(policy.allowsPort(verdict, 45_000)).isEqualTo(outcome != Model.Outcome.DENIED);
  }

  @Test
  void rangeTable_shouldFindTheNarrowestRange() {
    SeededCases.of("range tables", 0x9012, 400)
        .run(random -> {
          IpFamily family = random.nextBoolean() ? IpFamily.V4 : IpFamily.V6;
          List<RangeTable.Entry> entries = new ArrayList<>();
          for (int i = random.nextInt(40); i > 0; i--) {
            AddressRange range = range(random, address(random));
            entries.add(new RangeTable.Entry(range, Verdict.denied(i + " " + range)));
          }
          RangeTable table = RangeTable.of(family, entries);
          for (int i = 0; i < 100; i++) {
            IpAddress address = address(random);
            if (address.family() != family) {
              continue;
            }
            BigInteger bits = number(address);
            RangeTable.@Nullable Entry best = null;
            for (RangeTable.Entry entry : entries) {
              if (prefix(entry.range()).holds(family, bits)
                  && (best == null || entry.range().prefix() > best.range().prefix())) {
                best = entry;
              }
              assertThat(entry.range().contains(family, address.high(), address.low()))
                  .isEqualTo(prefix(entry.range()).holds(family, bits));
            }
            assertThat(table.find(address.high(), address.low()))
                .isEqualTo(best == null ? null : best.verdict());
          }
        });
  }

  private static List<AddressRange> ranges(RandomGenerator random, List<IpAddress> known) {
    List<AddressRange> ranges = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      IpAddress around =
          !known.isEmpty() && random.nextBoolean()
              ? known.get(random.nextInt(known.size()))
              : address(random);
      ranges.add(random.nextInt(3) == 0 ? AddressRange.of(around) : range(random, around));
    }
    return ranges;
  }

  private static List<IpAddress> addresses(RandomGenerator random, int count) {
    List<IpAddress> addresses = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      addresses.add(address(random));
    }
    return addresses;
  }

  /** A random prefix of an address. */
  private static AddressRange range(RandomGenerator random, IpAddress around) {
    int bits = around.family().addressBytes() * 8;
    int prefix = random.nextInt(bits + 1);
    BigInteger first = number(around).shiftRight(bits - prefix).shiftLeft(bits - prefix);
    return new AddressRange(of(around.family(), first), prefix);
  }

  private static IpAddress of(IpFamily family, BigInteger number) {
    byte[] bytes = new byte[family.addressBytes()];
    byte[] digits = number.toByteArray();
    for (int i = 0; i < bytes.length && i < digits.length; i++) {
      bytes[bytes.length - 1 - i] = digits[digits.length - 1 - i];
    }
    return IpAddress.of(bytes);
  }

  /** Near something special: a special address with some of its bits changed. */
  private static IpAddress address(RandomGenerator random) {
    IpAddress seed = IpAddress.parse(SEEDS.get(random.nextInt(SEEDS.size())));
    BigInteger number = number(seed);
    for (int i = random.nextInt(4); i > 0; i--) {
      number = number.flipBit(random.nextInt(seed.family().addressBytes() * 8));
    }
    return of(seed.family(), number);
  }
}
