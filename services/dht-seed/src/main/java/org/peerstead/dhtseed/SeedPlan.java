package org.peerstead.dhtseed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.AddressScope;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * Where a node listens and what it says of itself, worked out from what its operator configured,
 * with a sentence for everything in it that keeps strangers out.
 *
 * @param mode when it serves
 * @param bindHost own address to bind to, {@code 0.0.0.0} for all
 * @param publicAddress what others are to use; port 0 for the port that will be bound; null unless
 *     the mode is seed
 * @param bootstrap other seeds, without this node itself
 * @param reach who can reach this node if the network lets them
 * @param warnings what an operator should know before trusting in this node
 */
public record SeedPlan(
    DhtSeedConfig.Mode mode,
    String bindHost,
    @Nullable NodeAddress publicAddress,
    List<String> bootstrap,
    Reach reach,
    List<String> warnings) {

  private static final String LOOPBACK = "127.0.0.1";
  private static final String ALL = "0.0.0.0";

  /** Who can reach a node if nothing is in the way. */
  public enum Reach {
    /** Programs of this machine. */
    MACHINE,
    /** Machines of this network. */
    NETWORK,
    /** Everybody. */
    EVERYBODY
  }

  /** Looks up a name. */
  @FunctionalInterface
  public interface Names {
    /** The IPv4 addresses of {@code name}, as big-endian numbers; none when it has none. */
    List<Integer> addresses(String name);
  }

  /** The configuration cannot work at all; the message says what to write instead. */
  public static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
      super(message);
    }
  }

  /** Copies the lists. */
  public SeedPlan {
    bootstrap = List.copyOf(bootstrap);
    warnings = List.copyOf(warnings);
  }

  /**
   * Works it out.
   *
   * @param host the stated address or name; empty for none
   * @param bindHost the stated address to bind to; empty for none
   * @param port that will be bound, 0 for any
   * @param publicPort that others use; empty for the same
   */
  public static SeedPlan of(
      DhtSeedConfig.Mode mode,
      Optional<String> host,
      Optional<String> bindHost,
      int port,
      Optional<Integer> publicPort,
      List<String> bootstrap,
      Names names)
      throws UnusableException {
    if (port < 0 || port > 0xffff) {
      throw new UnusableException("the port of the DHT must be 0 to 65535, not " + port);
    }
    if (publicPort.isPresent() && (publicPort.get() < 1 || publicPort.get() > 0xffff)) {
      throw new UnusableException("the public port must be 1 to 65535, not " + publicPort.get());
    }
    var warnings = new ArrayList<String>();
    @Nullable NodeAddress stated =
        host.isEmpty()
            ? null
            : new NodeAddress(
                statedHost(host.get().strip(), names, warnings), publicPort.orElse(port));
    String bound =
        bindHost.isPresent() ? checkedBindHost(bindHost.get()) : defaultBindHost(mode, stated);
    Reach reach = reach(stated, bound, mode);
    if (mode == DhtSeedConfig.Mode.SEED) {
      if (stated == null) {
        int own = bound.equals(ALL) ? parse(LOOPBACK) : parse(bound);
        stated = new NodeAddress(own, publicPort.orElse(port));
      }
      warnings.addAll(warningsOf(stated, host.isPresent(), bound));
    }
    List<String> others = withoutSelf(bootstrap, host, stated, warnings);
    if (isLoopback(parse(bound)) && others.stream().anyMatch(seed -> !isOnThisMachine(seed))) {
      warnings.add(
          "the node is bound to "
              + bound
              + " and cannot reach the other seeds it is given; state its address with --dht-host");
    }
    boolean isSeed = mode == DhtSeedConfig.Mode.SEED;
    return new SeedPlan(mode, bound, isSeed ? stated : null, others, reach, warnings);
  }

  private static int statedHost(String text, Names names, List<String> warnings)
      throws UnusableException {
    if (text.indexOf(':') >= 0) {
      throw new UnusableException(
          "--dht-host "
              + text
              + ": the DHT speaks IPv4 only; state an IPv4 address without a port (the port goes to"
              + " --dht-port)");
    }
    int host;
    if (looksLikeAddress(text)) {
      host = parse(text);
    } else {
      List<Integer> found = names.addresses(text);
      if (found.isEmpty()) {
        throw new UnusableException(
            "--dht-host " + text + " has no IPv4 address; the DHT speaks IPv4 only");
      }
      host = found.getFirst();
      if (found.size() > 1) {
        warnings.add(
            text
                + " has "
                + found.size()
                + " addresses, a node has one: this one serves as "
                + hostText(host)
                + "; a seed behind each address needs a name of its own");
      }
    }
    switch (AddressScope.of(host)) {
      case MULTICAST ->
          throw new UnusableException(
              "--dht-host " + text + " is a multicast address, which no machine has");
      case RESERVED -> {
        if (host >>> 24 == 0 || host >>> 24 >= 240) {
          throw new UnusableException(
              "--dht-host "
                  + text
                  + " is no address that others could use: state the public address of this machine"
                  + " (which addresses are listened on is --peerstead.dht-seed.bind-host)");
        }
      }
      case PUBLIC, PRIVATE, SHARED, LOOPBACK, LINK_LOCAL -> {}
    }
    return host;
  }

  private static boolean looksLikeAddress(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  private static int parse(String text) throws UnusableException {
    try {
      return NodeAddress.parseHost(text);
    } catch (IllegalArgumentException e) {
      throw new UnusableException("not an IPv4 address: " + text);
    }
  }

  private static String checkedBindHost(String text) throws UnusableException {
    return hostText(parse(text.strip()));
  }

  /** Nobody is let in before the operator has said so: loopback unless there is an address. */
  private static String defaultBindHost(DhtSeedConfig.Mode mode, @Nullable NodeAddress stated) {
    if (stated != null) {
      return isLoopback(stated.host()) ? stated.hostText() : ALL;
    }
    return mode == DhtSeedConfig.Mode.SEED ? LOOPBACK : ALL;
  }

  private static Reach reach(@Nullable NodeAddress stated, String bound, DhtSeedConfig.Mode mode)
      throws UnusableException {
    if (isLoopback(parse(bound)) || (stated != null && isLoopback(stated.host()))) {
      return Reach.MACHINE;
    }
    if (stated == null) {
      return mode == DhtSeedConfig.Mode.SEED ? Reach.MACHINE : Reach.EVERYBODY;
    }
    return switch (AddressScope.of(stated.host())) {
      case PUBLIC -> Reach.EVERYBODY;
      case LOOPBACK -> Reach.MACHINE;
      case PRIVATE, SHARED, LINK_LOCAL, MULTICAST, RESERVED -> Reach.NETWORK;
    };
  }

  private static List<String> warningsOf(NodeAddress stated, boolean isStated, String bound)
      throws UnusableException {
    var warnings = new ArrayList<String>();
    String host = stated.hostText();
    if (isStated) {
      switch (AddressScope.of(stated.host())) {
        case PUBLIC -> {}
        case LOOPBACK ->
            warnings.add(
                host
                    + " is this machine itself: only programs on it can use this seed. State the"
                    + " public address with --dht-host");
        case PRIVATE ->
            warnings.add(
                host
                    + " is a private address: only machines of the same network can use this seed."
                    + " State the public address with --dht-host");
        case SHARED ->
            warnings.add(
                host
                    + " belongs to the network of a provider (100.64.0.0/10), behind its NAT: nobody"
                    + " outside can use this seed. Ask for a public address, or use another machine");
        case LINK_LOCAL ->
            warnings.add(
                host
                    + " is valid on one link only: hardly anybody can use this seed. State the public"
                    + " address with --dht-host");
        case MULTICAST, RESERVED ->
            warnings.add(
                host
                    + " is reserved for documentation or tests: nobody can use this seed. State the"
                    + " public address with --dht-host");
      }
    }
    int own = parse(bound);
    if (own != 0 && !isLoopback(stated.host()) && isLoopback(own)) {
      warnings.add(
          "others are told "
              + host
              + ", but the node is bound to "
              + bound
              + ", where nothing from outside arrives; remove peerstead.dht-seed.bind-host");
    }
    return warnings;
  }

  private static List<String> withoutSelf(
      List<String> bootstrap,
      Optional<String> host,
      @Nullable NodeAddress stated,
      List<String> warnings) {
    var others = new ArrayList<String>();
    for (String seed : bootstrap) {
      String text = seed.strip();
      if (text.isEmpty()) {
        continue;
      }
      if (stated != null && stated.port() != 0 && isSelf(text, host, stated)) {
        warnings.add(
            text
                + " in the list of seeds is this node itself and was left out; a network of one seed"
                + " needs no list");
      } else {
        others.add(text);
      }
    }
    return others;
  }

  private static boolean isSelf(String seed, Optional<String> host, NodeAddress stated) {
    String own = stated.toString();
    if (seed.equals(own) || seed.startsWith(stated.hostText() + "@")) {
      return seed.endsWith(":" + stated.port());
    }
    return host.isPresent()
        && seed.toLowerCase(Locale.ROOT)
            .equals(host.get().strip().toLowerCase(Locale.ROOT) + ":" + stated.port());
  }

  private static boolean isOnThisMachine(String seed) {
    return seed.startsWith("127.") || seed.startsWith("localhost:");
  }

  private static boolean isLoopback(int host) {
    return AddressScope.of(host) == AddressScope.LOOPBACK;
  }

  private static String hostText(int host) {
    return new NodeAddress(host, 0).hostText();
  }
}
