package org.peerstead.relaynode;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.policy.PeerProfile;

/** Configuration {@code peerstead.relay.*}. Sizes take suffixes K, M, G (powers of 1024). */
@ConfigMapping(prefix = "peerstead.relay")
public interface RelayConfig {
  /** Whether this process is a relay. */
  @WithDefault("auto")
  Enabled enabled();

  /** Own addresses to listen on and to relay from, at most one IPv4 and one IPv6 address. */
  @WithDefault("127.0.0.1")
  List<String> host();

  /** UDP and TCP port of {@code stun:} and {@code turn:}; 0 takes a free one. */
  @WithDefault("3478")
  int port();

  /** TCP port of {@code turns:}, and UDP port for DTLS; used when there is a certificate. */
  @WithDefault("5349")
  int tlsPort();

  /** Addresses that others see instead of {@code host}, behind 1:1 NAT. */
  Optional<List<String>> advertise();

  /** The name in the addresses that clients get; certificates are checked against it. */
  Optional<String> publicName();

  /** How clients may come; those with encryption need a certificate. */
  @WithDefault("udp,tcp,tls,dtls")
  Set<ClientTransport> transports();

  /** PEM file of the certificate chain, the server's own first. */
  Optional<String> certificateFile();

  /** PEM file of its private key. */
  Optional<String> keyFile();

  /** What clients are told to show credentials for; up to 8 characters keep challenges short. */
  @WithDefault("relay")
  String realm();

  /** The file with the secret that time-limited credentials are made with. */
  Optional<String> secretFile();

  /** The file with static users. */
  Optional<String> usersFile();

  /** The file with the secret of nonces; the same for relays that serve under one name. */
  Optional<String> nonceSecretFile();

  /** How long a nonce counts. */
  @WithDefault("1h")
  Duration nonceValidity();

  /** The file with keys shared with authorization servers (RFC 7635). */
  Optional<String> oauthKeysFile();

  /** What access tokens are made for; absent: the realm. */
  Optional<String> oauthServerName();

  /** Time-limited credentials that this process makes. */
  Credentials credentials();

  /** First port of relayed addresses. */
  @WithDefault("49152")
  int firstPort();

  /** Last port of relayed addresses. */
  @WithDefault("65535")
  int lastPort();

  /** Which peers clients may reach. */
  Peers peers();

  /** Bounds of what clients may use. */
  Limits limits();

  /** Bounds of TCP and TLS connections. */
  Connections connections();

  /** Whether clients may change their address (RFC 8016). */
  @WithDefault("false")
  boolean mobility();

  /** Whether TCP peers are reached (RFC 6062). */
  @WithDefault("false")
  boolean tcpRelaying();

  /** A second {@code address:port} of this machine for NAT behaviour discovery (RFC 5780). */
  Optional<String> alternateAddress();

  /** Another relay, {@code address:port}, that all new clients are sent to. */
  Optional<String> alternateServer();

  /** Sources whose TCP connections begin with a PROXY protocol header. */
  Optional<List<String>> trustedProxies();

  /** What happens when the process is asked to stop. */
  Drain drain();

  /** What it runs on. */
  Running running();

  /** What is measured besides the usual. */
  Metrics metrics();

  /** How often files are looked at for changes. */
  @WithDefault("5s")
  Duration watchInterval();

  /** Whether this process is a relay. */
  enum Enabled {
    /** It is, and does not start without credentials. */
    TRUE,
    /** It is not. */
    FALSE,
    /** When there are credentials. */
    AUTO
  }

  /** Time-limited credentials that this process makes. */
  interface Credentials {
    /** How long they count when nobody says how long. */
    @WithDefault("1d")
    Duration defaultTtl();

    /** How long they count at most; credentials with a later end are refused. */
    @WithDefault("30d")
    Duration maxTtl();
  }

  /** Which peers clients may reach. */
  interface Peers {
    /** What is forbidden to begin with. */
    @WithDefault("internet")
    PeerProfile profile();

    /** Ranges that may be reached although the profile forbids them. */
    Optional<List<String>> allow();

    /** Ranges that may not be reached although the profile allows them. */
    Optional<List<String>> deny();

    /** A file with further ranges to allow, one per line. */
    Optional<String> allowFile();

    /** A file with further ranges to deny, one per line. */
    Optional<String> denyFile();

    /** Ports below are not reached; 0 for none. */
    @WithDefault("0")
    int portFloor();

    /** Ports below the floor that are reached nevertheless. */
    Optional<Set<Integer>> portExceptions();
  }

  /** Bounds of what clients may use; 0 for none where it says so. */
  interface Limits {
    /** Allocations of one user at a time; 0 for no limit. */
    @WithDefault("100")
    int allocationsPerUser();

    /** Allocations from one IPv4 address or IPv6 /64 at a time; 0 for no limit. */
    @WithDefault("500")
    int allocationsPerSource();

    /** Allocations at a time; 0 for no limit. */
    @WithDefault("10000")
    int allocations();

    /** Payload of one user in each direction, in bits per second; 0 for no limit. */
    @WithDefault("0")
    long maxBitsPerSecondPerUser();

    /** Payload of all in each direction, in bits per second; 0 for no limit. */
    @WithDefault("0")
    long maxBitsPerSecond();

    /** What a client gets that asks for no lifetime or for less. */
    @WithDefault("10m")
    Duration defaultLifetime();

    /** What a client gets at most before it must refresh. */
    @WithDefault("1h")
    Duration maxLifetime();

    /** Permissions of one relayed address. */
    @WithDefault("256")
    int permissions();

    /** Channels of one allocation. */
    @WithDefault("256")
    int channels();

    /** Answers over UDP to one source that has not shown credentials, per second. */
    @WithDefault("100")
    int unauthenticatedPerSecond();

    /** As many of them at once. */
    @WithDefault("1000")
    int unauthenticatedBurst();
  }

  /** Bounds of TCP and TLS connections. */
  interface Connections {
    /** At a time. */
    @WithDefault("16384")
    int max();

    /** At a time from one IPv4 address or IPv6 /64. */
    @WithDefault("512")
    int maxPerSource();

    /** At a time without an allocation. */
    @WithDefault("4096")
    int maxUnsettled();

    /** What may wait for a client that reads slowly; what comes then is dropped. */
    @WithDefault("512K")
    MemorySize slowReaderSize();
  }

  /** What happens when the process is asked to stop. */
  interface Drain {
    /** How long allocations that live may go on. */
    @WithDefault("30s")
    Duration deadline();

    /** Another relay, {@code address:port}, that new clients are sent to meanwhile. */
    Optional<String> alternateServer();
  }

  /** What it runs on. */
  interface Running {
    /** Threads for UDP clients; 0 for one per processor. */
    @WithDefault("0")
    int udpLoops();

    /** Threads for TCP and TLS clients; 0 for one per processor. */
    @WithDefault("0")
    int tcpLoops();

    /** Whether to do without the system calls of Linux. */
    @WithDefault("false")
    boolean portable();

    /** Receive buffer of each UDP listener, as far as the system allows. */
    @WithDefault("4M")
    MemorySize receiveBuffer();

    /** Send buffer of each UDP listener, as far as the system allows. */
    @WithDefault("4M")
    MemorySize sendBuffer();
  }

  /** What is measured besides the usual. */
  interface Metrics {
    /** Users with the most traffic that get a gauge each, by rank; 0 for none. */
    @WithDefault("0")
    int topUsers();

    /** Whether the main figures are also there under coturn's names. */
    @WithDefault("false")
    boolean coturnNames();
  }
}
