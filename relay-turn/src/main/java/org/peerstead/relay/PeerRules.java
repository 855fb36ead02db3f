package org.peerstead.relay;

import java.util.List;
import java.util.Set;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.policy.PeerProfile;

/**
 * Which peers clients may reach through the relay. Judged in this order: what is allowed here, what
 * is denied here, the profile.
 *
 * @param allow also reached although the profile forbids them
 * @param deny not reached although the profile allows them
 * @param portFloor ports of peers below are refused; 0 for none
 * @param portExceptions ports below the floor that are reached nevertheless
 */
public record PeerRules(
    PeerProfile profile,
    List<AddressRange> allow,
    List<AddressRange> deny,
    int portFloor,
    Set<Integer> portExceptions) {
  public PeerRules {
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
    portExceptions = Set.copyOf(portExceptions);
  }

  /** A profile and nothing else. */
  public static PeerRules of(PeerProfile profile) {
    return new PeerRules(profile, List.of(), List.of(), 0, Set.of());
  }
}
