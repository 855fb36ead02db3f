package org.peerstead.relaynode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.events.RelaySession;
import org.peerstead.relay.auth.TimeLimitedCredentials.Issued;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.TransportAddress;

/** A relay with real sockets on the loopback interface. */
@Timeout(60)
class RelayNodeTest {
  private static final TransportAddress PEER =
      new TransportAddress(IpAddress.parse("192.0.2.9"), 4_000);

  @TempDir Path data;

  private final List<RelaySession> events = new CopyOnWriteArrayList<>();
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final List<RelayNode> nodes = new ArrayList<>();
  private RelayFiles files;

  @BeforeEach
  void makeSecret() throws IOException {
    files = RelayFiles.in(data);
    var unused = files.secret().create(new SecureRandom());
  }

  @AfterEach
  void close() {
    nodes.forEach(RelayNode::close);
  }

  private RelayNode start(String... pairs) throws Exception {
    String[] all = Arrays.copyOf(pairs, pairs.length + 6);
    all[pairs.length] = "watch-interval";
    all[pairs.length + 1] = "100ms";
    all[pairs.length + 2] = "running.udp-loops";
    all[pairs.length + 3] = "1";
    all[pairs.length + 4] = "running.tcp-loops";
    all[pairs.length + 5] = "1";
    RelayConfig config = TestConfig.of(all);
    var material = new RelayMaterial(files, config);
    var node =
        new RelayNode(
            RelayPlan.of(config),
            material,
            material.nonceSecrets(new SecureRandom()),
            new RelayMetrics(registry),
            events::add,
            System::currentTimeMillis);
    nodes.add(node);
    return node;
  }

  private static TurnClient client(RelayNode node, String user) throws Exception {
    Issued issued = node.issue(user, Optional.of(Duration.ofMinutes(5)));
    return new TurnClient(node.listeners().getFirst(), issued.username(), issued.password());
  }

  private double metric(String name, String... tags) {
    return registry.get(name).tags(tags).meter().measure().iterator().next().getValue();
  }

  @Test
  void session_shouldBeSeenByOperatorsFromBeginningToEnd() throws Exception {
    RelayNode node = start();
    assertThat(metric("peerstead_relay_allocations", "transport", "udp")).isZero();
    assertThat(metric("peerstead_relay_drops", "reason", "no_permission")).isZero();
    try (TurnClient client = client(node, "ann")) {
      assertThat(client.allocate()).isZero();
      assertThat(node.sessions())
          .singleElement()
          .satisfies(session -> assertThat(session.userId()).isEqualTo("ann"));
      assertThat(metric("peerstead_relay_allocations", "transport", "udp")).isOne();
      assertThat(metric("peerstead_relay_relayed_addresses", "family", "ipv4")).isOne();
      assertThat(client.release()).isZero();
    }
    await().untilAsserted(() -> assertThat(events).hasSize(2));
    assertThat(events.getFirst().phase()).isEqualTo(RelaySession.Phase.OPENED);
    assertThat(events.getLast().reason()).isEqualTo(RelaySession.Reason.RELEASED);
    assertThat(events).allSatisfy(event -> assertThat(event.user()).isEqualTo("ann"));
    assertThat(metric("peerstead_relay_allocations_ended", "reason", "released")).isOne();
    assertThat(registry.get("peerstead_relay_allocation_lifetime").timer().count()).isOne();
  }

  @Test
  void drain_shouldRefuseTheNewAndWaitForTheOld() throws Exception {
    RelayNode node = start("drain.deadline", "20s");
    try (TurnClient old = client(node, "old");
        TurnClient late = client(node, "late")) {
      assertThat(old.allocate()).isZero();
      CompletableFuture<Void> drained = node.drain();
      assertThat(node.isDraining()).isTrue();
      assertThat(metric("peerstead_relay_draining")).isOne();
      assertThat(late.allocate()).isEqualTo(508);
      assertThat(old.permit(new TransportAddress(IpAddress.parse("8.8.8.8"), 1))).isZero();
      assertThat(drained).isNotDone();
      assertThat(old.release()).isZero();
      drained.get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void drain_shouldSendTheNewElsewhereAndEndAtTheDeadline() throws Exception {
    RelayNode node = start("drain.deadline", "200ms", "drain.alternate-server", "192.0.2.1:3478");
    try (TurnClient old = client(node, "old");
        TurnClient late = client(node, "late")) {
      assertThat(old.allocate()).isZero();
      CompletableFuture<Void> drained = node.drain();
      assertThat(late.allocate()).isEqualTo(300);
      drained.get(5, TimeUnit.SECONDS);
      assertThat(node.allocations()).isOne();
    }
    node.close();
    assertThat(events)
        .last()
        .extracting(RelaySession::reason)
        .isEqualTo(RelaySession.Reason.SHUTDOWN);
  }

  @Test
  void peers_shouldBeJudgedByFilesThatChange() throws Exception {
    RelayNode node = start();
    try (TurnClient client = client(node, "ann")) {
      assertThat(client.allocate()).isZero();
      assertThat(client.permit(PEER)).isEqualTo(403);
      assertThat(node.judge(PEER.ip()).isAllowed()).isFalse();

      Files.writeString(files.allow(), "192.0.2.0/24\n");
      await().until(() -> node.judge(PEER.ip()).isAllowed());
      assertThat(client.permit(PEER)).isZero();

      Files.writeString(files.allow(), "nonsense\n");
      await().until(() -> metric("peerstead_relay_failed_reloads") == 1);
      assertThat(node.judge(PEER.ip()).isAllowed()).isTrue();

      Files.delete(files.allow());
      await().until(() -> !node.judge(PEER.ip()).isAllowed());
      assertThat(client.permit(PEER)).isEqualTo(403);
      assertThat(node.allocations()).isOne();
    }
  }

  @Test
  void credentials_shouldFollowTheirFiles() throws Exception {
    RelayNode node = start();
    Issued before = node.issue("ann", Optional.empty());
    var unused = files.secret().rotate(new SecureRandom());
    await().until(() -> metric("peerstead_relay_reloads") == 1);
    Issued after = node.issue("ann", Optional.empty());
    assertThat(after.password()).isNotEqualTo(before.password());
    for (Issued issued : List.of(before, after)) {
      try (TurnClient client =
          new TurnClient(node.listeners().getFirst(), issued.username(), issued.password())) {
        assertThat(client.allocate()).isZero();
      }
    }
    files.secret().retire();
    await().until(() -> metric("peerstead_relay_reloads") == 2);
    try (TurnClient client =
        new TurnClient(node.listeners().getFirst(), before.username(), before.password())) {
      assertThat(client.allocate()).isEqualTo(401);
    }
    assertThat(metric("peerstead_relay_auth_failures", "reason", "integrity_wrong")).isOne();

    assertThat(files.users().put("bob", "relay", "sesame")).isTrue();
    await().until(() -> metric("peerstead_relay_reloads") == 3);
    try (TurnClient client = new TurnClient(node.listeners().getFirst(), "bob", "sesame")) {
      assertThat(client.allocate()).isZero();
    }
  }

  @Test
  void issue_shouldKeepWithinBounds() throws Exception {
    RelayNode node = start("credentials.max-ttl", "1h", "credentials.default-ttl", "10m");

    assertThat(node.issue("ann", Optional.empty()).expiresAtEpochSecond())
        .isBetween(
            System.currentTimeMillis() / 1_000 + 590, System.currentTimeMillis() / 1_000 + 601);
    assertThatThrownBy(() -> node.issue("ann", Optional.of(Duration.ofHours(2))))
        .isInstanceOf(RelayNode.RefusedException.class);
    assertThatThrownBy(() -> node.issue("ann", Optional.of(Duration.ZERO)))
        .isInstanceOf(RelayNode.RefusedException.class);
  }

  @Test
  void disconnect_shouldEndOneSession() throws Exception {
    RelayNode node = start("metrics.top-users", "2");
    try (TurnClient client = client(node, "ann")) {
      assertThat(client.allocate()).isZero();
      assertThat(node.disconnect("no-such")).isFalse();
      assertThat(node.disconnect(node.sessions().getFirst().id())).isTrue();
      assertThat(node.sessions()).isEmpty();
    }
    await()
        .untilAsserted(() ->
            assertThat(events)
                .last()
                .extracting(RelaySession::reason)
                .isEqualTo(RelaySession.Reason.ENDED_BY_OPERATOR));
    assertThat(metric("peerstead_relay_top_user_allocations", "rank", "2")).isZero();
  }
}
