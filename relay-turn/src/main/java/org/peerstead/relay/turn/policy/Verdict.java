package org.peerstead.relay.turn.policy;

/**
 * What a policy says about an address. Instances are made with the policy, none while judging.
 *
 * @param isAllowed whether a client may reach the address at all
 * @param onlyRelayedPorts whether only ports in the range of relayed ports may be reached: the
 *     address is this relay's own, and behind its other ports are its own services
 * @param rule what decided, for logs and for explaining a refusal; such as {@code loopback} or
 *     {@code allow 10.0.0.0/8}
 */
public record Verdict(boolean isAllowed, boolean onlyRelayedPorts, String rule) {
  static Verdict allowed(String rule) {
    return new Verdict(true, false, rule);
  }

  static Verdict denied(String rule) {
    return new Verdict(false, false, rule);
  }
}
