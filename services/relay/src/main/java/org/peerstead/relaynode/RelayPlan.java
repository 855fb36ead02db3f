package org.peerstead.relaynode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.PeerRules;
import org.peerstead.relay.RelayServerConfig;
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
import org.peerstead.relay.turn.quota.QuotaLimits;

/**
 * What the configuration amounts to, or why it cannot work. Reads no file and asks no network.
 *
 * @param v4 null when the relay has no IPv4 address
 * @param v6 null when the relay has no IPv6 address
 * @param addresses where clients come in
 * @param transports how; those that need a certificate only when there is one
 * @param drainTo where new clients are sent while the relay drains
 * @param warnings what works, but hardly as it is meant
 */
record RelayPlan(
    RelayConfig config,
    @Nullable RelayedHost v4,
    @Nullable RelayedHost v6,
    List<TransportAddress> addresses,
    Set<ClientTransport> transports,
    boolean hasCertificate,
    @Nullable TransportAddress alternateAddress,
    @Nullable TransportAddress alternateServer,
    @Nullable TransportAddress drainTo,
    List<String> warnings) {

  /** The configuration cannot work; the message says what helps. */
  static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
      super(message);
    }
  }

  /** What TLS needs, in the order clients prefer it. */
  private static final Set<ClientTransport> ENCRYPTED =
      EnumSet.of(ClientTransport.TLS, ClientTransport.DTLS);

  /** Looks through the configuration. */
  static RelayPlan of(RelayConfig config) throws UnusableException {
    List<String> warnings = new ArrayList<>();
    RelayedHost v4 = null;
    RelayedHost v6 = null;
    for (String text : config.host()) {
      IpAddress local = own(text);
      RelayedHost host = RelayedHost.of(local);
      if (local.family() == IpFamily.V4 ? v4 != null : v6 != null) {
        throw new UnusableException(
            "peerstead.relay.host names two addresses of one family; a relay has one of each");
      }
      if (local.family() == IpFamily.V4) {
        v4 = host;
      } else {
        v6 = host;
      }
    }
    for (String text : config.advertise().orElse(List.of())) {
      if (text.isBlank()) {
        continue;
      }
      IpAddress advertised = address("peerstead.relay.advertise", text);
      RelayedHost of = advertised.family() == IpFamily.V4 ? v4 : v6;
      if (of == null || advertised.isAny()) {
        throw new UnusableException(
            "peerstead.relay.advertise is "
                + advertised
                + ", but peerstead.relay.host has no address of that family");
      }
      RelayedHost translated = new RelayedHost(of.local(), advertised);
      if (advertised.family() == IpFamily.V4) {
        v4 = translated;
      } else {
        v6 = translated;
      }
    }
    if (v4 == null && v6 == null) {
      throw new UnusableException("peerstead.relay.host names no address; see --relay-host");
    }
    boolean hasCertificate = isSet(config.certificateFile());
    if (hasCertificate != isSet(config.keyFile())) {
      throw new UnusableException(
          "TLS needs both a certificate and its key: --relay-certificate and --relay-key");
    }
    Set<ClientTransport> transports = EnumSet.noneOf(ClientTransport.class);
    transports.addAll(config.transports());
    if (!hasCertificate) {
      transports.removeAll(ENCRYPTED);
    }
    if (transports.isEmpty()) {
      throw new UnusableException(
          "peerstead.relay.transports leaves nothing; TLS and DTLS need --relay-certificate and"
              + " --relay-key");
    }
    List<TransportAddress> addresses = addresses(config, v4, v6, transports);
    warn(warnings, v4, v6, hasCertificate);
    return new RelayPlan(
        config,
        v4,
        v6,
        addresses,
        Set.copyOf(transports),
        hasCertificate,
        endpoint("peerstead.relay.alternate-address", config.alternateAddress()),
        endpoint("peerstead.relay.alternate-server", config.alternateServer()),
        endpoint("peerstead.relay.drain.alternate-server", config.drain().alternateServer()),
        List.copyOf(warnings));
  }

  private static IpAddress own(String text) throws UnusableException {
    IpAddress local = address("peerstead.relay.host", text);
    if (local.isAny()) {
      throw new UnusableException(
          "the relay cannot listen on "
              + local
              + ": clients and peers are told one address, and answers must leave from the one that"
              + " was asked. Name an address of this machine with --relay-host");
    }
    return local;
  }

  private static IpAddress address(String key, String text) throws UnusableException {
    try {
      return IpAddress.parse(text.strip().equals("localhost") ? "127.0.0.1" : text.strip());
    } catch (IllegalArgumentException e) {
      throw new UnusableException(key + " is " + text + ", which is no IPv4 or IPv6 address");
    }
  }

  private static List<TransportAddress> addresses(
      RelayConfig config,
      @Nullable RelayedHost v4,
      @Nullable RelayedHost v6,
      Set<ClientTransport> transports)
      throws UnusableException {
    boolean isEncrypted = transports.stream().anyMatch(ENCRYPTED::contains);
    List<TransportAddress> addresses = new ArrayList<>();
    for (int port :
        isEncrypted && config.tlsPort() != config.port()
            ? new int[] {config.port(), config.tlsPort()}
            : new int[] {config.port()}) {
      if (port < 0 || port > 65_535) {
        throw new UnusableException("a port of the relay is 0 to 65535, not " + port);
      }
      if (v4 != null) {
        addresses.add(new TransportAddress(v4.local(), port));
      }
      if (v6 != null) {
        addresses.add(new TransportAddress(v6.local(), port));
      }
    }
    return List.copyOf(addresses);
  }

  private static void warn(
      List<String> warnings,
      @Nullable RelayedHost v4,
      @Nullable RelayedHost v6,
      boolean hasCertificate) {
    RelayedHost any = v4 != null ? v4 : v6;
    if (any == null || any.local().isLoopback()) {
      return;
    }
    if (v4 != null && isPrivate(v4.advertised())) {
      warnings.add(
          v4.advertised()
              + " is a private address: clients and peers outside of this network cannot reach the"
              + " relay. Name the public one with --relay-advertise when a router forwards to it");
    }
    if (!hasCertificate) {
      warnings.add(
          "no certificate: clients behind firewalls that let only TLS through cannot come"
              + " (--relay-certificate, --relay-key)");
    }
  }

  /** RFC 1918 and RFC 6598. */
  private static boolean isPrivate(IpAddress address) {
    return List.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10").stream()
        .map(AddressRange::parse)
        .anyMatch(range -> range.contains(address.family(), address.high(), address.low()));
  }

  private static @Nullable TransportAddress endpoint(String key, Optional<String> configured)
      throws UnusableException {
    if (!isSet(configured)) {
      return null;
    }
    String text = configured.get().strip();
    int colon = text.lastIndexOf(':');
    try {
      String host = text.substring(0, Math.max(0, colon));
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      int port = Integer.parseInt(text.substring(colon + 1));
      if (port > 0 && port <= 65_535) {
        return new TransportAddress(IpAddress.parse(host), port);
      }
    } catch (IllegalArgumentException e) {
      // Told below, like ports out of range.
    }
    throw new UnusableException(
        key + " is " + text + "; write it as 192.0.2.7:3478 or [2001:db8::7]:3478");
  }

  private static boolean isSet(Optional<String> text) {
    return text.filter(value -> !value.isBlank()).isPresent();
  }

  /** Ranges as configured. */
  static List<AddressRange> ranges(String where, List<String> texts) throws UnusableException {
    List<AddressRange> ranges = new ArrayList<>();
    for (String text : texts) {
      String range = text.strip();
      int comment = range.indexOf('#');
      range = comment < 0 ? range : range.substring(0, comment).strip();
      if (!range.isEmpty()) {
        try {
          ranges.add(AddressRange.parse(range));
        } catch (IllegalArgumentException e) {
          throw new UnusableException(where + ": " + e.getMessage());
        }
      }
    }
    return List.copyOf(ranges);
  }

  /** Which peers may be reached, with the lines of the two files. */
  PeerRules peers(List<String> allowLines, List<String> denyLines) throws UnusableException {
    RelayConfig.Peers peers = config.peers();
    List<AddressRange> allow = new ArrayList<>();
    allow.addAll(ranges("peerstead.relay.peers.allow", peers.allow().orElse(List.of())));
    allow.addAll(ranges("the file of allowed peers", allowLines));
    List<AddressRange> deny = new ArrayList<>();
    deny.addAll(ranges("peerstead.relay.peers.deny", peers.deny().orElse(List.of())));
    deny.addAll(ranges("the file of denied peers", denyLines));
    return new PeerRules(
        peers.profile(), allow, deny, peers.portFloor(), peers.portExceptions().orElse(Set.of()));
  }

  QuotaLimits quotas() {
    RelayConfig.Limits limits = config.limits();
    return new QuotaLimits(
        limits.allocationsPerUser(),
        limits.allocationsPerSource(),
        limits.allocations(),
        limits.maxBitsPerSecondPerUser(),
        limits.maxBitsPerSecond());
  }

  /**
   * What the engine is started with.
   *
   * @throws IllegalArgumentException when a number is out of bounds; the message names it
   */
  RelayServerConfig server(
      PeerRules peers,
      List<byte[]> nonceSecrets,
      @Nullable OAuthTokens oauth,
      @Nullable TlsMaterial tls)
      throws UnusableException {
    RelayConfig.Limits limits = config.limits();
    RelayConfig.Connections connections = config.connections();
    ConnectionBounds usual = ConnectionBounds.DEFAULTS;
    return new RelayServerConfig(
        new RelayServerConfig.Listening(
            addresses,
            transports,
            tls,
            new ConnectionBounds(
                connections.max(),
                connections.maxPerSource(),
                connections.maxUnsettled(),
                usual.handshake(),
                usual.firstRequest(),
                usual.unsettledFor(),
                usual.frame(),
                Math.toIntExact(connections.slowReaderSize().asLongValue())),
            ranges("peerstead.relay.trusted-proxies", config.trustedProxies().orElse(List.of())),
            alternateAddress),
        new RelayServerConfig.Relaying(
            v4,
            v6,
            config.firstPort(),
            config.lastPort(),
            peers,
            config.mobility(),
            config.tcpRelaying()),
        new RelayServerConfig.Access(
            config.realm(),
            Set.of(PasswordAlgorithm.MD5, PasswordAlgorithm.SHA256),
            true,
            nonceSecrets,
            config.nonceValidity(),
            oauth,
            quotas(),
            seconds(limits.defaultLifetime()),
            seconds(limits.maxLifetime()),
            limits.permissions(),
            limits.channels(),
            limits.unauthenticatedPerSecond(),
            limits.unauthenticatedBurst(),
            alternateServer),
        new RelayServerConfig.Running(
            config.running().udpLoops(),
            config.running().tcpLoops(),
            config.running().portable(),
            Math.toIntExact(config.running().receiveBuffer().asLongValue()),
            Math.toIntExact(config.running().sendBuffer().asLongValue())));
  }

  private static int seconds(Duration duration) {
    return Math.toIntExact(duration.toSeconds());
  }

  /** What clients call the relay: its public name, else the address that others see. */
  String name() {
    Optional<String> name = config.publicName().filter(text -> !text.isBlank());
    if (name.isPresent()) {
      return name.get().strip();
    }
    RelayedHost host = v4 != null ? v4 : v6;
    return host == null ? "" : host.advertised().toString();
  }
}
