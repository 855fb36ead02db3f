package org.peerstead.relay.turn.policy;

/** Which built-in denials hold. */
public enum PeerProfile {
  /** Peers on the public internet only. */
  INTERNET,

  /**
   * Also peers in private networks: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918) and
   * fc00::/7 (RFC 4193). Never this host, link-local addresses, cloud metadata or multicast.
   */
  LAN
}
