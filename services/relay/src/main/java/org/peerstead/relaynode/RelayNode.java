package org.peerstead.relaynode;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.RelaySession;
import org.peerstead.relay.RelayServer;
import org.peerstead.relay.RelayServerConfig;
import org.peerstead.relay.auth.TimeLimitedCredentials;
import org.peerstead.relay.auth.TimeLimitedCredentials.Issued;
import org.peerstead.relay.net.tls.TlsMaterial;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.EpochClock;
import org.peerstead.relay.turn.RelayEvents;
import org.peerstead.relay.turn.SessionView;
import org.peerstead.relay.turn.policy.Verdict;

/**
 * A relay that runs, and what its operator does with it. Thread-safe. Files are looked at every few
 * seconds; what changed counts at once and drops nobody, what cannot be read is told and leaves
 * things as they are.
 */
public final class RelayNode implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(RelayNode.class);

  /** Events that may wait for the bus. */
  private static final int MAX_WAITING_EVENTS = 1_024;

  private static final long LOOK_AT_DRAIN_MILLIS = 50;
  private static final long LOOK_AT_USERS_SECONDS = 15;
  private static final long ANSWER_SECONDS = 10;

  /** Somebody asked for what this relay cannot do; the message says what helps. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * How much one user moves.
   *
   * @param bytesUp client to peers, by allocations that live
   * @param bytesDown peers to client, by allocations that live
   * @param bitsPerSecond both ways, since the last look
   */
  public record UserTraffic(
      String userId, int allocations, long bytesUp, long bytesDown, double bitsPerSecond) {}

  private final RelayPlan plan;
  private final RelayMaterial material;
  private final RelayMetrics metrics;
  private final RelayOutbox outbox;
  private final EpochClock clock;
  private final RelayServer server;
  private final ReloadableCredentials credentials;
  private final IceServers iceServers;
  private final String place;
  private final ScheduledExecutorService watch;
  private final AtomicInteger waitingEvents = new AtomicInteger();
  private final List<WatchedFile> credentialFiles;
  private final List<WatchedFile> peerFiles;
  private final @Nullable TlsMaterial certificate;

  private volatile List<UserTraffic> topUsers = List.of();
  private Map<String, Long> bytesBefore = Map.of();
  private long lookedAtUsersNanos;
  private volatile boolean isClosed;

  /**
   * Starts the relay.
   *
   * @throws IOException when a file cannot be read or an address cannot be listened on
   */
  RelayNode(
      RelayPlan plan,
      RelayMaterial material,
      List<byte[]> nonceSecrets,
      RelayMetrics metrics,
      RelayOutbox outbox,
      EpochClock clock)
      throws IOException, RelayPlan.UnusableException {
    this.plan = plan;
    this.material = material;
    this.metrics = metrics;
    this.outbox = outbox;
    this.clock = clock;
    RelayFiles files = material.files();
    credentialFiles = watched(files.secret().path(), files.users().path());
    peerFiles = watched(files.allow(), files.deny());
    certificate = plan.hasCertificate() ? material.certificate() : null;
    credentials = new ReloadableCredentials(material.credentials());
    RelayServerConfig config =
        plan.server(
            plan.peers(RelayMaterial.lines(files.allow()), RelayMaterial.lines(files.deny())),
            nonceSecrets,
            material.oauth(),
            certificate);
    watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("peerstead-relay-watch").factory());
    RelayServer started = null;
    try {
      started = RelayServer.start(config, credentials, new Events());
    } finally {
      if (started == null) {
        watch.shutdownNow();
      }
    }
    server = started;
    int port = server.listeners().getFirst().port();
    iceServers = IceServers.of(plan.name(), port, plan.config().tlsPort(), plan.transports());
    place = plan.name() + ":" + port;
    metrics.state(this, plan);
    long interval = Math.max(100, plan.config().watchInterval().toMillis());
    var unused =
        watch.scheduleWithFixedDelay(this::reload, interval, interval, TimeUnit.MILLISECONDS);
    if (plan.config().metrics().topUsers() > 0) {
      var alsoUnused =
          watch.scheduleWithFixedDelay(
              this::lookAtUsers, 0, LOOK_AT_USERS_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static List<WatchedFile> watched(Path one, Path other) {
    return List.of(new WatchedFile(one), new WatchedFile(other));
  }

  // ------------------------------------------------------------------------------------ state

  RelayServer server() {
    return server;
  }

  /** What it was started as. */
  RelayPlan plan() {
    return plan;
  }

  /** Where clients come in. */
  public List<TransportAddress> listeners() {
    return server.listeners();
  }

  /** The addresses for WebRTC apps. */
  public IceServers iceServers() {
    return iceServers;
  }

  /** What works, but hardly as it is meant. */
  public List<String> warnings() {
    return plan.warnings();
  }

  /** Whether it takes new allocations. */
  public boolean isDraining() {
    return server.isDraining();
  }

  /** Allocations that live. */
  public long allocations() {
    return server.allocations();
  }

  /** Allocations that live, by the lower-case name of the transport. */
  public Map<String, Long> allocationsByTransport() {
    Map<String, Long> live = new TreeMap<>();
    for (ClientTransport transport : plan.transports()) {
      live.put(transport.name().toLowerCase(Locale.ROOT), server.counts().live(transport));
    }
    return live;
  }

  /** What carries the packets, by the lower-case name of the transport. */
  public Map<String, String> dataPaths() {
    Map<String, String> paths = new TreeMap<>();
    for (ClientTransport transport : plan.transports()) {
      paths.put(transport.name().toLowerCase(Locale.ROOT), server.dataPath(transport));
    }
    return paths;
  }

  /** Everything that lives. */
  public List<SessionView> sessions() throws RefusedException {
    return await(server.sessions());
  }

  /** Seconds until the certificate ends; empty when there is none. */
  public Optional<Long> certificateSeconds() {
    return certificate == null
        ? Optional.empty()
        : Optional.of(certificate.notAfter().getEpochSecond() - clock.epochMillis() / 1_000);
  }

  /** The users with the most traffic at the last look, the busiest first. */
  public List<UserTraffic> topUsers() {
    return topUsers;
  }

  // --------------------------------------------------------------------------------- operator

  /**
   * Makes credentials for a user.
   *
   * @param ttl empty for the usual time
   */
  public Issued issue(String userId, Optional<Duration> ttl) throws RefusedException {
    RelayConfig.Credentials bounds = plan.config().credentials();
    Duration wanted = ttl.orElse(bounds.defaultTtl());
    if (wanted.compareTo(Duration.ofSeconds(1)) < 0 || wanted.compareTo(bounds.maxTtl()) > 0) {
      throw new RefusedException(
          "Credentials count for 1 second to " + bounds.maxTtl().toSeconds() + " seconds.");
    }
    SecretFile secret = material.files().secret();
    if (!secret.exists()) {
      throw new RefusedException(
          "There is no shared secret; peerstead relay credentials makes one.");
    }
    try {
      return TimeLimitedCredentials.issue(
          userId, wanted, secret.read().getFirst(), clock.epochMillis() / 1_000);
    } catch (IOException e) {
      throw new RefusedException("The shared secret cannot be read: " + e.getMessage() + ".");
    } catch (IllegalArgumentException e) {
      throw new RefusedException("The user is not possible: " + e.getMessage() + ".");
    }
  }

  /** Ends an allocation; false when there is none of that name. */
  public boolean disconnect(String sessionId) throws RefusedException {
    return await(server.disconnect(sessionId));
  }

  /** What the rules say about a peer. */
  public Verdict judge(IpAddress peer) {
    return server.judge(peer);
  }

  /**
   * Takes no new allocations from now on.
   *
   * @return done when the last allocation has ended, or the deadline has come
   */
  public CompletableFuture<Void> drain() {
    if (!server.isDraining()) {
      LOG.infof(
          "The relay drains: %d allocations may go on for %d s%s",
          server.allocations(),
          plan.config().drain().deadline().toSeconds(),
          plan.drainTo() == null ? "" : ", new clients are sent to " + plan.drainTo());
      server.drain(plan.drainTo());
    }
    CompletableFuture<Void> drained = new CompletableFuture<>();
    long deadline = System.nanoTime() + plan.config().drain().deadline().toNanos();
    lookAtDrain(drained, deadline);
    return drained;
  }

  private void lookAtDrain(CompletableFuture<Void> drained, long deadlineNanos) {
    if (server.allocations() == 0 || System.nanoTime() - deadlineNanos >= 0 || isClosed) {
      drained.complete(null);
      return;
    }
    try {
      var unused =
          watch.schedule(
              () -> lookAtDrain(drained, deadlineNanos),
              LOOK_AT_DRAIN_MILLIS,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      drained.complete(null);
    }
  }

  private static <T> T await(CompletableFuture<T> future) throws RefusedException {
    try {
      return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a loop of the relay failed", e);
    } catch (TimeoutException e) {
      throw new RefusedException("The relay did not answer in time.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException("Interrupted.");
    }
  }

  // ------------------------------------------------------------------------------------ files

  private void reload() {
    if (hasChanged(credentialFiles)) {
      reload("users and secrets", () -> credentials.replace(material.credentials()));
    }
    if (hasChanged(peerFiles)) {
      reload(
          "allowed and denied peers",
          () ->
              server.setPeerRules(
                  plan.peers(
                      RelayMaterial.lines(material.files().allow()),
                      RelayMaterial.lines(material.files().deny()))));
    }
    if (certificate != null) {
      switch (certificate.reloadIfChanged()) {
        case UNCHANGED -> {}
        case RELOADED -> reloaded("the certificate");
        case FAILED -> kept("the certificate", certificate.lastError());
      }
    }
  }

  /** Looks at all of them, so that two that change together are read once. */
  private static boolean hasChanged(List<WatchedFile> files) {
    boolean isChanged = false;
    for (WatchedFile file : files) {
      isChanged |= file.hasChanged();
    }
    return isChanged;
  }

  /** Something that is read again. */
  private interface Reload {
    void run() throws IOException, RelayPlan.UnusableException;
  }

  private void reload(String what, Reload reload) {
    try {
      reload.run();
      reloaded(what);
    } catch (IOException | RelayPlan.UnusableException | RuntimeException e) {
      kept(what, e.getMessage());
    }
  }

  private void reloaded(String what) {
    metrics.reloaded(true);
    LOG.infof("The relay has read %s again", what);
  }

  private void kept(String what, @Nullable String why) {
    metrics.reloaded(false);
    LOG.warnf("The relay keeps %s as before: %s", what, why);
  }

  // ------------------------------------------------------------------------------------ users

  private void lookAtUsers() {
    try {
      countUsers(sessions(), System.nanoTime());
    } catch (RefusedException | RuntimeException e) {
      LOG.debugf("Users could not be counted: %s", e.getMessage());
    }
  }

  private void countUsers(List<SessionView> sessions, long nowNanos) {
    Map<String, UserTraffic> byUser = new HashMap<>();
    for (SessionView session : sessions) {
      byUser.merge(
          session.userId(),
          new UserTraffic(session.userId(), 1, session.bytesUp(), session.bytesDown(), 0),
          (a, b) ->
              new UserTraffic(
                  a.userId(),
                  a.allocations() + b.allocations(),
                  a.bytesUp() + b.bytesUp(),
                  a.bytesDown() + b.bytesDown(),
                  0));
    }
    double seconds = Math.max(1e-3, (nowNanos - lookedAtUsersNanos) / 1e9);
    Map<String, Long> bytes = new HashMap<>();
    List<UserTraffic> all = new ArrayList<>();
    for (UserTraffic user : byUser.values()) {
      long sum = user.bytesUp() + user.bytesDown();
      bytes.put(user.userId(), sum);
      long before = bytesBefore.getOrDefault(user.userId(), 0L);
      // Allocations that ended in between take their bytes away.
      double rate = Math.max(0, sum - before) * 8 / seconds;
      all.add(
          new UserTraffic(
              user.userId(), user.allocations(), user.bytesUp(), user.bytesDown(), rate));
    }
    all.sort(
        Comparator.comparingDouble(UserTraffic::bitsPerSecond)
            .reversed()
            .thenComparing(UserTraffic::userId));
    bytesBefore = bytes;
    lookedAtUsersNanos = nowNanos;
    topUsers =
        List.copyOf(all.subList(0, Math.min(all.size(), plan.config().metrics().topUsers())));
  }

  // ----------------------------------------------------------------------------------- events

  /** Hears of allocations on the threads of the loops, and leaves the rest to another one. */
  private final class Events implements RelayEvents {
    @Override
    public void opened(SessionView session) {
      tell(session, RelaySession.Phase.OPENED, RelaySession.Reason.NONE);
    }

    @Override
    public void closed(SessionView session, EndReason reason) {
      metrics.ended(session.ageSeconds());
      tell(session, RelaySession.Phase.CLOSED, reasonOf(reason));
    }
  }

  private void tell(SessionView session, RelaySession.Phase phase, RelaySession.Reason reason) {
    if (waitingEvents.incrementAndGet() > MAX_WAITING_EVENTS) {
      waitingEvents.decrementAndGet();
      metrics.lostEvent();
      return;
    }
    long now = clock.epochMillis();
    try {
      watch.execute(() -> {
        waitingEvents.decrementAndGet();
        RelaySession event = event(session, phase, reason, now);
        LOG.debugf(
            "Session %s of %s over %s %s (%s): %d bytes up, %d down",
            event.session(),
            event.user(),
            event.transport(),
            event.phase(),
            event.reason(),
            event.bytesUp(),
            event.bytesDown());
        if (!outbox.send(event)) {
          metrics.lostEvent();
        }
      });
    } catch (RejectedExecutionException e) {
      waitingEvents.decrementAndGet();
      metrics.lostEvent();
    }
  }

  private RelaySession event(
      SessionView session, RelaySession.Phase phase, RelaySession.Reason reason, long now) {
    String user = session.userId();
    return new RelaySession(
        session.id(),
        place,
        phase,
        user.substring(0, Math.min(user.length(), RelaySession.MAX_USER_LENGTH)),
        switch (session.transport()) {
          case UDP -> RelaySession.Transport.UDP;
          case TCP -> RelaySession.Transport.TCP;
          case TLS -> RelaySession.Transport.TLS;
          case DTLS -> RelaySession.Transport.DTLS;
        },
        session.createdEpochMillis(),
        now,
        session.bytesUp(),
        session.bytesDown(),
        reason);
  }

  private static RelaySession.Reason reasonOf(EndReason reason) {
    return switch (reason) {
      case RELEASED -> RelaySession.Reason.RELEASED;
      case EXPIRED -> RelaySession.Reason.EXPIRED;
      case DISCONNECTED -> RelaySession.Reason.DISCONNECTED;
      case ENDED_BY_OPERATOR -> RelaySession.Reason.ENDED_BY_OPERATOR;
      case SHUTDOWN -> RelaySession.Reason.SHUTDOWN;
    };
  }

  /** Ends all allocations, tells of it, and stops. Idempotent. */
  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    server.close();
    watch.shutdown();
    try {
      if (!watch.awaitTermination(1, TimeUnit.SECONDS)) {
        watch.shutdownNow();
      }
    } catch (InterruptedException e) {
      watch.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
