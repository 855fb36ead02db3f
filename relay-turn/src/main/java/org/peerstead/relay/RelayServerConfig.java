package org.peerstead.relay;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.OAuthTokens;
import org.peerstead.relay.auth.PasswordAlgorithm;
import org.peerstead.relay.net.netty.ConnectionBounds;
import org.peerstead.relay.net.tls.TlsMaterial;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.RelayedHost;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.policy.PeerProfile;
import org.peerstead.relay.turn.quota.QuotaLimits;

/** How a relay is to run; {@link #of} gives one that a few words change. */
public record RelayServerConfig(
    Listening listening, Relaying relaying, Access access, Running running) {
  /**
   * Where clients come in.
   *
   * @param addresses each serves UDP and DTLS on its UDP port and TCP and TLS on its TCP port; a
   *     port of 0 is chosen by the system
   * @param transports those that are served; TLS and DTLS need {@code tls}
   * @param tls the certificate of TLS and DTLS, which may change meanwhile; null for none
   * @param bounds of TCP and TLS connections
   * @param trustedProxies sources whose connections begin with a PROXY protocol header
   * @param discoveryAlternate a second address and port on this host, for NAT behaviour discovery
   *     (RFC 5780) together with the first of {@code addresses}; null for none
   */
  public record Listening(
      List<TransportAddress> addresses,
      Set<ClientTransport> transports,
      @Nullable TlsMaterial tls,
      ConnectionBounds bounds,
      List<AddressRange> trustedProxies,
      @Nullable TransportAddress discoveryAlternate) {
    public Listening {
      addresses = List.copyOf(addresses);
      transports = Set.copyOf(transports);
      trustedProxies = List.copyOf(trustedProxies);
      if (addresses.isEmpty() || transports.isEmpty()) {
        throw new IllegalArgumentException("a relay listens somewhere, for something");
      }
      if (tls == null
          && (transports.contains(ClientTransport.TLS)
              || transports.contains(ClientTransport.DTLS))) {
        throw new IllegalArgumentException("TLS and DTLS need a certificate");
      }
    }
  }

  /**
   * Where peers are reached from.
   *
   * @param v4 null when no IPv4 peers are reached
   * @param v6 null when no IPv6 peers are reached
   * @param firstPort of relayed addresses; not below 1,024
   * @param lastPort of relayed addresses
   * @param mobility whether clients may change their address (RFC 8016)
   * @param tcp whether TCP peers are reached (RFC 6062)
   */
  public record Relaying(
      @Nullable RelayedHost v4,
      @Nullable RelayedHost v6,
      int firstPort,
      int lastPort,
      PeerRules peers,
      boolean mobility,
      boolean tcp) {
    public Relaying {
      if (v4 == null && v6 == null) {
        throw new IllegalArgumentException("a relay needs an address to relay from");
      }
      if (firstPort < 1_024 || lastPort > 65_535 || lastPort <= firstPort) {
        throw new IllegalArgumentException(
            "relayed ports lie between 1024 and 65535, not " + firstPort + " to " + lastPort);
      }
    }
  }

  /**
   * Who may use it, and how much.
   *
   * @param realm 1 to 32 bytes; with up to 8 there is room to offer SHA-256 keys over UDP too
   * @param nonceSecrets the current one, then those that still count; the same for relays that
   *     accept each other's nonces
   * @param oauth null when tokens are not accepted (RFC 7635)
   * @param unauthenticatedPerSecond answers over UDP to one source without credentials
   * @param unauthenticatedBurst as many at once
   * @param alternateServer where all new clients are sent (300); null to serve them here
   */
  public record Access(
      String realm,
      Set<PasswordAlgorithm> algorithms,
      boolean userHash,
      List<byte[]> nonceSecrets,
      Duration nonceValidity,
      @Nullable OAuthTokens oauth,
      QuotaLimits quotas,
      int defaultLifetimeSeconds,
      int maxLifetimeSeconds,
      int maxPermissions,
      int maxChannels,
      int unauthenticatedPerSecond,
      int unauthenticatedBurst,
      @Nullable TransportAddress alternateServer) {
    public Access {
      algorithms = Set.copyOf(algorithms);
      nonceSecrets = List.copyOf(nonceSecrets);
    }

    @Override
    public String toString() {
      return "Access[" + realm + "]";
    }
  }

  /**
   * What it runs on.
   *
   * @param udpLoops threads for UDP clients; 0 for one per processor
   * @param tcpLoops threads for TCP and TLS clients; 0 for one per processor
   * @param isPortable whether to do without the system calls of Linux
   * @param receiveBufferBytes of each UDP listener, as far as the system allows
   * @param sendBufferBytes of each UDP listener, as far as the system allows
   */
  public record Running(
      int udpLoops, int tcpLoops, boolean isPortable, int receiveBufferBytes, int sendBufferBytes) {
    public static final Running DEFAULTS = new Running(0, 0, false, 4 << 20, 4 << 20);
  }

  /**
   * A relay for UDP and TCP at one address, from which it also relays.
   *
   * @param nonceSecret at least 16 random bytes
   */
  public static RelayServerConfig of(IpAddress address, int port, byte[] nonceSecret) {
    RelayedHost host = RelayedHost.of(address);
    return new RelayServerConfig(
        new Listening(
            List.of(new TransportAddress(address, port)),
            Set.of(ClientTransport.UDP, ClientTransport.TCP),
            null,
            ConnectionBounds.DEFAULTS,
            List.of(),
            null),
        new Relaying(
            address.family() == IpFamily.V4 ? host : null,
            address.family() == IpFamily.V6 ? host : null,
            49_152,
            65_535,
            PeerRules.of(PeerProfile.INTERNET),
            false,
            false),
        new Access(
            "relay",
            Set.of(PasswordAlgorithm.MD5, PasswordAlgorithm.SHA256),
            true,
            List.of(nonceSecret),
            Duration.ofHours(1),
            null,
            QuotaLimits.DEFAULTS,
            600,
            3_600,
            256,
            256,
            100,
            1_000,
            null),
        Running.DEFAULTS);
  }

  public RelayServerConfig withListening(Listening changed) {
    return new RelayServerConfig(changed, relaying, access, running);
  }

  public RelayServerConfig withRelaying(Relaying changed) {
    return new RelayServerConfig(listening, changed, access, running);
  }

  public RelayServerConfig withAccess(Access changed) {
    return new RelayServerConfig(listening, relaying, changed, running);
  }

  public RelayServerConfig withRunning(Running changed) {
    return new RelayServerConfig(listening, relaying, access, changed);
  }
}
