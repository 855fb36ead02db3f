package org.peerstead.relay;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.AuthConfig;
import org.peerstead.relay.auth.Authenticator;
import org.peerstead.relay.auth.Credentials;
import org.peerstead.relay.auth.NonceMint;
import org.peerstead.relay.net.dtls.DtlsCounts;
import org.peerstead.relay.net.dtls.DtlsLimits;
import org.peerstead.relay.net.dtls.DtlsServer;
import org.peerstead.relay.net.linux.LinuxRelayConfig;
import org.peerstead.relay.net.linux.LinuxRelayLoops;
import org.peerstead.relay.net.linux.LoopCounts;
import org.peerstead.relay.net.netty.NettyRelayConfig;
import org.peerstead.relay.net.netty.NettyRelayCounts;
import org.peerstead.relay.net.netty.NettyRelayLoops;
import org.peerstead.relay.net.tls.TlsMaterial;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.RelayContext;
import org.peerstead.relay.turn.RelayEngine;
import org.peerstead.relay.turn.RelayEvents;
import org.peerstead.relay.turn.RelayShard;
import org.peerstead.relay.turn.RelayedHost;
import org.peerstead.relay.turn.SessionView;
import org.peerstead.relay.turn.TurnConfig;
import org.peerstead.relay.turn.TurnServer;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.policy.PeerPolicy;
import org.peerstead.relay.turn.policy.PeerPorts;
import org.peerstead.relay.turn.policy.Verdict;
import org.peerstead.relay.turn.ports.PortPool;
import org.peerstead.relay.turn.ports.Reservations;
import org.peerstead.relay.turn.quota.QuotaLimits;
import org.peerstead.relay.turn.quota.Quotas;

/** A STUN and TURN relay that runs. Thread-safe. */
public final class RelayServer implements AutoCloseable {
  /** A port is not given to another client so soon that it gets what was meant for the first. */
  private static final Duration PORT_QUARANTINE = Duration.ofSeconds(30);

  private static final int MAX_RESERVATIONS = 4_096;
  private static final int MAX_RESERVATIONS_PER_USER = 64;
  private static final long CLOSING_SECONDS = 5;

  /** An engine with its loop. */
  private record Loop(TurnServer engine, RelayShard shard) {
    <T> CompletableFuture<T> ask(Function<TurnServer, T> question) {
      CompletableFuture<T> answer = new CompletableFuture<>();
      shard
          .loop()
          .execute(() -> {
            try {
              answer.complete(question.apply(engine));
            } catch (RuntimeException e) {
              answer.completeExceptionally(e);
            }
          });
      return answer;
    }
  }

  private final RelayServerConfig config;
  private final RelayContext context;
  private final Quotas quotas;
  private final List<Loop> loops = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> shells = new ArrayList<>();
  private final RelayCounts counts;
  private final List<TransportAddress> listeners;
  private final @Nullable DtlsServer dtls;
  private final @Nullable LinuxRelayLoops datagrams;
  private final @Nullable NettyRelayLoops streams;
  private volatile PeerRules rules;

  private RelayServer(RelayServerConfig config, Credentials credentials, RelayEvents events)
      throws IOException {
    this.config = config;
    rules = config.relaying().peers();
    SecureRandom secrets = new SecureRandom();
    RelayServerConfig.Access access = config.access();
    RelayServerConfig.Relaying relaying = config.relaying();
    quotas = new Quotas(access.quotas());
    context =
        new RelayContext(
            turnConfig(config),
            new Authenticator(
                new AuthConfig(access.realm(), access.algorithms(), access.userHash()),
                new NonceMint(access.nonceSecrets(), access.nonceValidity()),
                credentials,
                access.oauth()),
            policy(),
            quotas,
            ports(relaying, secrets),
            ports(relaying, secrets),
            new Reservations(secrets, MAX_RESERVATIONS, MAX_RESERVATIONS_PER_USER),
            System::currentTimeMillis,
            secrets,
            events);
    context.setAlternateServer(access.alternateServer());
    TlsMaterial certificate = config.listening().tls();
    dtls =
        certificate != null && config.listening().transports().contains(ClientTransport.DTLS)
            ? new DtlsServer(certificate::current, DtlsLimits.DEFAULTS, secrets)
            : null;
    try {
      datagrams = mayServeBatches() ? startLinux() : null;
      List<TransportAddress> bound =
          datagrams == null ? listeners(config.listening()) : datagrams.listeners();
      streams = startNetty(bound);
      listeners = streams == null ? bound : streams.listeners();
    } catch (IOException | RuntimeException e) {
      closeShells();
      throw e;
    }
    counts = new RelayCounts(loops.stream().map(loop -> loop.engine().counters()).toList());
  }

  /**
   * Binds all listeners and begins to serve.
   *
   * @param credentials who may allocate
   * @param events hears about allocations, on the threads of the loops
   * @throws IOException when an address cannot be listened on; nothing is left behind then
   */
  public static RelayServer start(
      RelayServerConfig config, Credentials credentials, RelayEvents events) throws IOException {
    return new RelayServer(config, credentials, events);
  }

  private static PortPool ports(RelayServerConfig.Relaying relaying, SecureRandom secrets) {
    return new PortPool(
        relaying.firstPort(), relaying.lastPort(), secrets, PORT_QUARANTINE.toNanos());
  }

  private static TurnConfig turnConfig(RelayServerConfig config) {
    RelayServerConfig.Access access = config.access();
    TransportAddress alternate = config.listening().discoveryAlternate();
    return new TurnConfig(
        config.relaying().v4(),
        config.relaying().v6(),
        access.defaultLifetimeSeconds(),
        access.maxLifetimeSeconds(),
        access.maxPermissions(),
        access.maxChannels(),
        config.relaying().mobility(),
        config.relaying().tcp(),
        alternate == null
            ? null
            : new TurnConfig.Discovery(config.listening().addresses().getFirst(), alternate),
        access.unauthenticatedPerSecond(),
        access.unauthenticatedBurst());
  }

  /** What is listened on: as configured, and what NAT behaviour discovery needs besides. */
  private static List<TransportAddress> listeners(RelayServerConfig.Listening listening) {
    Set<TransportAddress> all = new LinkedHashSet<>(listening.addresses());
    TransportAddress alternate = listening.discoveryAlternate();
    if (alternate != null) {
      TransportAddress primary = listening.addresses().getFirst();
      all.add(new TransportAddress(primary.ip(), alternate.port()));
      all.add(new TransportAddress(alternate.ip(), primary.port()));
      all.add(alternate);
    }
    return List.copyOf(all);
  }

  private boolean mayServeBatches() {
    return !config.running().isPortable()
        && LinuxRelayLoops.isAvailable()
        && (serves(ClientTransport.UDP) || serves(ClientTransport.DTLS));
  }

  private boolean serves(ClientTransport transport) {
    return config.listening().transports().contains(transport);
  }

  private LinuxRelayLoops startLinux() throws IOException {
    RelayServerConfig.Relaying relaying = config.relaying();
    RelayServerConfig.Running running = config.running();
    LinuxRelayLoops started =
        LinuxRelayLoops.start(
            new LinuxRelayConfig(
                loops.size(),
                loopsOr(running.udpLoops()),
                listeners(config.listening()),
                local(relaying.v4()),
                local(relaying.v6()),
                running.receiveBufferBytes(),
                running.sendBufferBytes(),
                serves(ClientTransport.UDP),
                dtls),
            this::makeEngine);
    shells.add(started);
    return started;
  }

  /** Serves what no other shell serves; null when that is nothing. */
  private @Nullable NettyRelayLoops startNetty(List<TransportAddress> addresses)
      throws IOException {
    RelayServerConfig.Listening listening = config.listening();
    RelayServerConfig.Relaying relaying = config.relaying();
    Set<ClientTransport> transports = new HashSet<>(listening.transports());
    if (datagrams != null) {
      transports.remove(ClientTransport.UDP);
      transports.remove(ClientTransport.DTLS);
    }
    if (transports.isEmpty()) {
      return null;
    }
    List<AddressRange> proxies = listening.trustedProxies();
    TlsMaterial certificate = listening.tls();
    NettyRelayLoops started =
        NettyRelayLoops.start(
            new NettyRelayConfig(
                loops.size(),
                loopsOr(config.running().tcpLoops()),
                addresses,
                transports,
                certificate == null ? null : certificate::sslContext,
                dtls,
                local(relaying.v4()),
                local(relaying.v6()),
                relaying.tcp(),
                source -> isAmong(proxies, source),
                listening.bounds()),
            this::makeEngine);
    shells.add(started);
    return started;
  }

  private RelayEngine makeEngine(RelayShard shard, long nowNanos) {
    TurnServer engine = new TurnServer(shard, context, nowNanos);
    loops.add(new Loop(engine, shard));
    return engine;
  }

  private static int loopsOr(int configured) {
    return configured > 0
        ? configured
        : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  private static @Nullable IpAddress local(@Nullable RelayedHost host) {
    return host == null ? null : host.local();
  }

  private static boolean isAmong(List<AddressRange> ranges, IpAddress address) {
    for (AddressRange range : ranges) {
      if (range.contains(address.family(), address.high(), address.low())) {
        return true;
      }
    }
    return false;
  }

  /** A policy by the rules of now and the addresses that this host has now. */
  private PeerPolicy policy() throws SocketException {
    RelayServerConfig.Relaying relaying = config.relaying();
    Set<IpAddress> own = new LinkedHashSet<>();
    for (NetworkInterface network :
        (Iterable<NetworkInterface>) NetworkInterface.networkInterfaces()::iterator) {
      network.inetAddresses().map(IpAddress::of).forEach(own::add);
    }
    Set<IpAddress> relayed = new LinkedHashSet<>();
    for (RelayedHost host : hosts(relaying)) {
      relayed.add(host.local());
      relayed.add(host.advertised());
    }
    own.addAll(relayed);
    Set<Integer> listenerPorts = new HashSet<>();
    for (TransportAddress listener : listeners(config.listening())) {
      own.add(listener.ip());
      listenerPorts.add(listener.port());
    }
    PeerRules now = rules;
    return new PeerPolicy(
        now.profile(),
        now.allow(),
        now.deny(),
        List.copyOf(own),
        List.copyOf(relayed),
        relaying.firstPort(),
        relaying.lastPort(),
        new PeerPorts(now.portFloor(), now.portExceptions(), listenerPorts));
  }

  private static Collection<RelayedHost> hosts(RelayServerConfig.Relaying relaying) {
    List<RelayedHost> hosts = new ArrayList<>(2);
    if (relaying.v4() != null) {
      hosts.add(relaying.v4());
    }
    if (relaying.v6() != null) {
      hosts.add(relaying.v6());
    }
    return hosts;
  }

  /** Where clients are served, with the ports that the system chose. */
  public List<TransportAddress> listeners() {
    return listeners;
  }

  /** What carries the packets of a transport, in a few words for people. */
  public String dataPath(ClientTransport transport) {
    boolean isBatched = datagrams != null && !transport.isStream();
    return isBatched ? "batches of the Linux kernel" : "channels of the JDK";
  }

  /** Everything that lives, across all loops. */
  public CompletableFuture<List<SessionView>> sessions() {
    List<CompletableFuture<List<SessionView>>> parts = new ArrayList<>();
    for (Loop loop : loops) {
      parts.add(loop.ask(engine -> engine.sessions(System.nanoTime())));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
        .thenApply(done -> parts.stream().flatMap(part -> part.join().stream()).toList());
  }

  /**
   * Ends an allocation.
   *
   * @param sessionId as in {@link SessionView#id}
   * @return whether there was one
   */
  public CompletableFuture<Boolean> disconnect(String sessionId) {
    List<CompletableFuture<Boolean>> parts = new ArrayList<>();
    for (Loop loop : loops) {
      parts.add(loop.ask(engine -> engine.end(sessionId, System.nanoTime())));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
        .thenApply(done -> parts.stream().anyMatch(CompletableFuture::join));
  }

  /** What has been counted since the start; a live view. */
  public RelayCounts counts() {
    return counts;
  }

  /** What the loops of UDP clients have counted; empty where the portable ones serve them. */
  public List<LoopCounts> datagramCounts() {
    return datagrams == null ? List.of() : datagrams.counts();
  }

  /** Datagrams of clients that the system dropped since the loops were too slow. */
  public long overflowed() {
    return datagrams == null ? 0 : datagrams.overflowed();
  }

  /** What has been counted about connections; null when none are served. */
  public @Nullable NettyRelayCounts connectionCounts() {
    return streams == null ? null : streams.counts();
  }

  /** What has been counted about DTLS; null when it is not served. */
  public @Nullable DtlsCounts dtlsCounts() {
    return dtls == null ? null : dtls.counts();
  }

  /** Allocations that live now. */
  public long allocations() {
    return counts.live();
  }

  /**
   * Judges peers by other rules from now on, also those that clients already have permissions for.
   * The same rules again take in addresses that this host got meanwhile.
   *
   * @throws IOException when the host's addresses cannot be read; nothing has changed then
   */
  public void setPeerRules(PeerRules changed) throws IOException {
    PeerRules before = rules;
    rules = changed;
    try {
      context.setPolicy(policy());
    } catch (SocketException e) {
      rules = before;
      throw e;
    }
    for (Loop loop : loops) {
      loop.shard().loop().execute(loop.engine()::recheckPolicy);
    }
  }

  /** What the peer policy says about an address, and which rule says it. */
  public Verdict judge(IpAddress peer) {
    return context.judge(peer);
  }

  /** Counts allocations and bytes by other limits from now on. */
  public void setQuotas(QuotaLimits limits) {
    quotas.replace(limits);
  }

  /** Sends new clients to another server (300) from now on; null to serve them here. */
  public void setAlternateServer(@Nullable TransportAddress alternate) {
    context.setAlternateServer(alternate);
  }

  /**
   * Takes no new allocations from now on; those that live go on.
   *
   * @param alternate where new clients are sent (300); null to refuse them (508)
   */
  public void drain(@Nullable TransportAddress alternate) {
    context.drain(alternate);
  }

  public boolean isDraining() {
    return context.isDraining();
  }

  /** Ends all allocations and stops. */
  @Override
  public void close() {
    List<CompletableFuture<Boolean>> ends = new ArrayList<>();
    for (Loop loop : loops) {
      ends.add(
          loop.ask(engine -> {
            engine.endAll(System.nanoTime());
            return true;
          }));
    }
    try {
      CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
          .get(CLOSING_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // A loop that does not answer is stopped with what it holds.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closeShells();
    }
  }

  private void closeShells() {
    for (AutoCloseable shell : shells) {
      try {
        shell.close();
      } catch (Exception e) {
        throw new IllegalStateException("a shell did not close", e);
      }
    }
    shells.clear();
  }
}
