package org.peerstead.dhtseed;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.AddressView;
import org.peerstead.discovery.rpc.core.Connectivity;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.events.DhtActivity;

/**
 * Whether others reach a node, what is between it and them, and how that is known. Immutable.
 *
 * @param verdict the finding
 * @param nat what translates addresses on the way
 * @param reason one or two sentences for the operator, naming the remedy when there is one
 */
public record Reachability(Verdict verdict, Nat nat, String reason) {

  /** Whether others reach a node. Names are metric labels. */
  public enum Verdict {
    /** It looks around. */
    STARTING(true, DhtActivity.State.STARTING),
    /** It serves this machine only, as it was told to. */
    LOCAL(true, DhtActivity.State.LOCAL),
    /** Nothing speaks against it, and nobody has come yet. */
    UNPROVEN(true, DhtActivity.State.SERVING),
    /** Others see the stated address; nobody has come by himself yet. */
    ADDRESS_CONFIRMED(true, DhtActivity.State.SERVING),
    /** Somebody came whom this node had not asked before. */
    REACHED(true, DhtActivity.State.SERVING),
    /** Others see another address than the stated one. */
    HOST_DIFFERS(false, DhtActivity.State.UNREACHABLE),
    /** Others see another port than the stated one. */
    PORT_REMAPPED(false, DhtActivity.State.UNREACHABLE),
    /** Each of the others sees another port. */
    PORT_VARIES(false, DhtActivity.State.UNREACHABLE),
    /** It only asks, or waits until its address has proved stable. */
    NOT_SERVING(true, DhtActivity.State.ASKING),
    /** Nobody answers. */
    OFFLINE(false, DhtActivity.State.OFFLINE);

    private final boolean isFine;
    private final DhtActivity.State state;

    Verdict(boolean isFine, DhtActivity.State state) {
      this.isFine = isFine;
      this.state = state;
    }

    /** Whether it is as the operator wants it, as far as can be told. */
    public boolean isFine() {
      return isFine;
    }

    /** What is told on the bus. */
    public DhtActivity.State state() {
      return state;
    }
  }

  /** What is between a node and the others. */
  public enum Nat {
    /** Not known yet. */
    UNKNOWN("not known yet: too few nodes have answered"),
    /** Nothing that matters. */
    NONE("none, or one that forwards the port as it is"),
    /** Always the same other port. */
    CONSISTENT("one that gives the same other port towards everybody"),
    /** Another port for each destination. */
    VARYING("one that gives another port towards each destination (symmetric)"),
    /** More than one address. */
    SEVERAL_ADDRESSES("others see different addresses: several ways out of this network");

    private final String words;

    Nat(String words) {
      this.words = words;
    }

    /** The type in words. */
    public String words() {
      return words;
    }
  }

  /**
   * What is known of a node.
   *
   * @param isReady whether it has looked around
   * @param isServing whether others know it by an id
   * @param address its address as others see it; for a seed the stated address is the first sample
   * @param serverPort own port that is bound
   * @param connectivity whether others answer
   * @param strangers how often somebody came whom it had not asked before
   */
  public record Evidence(
      boolean isReady,
      boolean isServing,
      AddressView address,
      int serverPort,
      Connectivity connectivity,
      long strangers) {}

  /** Judges a node by what is known of it. */
  public static Reachability judge(SeedPlan plan, Evidence evidence) {
    @Nullable NodeAddress stated = plan.publicAddress();
    Nat nat = nat(stated, evidence);
    if (stated != null && plan.reach() == SeedPlan.Reach.MACHINE) {
      return new Reachability(
          Verdict.LOCAL,
          Nat.NONE,
          "serves programs on this machine only, at " + own(stated, evidence) + ".");
    }
    if (evidence.connectivity() == Connectivity.OFFLINE) {
      return new Reachability(
          Verdict.OFFLINE, nat, "no other node answers: is the network up, and UDP let through?");
    }
    if (!evidence.isReady() && evidence.strangers() == 0) {
      return new Reachability(Verdict.STARTING, nat, "looks around.");
    }
    return stated == null ? participant(nat, evidence) : seed(stated, nat, evidence);
  }

  private static Reachability participant(Nat nat, Evidence evidence) {
    if (!evidence.isServing()) {
      return new Reachability(
          Verdict.NOT_SERVING,
          nat,
          evidence.address().firewalled()
              ? "asks others and serves nobody: strangers have not been seen to reach its port."
              : "asks others and serves nobody until its address has been stable for 20 minutes.");
    }
    return new Reachability(
        Verdict.REACHED, nat, "serves: other nodes tested its port and reached it.");
  }

  private static Reachability seed(NodeAddress stated, Nat nat, Evidence evidence) {
    NodeAddress own = own(stated, evidence);
    AddressView seen = evidence.address();
    // One sample is what the operator stated himself.
    boolean isSeen = seen.samples() > 1;
    if (isSeen && seen.host() == null) {
      return new Reachability(
          Verdict.HOST_DIFFERS,
          nat,
          "others do not see it as "
              + own
              + " but under other addresses: state the public address with --dht-host.");
    }
    if (isSeen && !own.hostText().equals(seen.host())) {
      return new Reachability(
          Verdict.HOST_DIFFERS,
          nat,
          "others see it as "
              + seen.host()
              + ", not as "
              + own.hostText()
              + ": start it with --dht-host "
              + seen.host()
              + ".");
    }
    if (isSeen && seen.port() == 0) {
      return new Reachability(
          Verdict.PORT_VARIES,
          nat,
          "others see its port "
              + own.port()
              + " as different ports: a NAT translates it. Forward UDP "
              + own.port()
              + " to this machine.");
    }
    if (isSeen && seen.port() != own.port()) {
      return new Reachability(
          Verdict.PORT_REMAPPED,
          nat,
          "others see its port as "
              + seen.port()
              + ", not "
              + own.port()
              + ": a NAT translates it. Forward UDP "
              + own.port()
              + " to this machine, or state the port with --peerstead.dht-seed.public-port.");
    }
    if (evidence.strangers() > 0) {
      return new Reachability(
          Verdict.REACHED,
          nat,
          "serves at " + own + ": others came by themselves, " + evidence.strangers() + " times.");
    }
    return isSeen
        ? new Reachability(
            Verdict.ADDRESS_CONFIRMED,
            nat,
            "others see it as "
                + own
                + "; nobody has come by himself yet. Is UDP "
                + own.port()
                + " open in the firewall?")
        : new Reachability(
            Verdict.UNPROVEN,
            nat,
            "nobody has come to "
                + own
                + " yet, and no other node has answered: nothing can be said. Is UDP "
                + own.port()
                + " open in the firewall?");
  }

  private static NodeAddress own(NodeAddress stated, Evidence evidence) {
    return stated.port() == 0 ? stated.withPort(evidence.serverPort()) : stated;
  }

  private static Nat nat(@Nullable NodeAddress stated, Evidence evidence) {
    AddressView seen = evidence.address();
    if (seen.samples() < (stated == null ? 1 : 2)) {
      return Nat.UNKNOWN;
    }
    if (seen.host() == null) {
      return Nat.SEVERAL_ADDRESSES;
    }
    if (seen.port() == 0) {
      return Nat.VARYING;
    }
    return seen.port() == (stated == null ? evidence.serverPort() : own(stated, evidence).port())
        ? Nat.NONE
        : Nat.CONSISTENT;
  }
}
