package org.peerstead.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.events.Base58Check;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentId;
import org.peerstead.events.Ephemeral;
import org.peerstead.events.Hash32;
import org.peerstead.events.SyncInbound;
import org.peerstead.events.SyncOutbound;
import org.peerstead.gateway.wire.MalformedFrameException;
import org.peerstead.gateway.wire.PeerMetadata;
import org.peerstead.gateway.wire.RemoteHeads;
import org.peerstead.gateway.wire.RepoMessage;

class SyncHubTest {
  private static final String SERVER = "server";
  private static final DocumentId DOCUMENT = DocumentId.of(new byte[16]);
  private static final DocumentId OTHER = DocumentId.of(new byte[32]);
  private static final String DOC = DOCUMENT.toString();
  private static final Bytes DATA = Bytes.wrap(new byte[] {0x42, 0});
  private static final Limits LIMITS =
      new Limits(
          3,
          2,
          2,
          100,
          4,
          1_000_000,
          2_000,
          5_000,
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          Duration.ofSeconds(30),
          Duration.ofSeconds(10));

  private final SyncHub hub = new SyncHub("gw", SERVER, "server-storage", LIMITS);
  private final Map<String, String> peers = new HashMap<>();
  private long now;

  @Test
  void join_shouldAnswerWithPeer() {
    String session = open("anonymous");
    hub.receive(now, session, join("alice", "alice-storage"));
    assertThat(drain())
        .containsExactly(
            send(
                session,
                new RepoMessage.Peer(
                    SERVER, new PeerMetadata("server-storage", false), "1", "alice"),
                0));
    assertThat(hub.peerIdOf(session)).isEqualTo("alice");
  }

  @Test
  void join_shouldTakeAbsentVersionsForVersion1() {
    String session = open("anonymous");
    hub.receive(now, session, new RepoMessage.Join("alice", PeerMetadata.NONE, null));
    assertThat(messages()).hasOnlyElementsOfType(RepoMessage.Peer.class);
  }

  @Test
  void join_shouldRefuseUnknownVersions() {
    String session = open("anonymous");
    hub.receive(now, session, new RepoMessage.Join("raw", PeerMetadata.NONE, List.of("9")));
    assertThat(drain())
        .containsExactly(
            rejected(session, Rejection.UNSUPPORTED_VERSION),
            send(session, new RepoMessage.Error(SERVER, "unsupported protocol version", "raw"), 0),
            new Output.Close(session, CloseReason.UNSUPPORTED_VERSION));
    assertThat(hub.sessionCount()).isZero();
  }

  @Test
  void join_shouldEndTheOlderSocketOfThePeer() {
    String older = joined("alice");
    sync(older, DOC);
    drain();
    String newer = open("anonymous");
    hub.receive(now, newer, join("alice", null));
    List<Output> outputs = drain();
    assertThat(outputs).contains(new Output.Close(older, CloseReason.REPLACED));
    assertThat(published(outputs))
        .extracting(SyncInbound::kind)
        .containsExactly(SyncInbound.Kind.CLOSED);
    sync(newer, DOC);
    assertThat(published(drain())).extracting(e -> e.session().sessionId()).containsExactly(newer);
    hub.closed(older);
    assertThat(drain()).isEmpty();
    assertThat(hub.peerIdOf(newer)).isEqualTo("alice");
  }

  @Test
  void join_shouldRefuseThePeerIdOfAnotherUser() {
    String alice = joined("alice");
    String thief = open("token:2");
    hub.receive(now, thief, join("alice", null));
    assertThat(drain()).contains(new Output.Close(thief, CloseReason.PEER_ID_TAKEN));
    assertThat(hub.peerIdOf(alice)).isEqualTo("alice");
  }

  @Test
  void join_shouldBeAnsweredAgainOnTheSameSocketButNotForAnotherPeer() {
    String session = joined("alice");
    hub.receive(now, session, join("alice", null));
    assertThat(messages()).hasOnlyElementsOfType(RepoMessage.Peer.class);
    hub.receive(now, session, join("mallory", null));
    assertThat(drain()).contains(new Output.Close(session, CloseReason.PROTOCOL_ERROR));
  }

  @Test
  void open_shouldRefuseWhenFull() {
    open("a");
    open("b");
    open("c");
    assertThat(hub.open(now, "d")).isEmpty();
  }

  @Test
  void sync_shouldPassToTheBusWithCounters() {
    String session = joined("alice");
    sync(session, DOC);
    hub.receive(now, session, new RepoMessage.Request("alice", SERVER, OTHER.toString(), DATA));
    List<SyncInbound> events = published(drain());
    assertThat(events).extracting(SyncInbound::counter).containsExactly(1L, 2L);
    assertThat(events).extracting(SyncInbound::document).containsExactly(DOCUMENT, OTHER);
    assertThat(events)
        .extracting(SyncInbound::kind)
        .containsExactly(SyncInbound.Kind.SYNC, SyncInbound.Kind.REQUEST);
    assertThat(events.getFirst().session().peerId()).isEqualTo("alice");
    assertThat(events.getFirst().session().gatewayId()).isEqualTo("gw");
  }

  @Test
  void receive_shouldIgnoreSendersThatDidNotJoinHere() {
    String session = open("anonymous");
    sync(session, DOC);
    assertThat(drain()).containsExactly(rejected(session, Rejection.SENDER_NOT_BOUND));
    String bob = joined("bob");
    hub.receive(now, bob, new RepoMessage.Sync("alice", SERVER, DOC, DATA));
    assertThat(drain()).containsExactly(rejected(bob, Rejection.SENDER_NOT_BOUND));
  }

  @Test
  void sync_shouldCallBadDocumentIdsUnavailable() {
    String session = joined("alice");
    sync(session, "nonsense");
    assertThat(drain())
        .containsExactly(
            rejected(session, Rejection.INVALID_DOCUMENT_ID),
            send(session, new RepoMessage.DocUnavailable(SERVER, "alice", "nonsense"), 0));
  }

  @Test
  void sync_shouldLimitDocumentsOfASession() {
    String session = joined("alice");
    sync(session, DOC);
    sync(session, OTHER.toString());
    drain();
    String third = DocumentId.of(new byte[] {7}).toString();
    sync(session, third);
    assertThat(drain())
        .containsExactly(
            rejected(session, Rejection.TOO_MANY_DOCUMENTS),
            send(session, new RepoMessage.DocUnavailable(SERVER, "alice", third), 0));
    sync(session, DOC);
    assertThat(published(drain())).hasSize(1);
  }

  @Test
  void deliver_shouldSendToTheSession() {
    String session = joined("alice");
    sync(session, DOC);
    drain();
    hub.deliver(now, outbound(session, new SyncOutbound.Message(false, DATA)));
    hub.deliver(now, outbound(session, new SyncOutbound.Message(true, DATA)));
    hub.deliver(now, outbound(session, new SyncOutbound.Unavailable()));
    assertThat(messages())
        .containsExactly(
            new RepoMessage.Sync(SERVER, "alice", DOC, DATA),
            new RepoMessage.Request(SERVER, "alice", DOC, DATA),
            new RepoMessage.DocUnavailable(SERVER, "alice", DOC));
  }

  @Test
  void deliver_shouldDropWhatIsForNobody() {
    hub.deliver(now, outbound("gw/99", new SyncOutbound.Message(false, DATA)));
    String session = joined("alice");
    hub.deliver(now, outbound(session, new SyncOutbound.Message(false, DATA)));
    assertThat(drain()).isEmpty();
  }

  @Test
  void refused_shouldEndOnlySessionsThatAreBadOrOutOfStep() {
    for (SyncOutbound.Refusal refusal : SyncOutbound.Refusal.values()) {
      String session = joined("alice");
      sync(session, DOC);
      drain();
      hub.deliver(now, outbound(session, new SyncOutbound.Refused(refusal, "why")));
      List<Output> outputs = drain();
      assertThat(outputs).contains(rejected(session, Rejection.REFUSED));
      assertThat(outputs)
          .anySatisfy(output ->
              assertThat(output)
                  .isInstanceOfSatisfying(
                      Output.Send.class,
                      send -> assertThat(send.message()).isInstanceOf(RepoMessage.Error.class)));
      boolean ends =
          switch (refusal) {
            case MALFORMED, MESSAGE_TOO_LARGE, OVERLOADED -> true;
            case TOO_MANY_DOCUMENTS, DOCUMENT_TOO_LARGE, STORE_FULL, TOO_MANY_ORPHANS, DAMAGED ->
                false;
          };
      assertThat(outputs.stream().anyMatch(Output.Close.class::isInstance)).isEqualTo(ends);
      hub.closed(session);
      drain();
    }
  }

  @Test
  void ephemeral_shouldReachTheOthersOnceAndTheBus() {
    String alice = joined("alice");
    String bob = joined("bob");
    sync(alice, DOC);
    sync(bob, DOC);
    drain();
    var message = new RepoMessage.Ephemeral("bob", SERVER, DOC, DATA, 1, "s1");
    hub.receive(now, bob, message);
    List<Output> outputs = drain();
    assertThat(outputs)
        .containsExactly(
            send(alice, new RepoMessage.Ephemeral("bob", "alice", DOC, DATA, 1, "s1"), DATA.size()),
            new Output.Publish(
                bob, new Ephemeral("gw", bob, "bob", "s1", 1, DOCUMENT, DATA), 256 + DATA.size()));
    hub.receive(now, bob, message);
    hub.receive(now, alice, message);
    assertThat(drain())
        .containsExactly(
            rejected(bob, Rejection.EPHEMERAL_SEEN), rejected(alice, Rejection.EPHEMERAL_SEEN));
    hub.receive(now, bob, new RepoMessage.Ephemeral("bob", SERVER, DOC, DATA, 1, "s2"));
    assertThat(messages()).hasSize(1);
  }

  @Test
  void ephemeral_shouldComeFromOtherGatewaysButNotFromItself() {
    String alice = joined("alice");
    sync(alice, DOC);
    drain();
    var own = new Ephemeral("gw", "gw/9", "bob", "s1", 1, DOCUMENT, DATA);
    hub.deliver(now, own);
    assertThat(drain()).isEmpty();
    var foreign = new Ephemeral("other", "other/1", "bob", "s1", 1, DOCUMENT, DATA);
    hub.deliver(now, foreign);
    hub.deliver(now, foreign);
    assertThat(messages())
        .containsExactly(new RepoMessage.Ephemeral("bob", "alice", DOC, DATA, 1, "s1"));
  }

  @Test
  void remoteHeads_shouldReachSubscribersOfTheDocument() {
    String alice = joined("alice");
    String bob = joined("bob");
    sync(alice, DOC);
    sync(bob, DOC);
    hub.receive(
        now,
        bob,
        new RepoMessage.RemoteSubscriptionChange("bob", SERVER, List.of("alice-st"), List.of()));
    drain();
    Hash32 head = Hash32.of(new byte[32]);
    hub.deliver(now, outbound(alice, new SyncOutbound.RemoteHeads("alice-st", List.of(head), 7)));
    var expected =
        new RepoMessage.RemoteHeadsChanged(
            SERVER,
            "bob",
            DOC,
            Map.of("alice-st", new RemoteHeads(List.of(Base58Check.encode(head.toArray())), 7)));
    assertThat(messages()).containsExactly(expected);

    // Not newer: not forwarded.
    hub.receive(
        now,
        alice,
        new RepoMessage.RemoteHeadsChanged(
            "alice", SERVER, DOC, Map.of("alice-st", new RemoteHeads(List.of("x"), 7))));
    assertThat(drain()).isEmpty();

    hub.receive(
        now,
        bob,
        new RepoMessage.RemoteSubscriptionChange("bob", SERVER, List.of(), List.of("alice-st")));
    hub.receive(
        now,
        alice,
        new RepoMessage.RemoteHeadsChanged(
            "alice", SERVER, DOC, Map.of("alice-st", new RemoteHeads(List.of("x"), 8))));
    assertThat(drain()).isEmpty();
    // A late subscriber hears what is known at once.
    hub.receive(
        now,
        bob,
        new RepoMessage.RemoteSubscriptionChange("bob", SERVER, List.of("alice-st"), List.of()));
    assertThat(messages()).containsExactly(expected);
  }

  @Test
  void remoteSubscriptions_shouldBeBounded() {
    String bob = joined("bob");
    hub.receive(
        now,
        bob,
        new RepoMessage.RemoteSubscriptionChange("bob", SERVER, List.of("a", "b", "c"), List.of()));
    assertThat(drain()).containsExactly(rejected(bob, Rejection.TOO_MANY_SUBSCRIPTIONS));
  }

  @Test
  void closed_shouldTellTheOwnersOfAllDocuments() {
    String session = joined("alice");
    sync(session, DOC);
    sync(session, OTHER.toString());
    drain();
    hub.closed(session);
    assertThat(published(drain()))
        .allSatisfy(event -> assertThat(event.kind()).isEqualTo(SyncInbound.Kind.CLOSED))
        .extracting(SyncInbound::document)
        .containsExactly(DOCUMENT, OTHER);
    assertThat(hub.documentCount()).isZero();
  }

  @Test
  void malformed_shouldAnswerAndEndThatSessionOnly() {
    String alice = joined("alice");
    String bob = joined("bob");
    drain();
    hub.malformed(
        now,
        bob,
        new MalformedFrameException(MalformedFrameException.Reason.TRUNCATED, "ends early"));
    assertThat(drain())
        .containsExactly(
            send(
                bob,
                new RepoMessage.Error(SERVER, "malformed message: truncated: ends early", "bob"),
                40),
            new Output.Close(bob, CloseReason.MALFORMED));
    sync(alice, DOC);
    assertThat(published(drain())).hasSize(1);
  }

  @Test
  void malformed_shouldIgnoreMessagesOfLaterVersions() {
    String alice = joined("alice");
    drain();
    hub.malformed(
        now,
        alice,
        new MalformedFrameException(MalformedFrameException.Reason.UNKNOWN_TYPE, "future"));
    assertThat(drain()).isEmpty();
  }

  @Test
  void tick_shouldPingAndEndSilentPeers() {
    String session = joined("alice");
    drain();
    pass(5);
    assertThat(drain()).containsExactly(new Output.Ping(session));
    hub.heard(now, session);
    pass(10);
    assertThat(drain()).containsExactly(new Output.Ping(session));
    pass(6);
    assertThat(drain()).containsExactly(new Output.Close(session, CloseReason.SILENT));
  }

  @Test
  void tick_shouldEndSocketsThatNeverJoin() {
    String session = open("anonymous");
    pass(11);
    assertThat(drain()).contains(new Output.Close(session, CloseReason.NO_JOIN));
  }

  @Test
  void send_shouldPauseReadingAndThenEndASlowReader() {
    String session = joined("alice");
    sync(session, DOC);
    drain();
    Bytes large = Bytes.wrap(new byte[1_500]);
    hub.deliver(now, outbound(session, new SyncOutbound.Message(false, large)));
    assertThat(drain()).doesNotContain(new Output.Pause(session));
    hub.deliver(now, outbound(session, new SyncOutbound.Message(false, large)));
    assertThat(drain()).contains(new Output.Pause(session));
    hub.written(now, session, 256 + 1_500);
    assertThat(drain()).isEmpty();
    hub.written(now, session, 256 + 1_500);
    assertThat(drain()).containsExactly(new Output.Resume(session));
    for (int i = 0; i < 3; i++) {
      hub.deliver(now, outbound(session, new SyncOutbound.Message(false, large)));
    }
    assertThat(drain()).contains(new Output.Close(session, CloseReason.SLOW_READER));
  }

  @Test
  void send_shouldAllowOneMessageLargerThanTheQueue() {
    String session = joined("alice");
    sync(session, DOC);
    drain();
    now += TimeUnit.SECONDS.toNanos(60);
    hub.heard(now, session);
    hub.deliver(
        now, outbound(session, new SyncOutbound.Message(false, Bytes.wrap(new byte[50_000]))));
    assertThat(messages()).hasSize(1);
    pass(31);
    assertThat(drain()).contains(new Output.Close(session, CloseReason.SLOW_READER));
  }

  @Test
  void receive_shouldPauseUntilMessagesAreTaken() {
    String session = joined("alice");
    drain();
    for (int i = 0; i < 4; i++) {
      sync(session, DOC);
    }
    assertThat(drain()).endsWith(new Output.Pause(session));
    // While the socket is not read its pongs are not seen either.
    pass(60);
    assertThat(drain()).doesNotHaveAnyElementsOfTypes(Output.Close.class);
    hub.taken(now, session, 258);
    assertThat(drain()).containsExactly(new Output.Resume(session));
  }

  @Test
  void receive_shouldMakeFastSendersWait() {
    String session = joined("alice");
    drain();
    int sent = 0;
    while (drain().stream().noneMatch(Output.Pause.class::isInstance)) {
      hub.receive(now, session, join("alice", null));
      hub.written(now, session, 256);
      assertThat(++sent).isLessThan(1_000);
    }
    assertThat(sent).isEqualTo(499);
    pass(1);
    assertThat(drain()).contains(new Output.Resume(session));
  }

  @Test
  void closeAll_shouldEndSessionsOfAPrincipal() {
    String alice = joined("alice");
    String bob = open("token:1");
    drain();
    hub.closeAll("token:1"::equals, CloseReason.ACCESS_REVOKED);
    assertThat(drain()).containsExactly(new Output.Close(bob, CloseReason.ACCESS_REVOKED));
    assertThat(hub.peerIdOf(alice)).isEqualTo("alice");
  }

  @Test
  void leave_shouldEndTheSession() {
    String session = joined("alice");
    drain();
    hub.receive(now, session, new RepoMessage.Leave("alice"));
    assertThat(drain()).containsExactly(new Output.Close(session, CloseReason.LEFT));
  }

  private String open(String principal) {
    return hub.open(now, principal).orElseThrow();
  }

  private String joined(String peerId) {
    String session = open("anonymous");
    hub.receive(now, session, join(peerId, null));
    drain();
    hub.written(now, session, 256);
    peers.put(session, peerId);
    return session;
  }

  private static RepoMessage.Join join(String peerId, @Nullable String storageId) {
    return new RepoMessage.Join(peerId, new PeerMetadata(storageId, false), List.of("1"));
  }

  private void sync(String session, String documentId) {
    hub.receive(
        now, session, new RepoMessage.Sync(hub.peerIdOf(session), SERVER, documentId, DATA));
  }

  private static SyncOutbound outbound(String session, SyncOutbound.Body body) {
    return new SyncOutbound("gw", session, 1, DOCUMENT, body);
  }

  private void pass(int seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
    hub.tick(now);
  }

  private List<Output> drain() {
    List<Output> outputs = new ArrayList<>();
    for (Output output = hub.poll(); output != null; output = hub.poll()) {
      outputs.add(output);
    }
    return outputs;
  }

  private List<RepoMessage> messages() {
    return drain().stream()
        .filter(Output.Send.class::isInstance)
        .map(output -> ((Output.Send) output).message())
        .toList();
  }

  private static List<SyncInbound> published(List<Output> outputs) {
    return outputs.stream()
        .filter(Output.Publish.class::isInstance)
        .map(output -> ((Output.Publish) output).event())
        .filter(SyncInbound.class::isInstance)
        .map(SyncInbound.class::cast)
        .toList();
  }

  private static final Map<Rejection, String> SUBJECTS =
      Map.of(
          Rejection.INVALID_DOCUMENT_ID,
          "nonsense",
          Rejection.TOO_MANY_DOCUMENTS,
          DocumentId.of(new byte[] {7}).toString(),
          Rejection.REFUSED,
          DOC);

  private Output.Rejected rejected(String session, Rejection rejection) {
    return new Output.Rejected(
        session, rejection, peers.getOrDefault(session, ""), SUBJECTS.getOrDefault(rejection, ""));
  }

  private static Output.Send send(String session, RepoMessage message, long dataBytes) {
    return new Output.Send(session, message, 256 + dataBytes);
  }
}
