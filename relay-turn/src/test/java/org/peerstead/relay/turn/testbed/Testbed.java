package org.peerstead.relay.turn.testbed;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.AuthConfig;
import org.peerstead.relay.auth.Authenticator;
import org.peerstead.relay.auth.Credentials;
import org.peerstead.relay.auth.NonceMint;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.RelayContext;
import org.peerstead.relay.turn.RelayEvents;
import org.peerstead.relay.turn.RelayShard;
import org.peerstead.relay.turn.RelayedHost;
import org.peerstead.relay.turn.SessionView;
import org.peerstead.relay.turn.TurnConfig;
import org.peerstead.relay.turn.TurnServer;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.policy.PeerPolicy;
import org.peerstead.relay.turn.policy.PeerPorts;
import org.peerstead.relay.turn.policy.PeerProfile;
import org.peerstead.relay.turn.ports.PortPool;
import org.peerstead.relay.turn.ports.Reservations;
import org.peerstead.relay.turn.quota.QuotaLimits;
import org.peerstead.relay.turn.quota.Quotas;

/**
 * A relay with one engine or several, sockets of memory and a clock that stands until it is moved.
 */
public final class Testbed {
  public static final IpAddress RELAY_V4 = IpAddress.parse("45.10.0.1");
  public static final IpAddress RELAY_V6 = IpAddress.parse("2a0a::1");
  public static final TransportAddress SERVER = new TransportAddress(RELAY_V4, 3_478);
  public static final String REALM = "relay";
  public static final int FIRST_PORT = 50_000;
  public static final int LAST_PORT = 50_999;

  /** What a test changes. */
  public static final class Settings {
    public int engines = 1;
    public long seed = 1;
    public RelayedHost v4 = RelayedHost.of(RELAY_V4);
    public @Nullable RelayedHost v6 = RelayedHost.of(RELAY_V6);
    public List<TransportAddress> listeners = List.of(SERVER);
    public UnaryOperator<TurnConfig> config = config -> config;
    public QuotaLimits quotas = QuotaLimits.DEFAULTS;
    public List<AddressRange> allow = List.of();
    public List<AddressRange> deny = List.of();
    public int firstPort = FIRST_PORT;
    public int lastPort = LAST_PORT;
    public boolean mobility;
    public TurnConfig.@Nullable Discovery discovery;
    public int strangersPerSecond = 1_000_000;
    public int strangersBurst = 1_000_000;
    public Credentials credentials = new TestUsers();
  }

  public final RelayContext context;
  public final PortPool v4Ports;
  public final PortPool v6Ports;
  public final Quotas quotas;
  public final List<TurnServer> engines = new ArrayList<>();
  public final List<MemoryShell> shells = new ArrayList<>();
  public final List<SessionView> opened = new ArrayList<>();
  public final List<SessionView> closed = new ArrayList<>();
  public final List<EndReason> reasons = new ArrayList<>();
  public final RandomGenerator random;
  private final Settings settings;
  public long nowNanos = 1_000_000_000_000L;
  public long epochMillis = 1_800_000_000_000L;

  public Testbed() {
    this(new Settings());
  }

  public Testbed(Settings settings) {
    this.settings = settings;
    random = new Random(settings.seed);
    v4Ports =
        new PortPool(
            settings.firstPort, settings.lastPort, random, Duration.ofSeconds(10).toNanos());
    v6Ports =
        new PortPool(
            settings.firstPort, settings.lastPort, random, Duration.ofSeconds(10).toNanos());
    quotas = new Quotas(settings.quotas);
    byte[] secret = new byte[32];
    random.nextBytes(secret);
    TurnConfig config =
        settings.config.apply(
            new TurnConfig(
                settings.v4,
                settings.v6,
                600,
                3_600,
                256,
                256,
                settings.mobility,
                false,
                settings.discovery,
                settings.strangersPerSecond,
                settings.strangersBurst));
    context =
        new RelayContext(
            config,
            new Authenticator(
                AuthConfig.of(REALM),
                new NonceMint(List.of(secret), Duration.ofHours(1)),
                settings.credentials,
                null),
            policy(settings.allow, settings.deny),
            quotas,
            v4Ports,
            v6Ports,
            new Reservations(random, 1_000, 100),
            () -> epochMillis,
            random,
            new RelayEvents() {
              @Override
              public void opened(SessionView session) {
                opened.add(session);
              }

              @Override
              public void closed(SessionView session, EndReason reason) {
                closed.add(session);
                reasons.add(reason);
              }
            });
    for (int i = 0; i < settings.engines; i++) {
      MemoryShell shell = new MemoryShell();
      shells.add(shell);
      engines.add(
          new TurnServer(
              new RelayShard(i, settings.listeners, shell, shell, null, shell.tasks::add),
              context,
              nowNanos));
    }
  }

  public PeerPolicy policy(List<AddressRange> allow, List<AddressRange> deny) {
    List<IpAddress> relayed = new ArrayList<>();
    relayed.add(settings.v4.local());
    relayed.add(settings.v4.advertised());
    RelayedHost v6 = settings.v6;
    if (v6 != null) {
      relayed.add(v6.local());
      relayed.add(v6.advertised());
    }
    return new PeerPolicy(
        PeerProfile.INTERNET,
        allow,
        deny,
        relayed,
        relayed,
        settings.firstPort,
        settings.lastPort,
        PeerPorts.ALL);
  }

  public TurnServer engine() {
    return engines.getFirst();
  }

  public MemoryShell shell() {
    return shells.getFirst();
  }

  /** A client that the system gives to the first engine. */
  public TestClient client(String address, int port) {
    return new TestClient(this, 0, new TransportAddress(IpAddress.parse(address), port));
  }

  /** Delivers a datagram of a client. */
  public void receive(int engine, int listener, TransportAddress from, byte[] bytes) {
    engines
        .get(engine)
        .receiveDatagram(
            listener,
            from.ip().family(),
            from.ip().high(),
            from.ip().low(),
            from.port(),
            MemorySegment.ofArray(bytes),
            0,
            bytes.length,
            nowNanos);
    runTasks();
  }

  /** Delivers a frame of a client's connection, and ends the connection when the engine says so. */
  public void receive(int engine, MemoryConnection connection, byte[] bytes) {
    if (!engines
        .get(engine)
        .receiveFrame(connection, MemorySegment.ofArray(bytes), 0, bytes.length, nowNanos)) {
      connection.close();
    }
    runTasks();
  }

  /** A client's connection ends. */
  public void closed(int engine, MemoryConnection connection) {
    engines.get(engine).closed(connection, nowNanos);
    runTasks();
  }

  /** Delivers a datagram of a peer; lost when nothing is open at the port. */
  public void receiveFromPeer(int engine, int relayedPort, TransportAddress from, byte[] bytes) {
    IpFamily family = from.ip().family();
    MemoryShell.Socket socket = shells.get(engine).socket(family, relayedPort);
    if (socket != null) {
      socket.owner.receive(
          from.ip().high(),
          from.ip().low(),
          from.port(),
          MemorySegment.ofArray(bytes),
          0,
          bytes.length,
          nowNanos);
    }
    runTasks();
  }

  /** Runs what the engines gave to each other's loops. */
  public void runTasks() {
    boolean isQuiet = false;
    while (!isQuiet) {
      isQuiet = true;
      for (MemoryShell shell : shells) {
        List<Runnable> tasks = List.copyOf(shell.tasks);
        shell.tasks.clear();
        tasks.forEach(Runnable::run);
        isQuiet &= tasks.isEmpty();
      }
    }
  }

  /** Lets time pass, with the engines woken when they want to be. */
  public void pass(Duration duration) {
    long until = nowNanos + duration.toNanos();
    while (true) {
      long next = Long.MAX_VALUE;
      for (TurnServer engine : engines) {
        next = Math.min(next, engine.nextDeadlineNanos());
      }
      if (next >= until) {
        break;
      }
      moveTo(Math.max(next, nowNanos + 1));
    }
    moveTo(until);
  }

  private void moveTo(long nanos) {
    epochMillis += (nanos - nowNanos) / 1_000_000;
    nowNanos = nanos;
    engines.forEach(engine -> engine.advance(nowNanos));
    runTasks();
  }
}
