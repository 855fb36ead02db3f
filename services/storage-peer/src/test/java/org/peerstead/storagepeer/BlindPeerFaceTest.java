package org.peerstead.storagepeer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.blindpeer.AddCore;
import org.peerstead.hypercore.blindpeer.BlindPeerCodec;
import org.peerstead.hypercore.blindpeer.CoresAnnouncement;
import org.peerstead.hypercore.blindpeer.KeptCore;
import org.peerstead.hypercore.blindpeer.RpcMessage;
import org.peerstead.hypercore.replication.ProtocolChannel;
import org.peerstead.hypercore.replication.ProtocolListener;
import org.peerstead.hypercore.wire.MalformedMessageException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.storagepeer.follow.FollowLimits;
import org.peerstead.storagepeer.follow.FollowedCore;
import org.peerstead.storagepeer.follow.InMemoryFollowStore;

/** A client asks a keeper over the connection on which they replicate. */
class BlindPeerFaceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private Device client = null;
  private Device keeper = null;

  /** What the client hears on a channel. */
  private static final class Heard implements ProtocolListener {
    final ConcurrentLinkedQueue<RpcMessage> messages = new ConcurrentLinkedQueue<>();
    volatile boolean isOpen;
    volatile boolean isRejected;

    @Override
    public void opened(ProtocolChannel channel, Slice handshake, long nowNanos) {
      isOpen = true;
    }

    @Override
    public void message(ProtocolChannel channel, int type, Slice payload, long nowNanos) {
      try {
        messages.add(BlindPeerCodec.decodeRpc(type, payload.copy()));
      } catch (MalformedMessageException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void closed(ProtocolChannel channel, boolean rejected, long nowNanos) {
      isRejected = rejected;
    }
  }

  @BeforeEach
  void startClient() {
    client = new Device(folder, FollowLimits.NONE, Set.of());
  }

  @AfterEach
  void stop() {
    client.close();
    if (keeper != null) {
      keeper.close();
    }
  }

  private void startKeeper(boolean isOpenToAll, boolean isTrusted, int maxPerMinute) {
    keeper =
        new Device(
            folder,
            FollowLimits.NONE,
            Set.of(),
            new InMemoryFollowStore(),
            new StorageRequestRules(
                isOpenToAll, isTrusted ? Set.of(client.peer.deviceKey()) : Set.of(), maxPerMinute));
    client.peer.engine().dial(keeper.address().resolve());
    await().atMost(PATIENCE).until(() -> client.peer.peers().size() == 1);
  }

  private ProtocolChannel open(String protocol, Slice id, Heard heard) {
    long peerId = client.peer.peers().getFirst().id();
    return client
        .peer
        .engine()
        .openProtocol(peerId, protocol, id, Slice.EMPTY, heard)
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  private ProtocolChannel openRpc(Heard heard) {
    return open(BlindPeerCodec.RPC, keeper.peer.deviceKey().toSlice(), heard);
  }

  private void send(ProtocolChannel channel, int type, Slice payload) {
    client.peer.engine().execute(() -> channel.send(type, payload));
  }

  private RpcMessage call(ProtocolChannel channel, Heard heard, String method, Slice value) {
    heard.messages.clear();
    send(channel, 0, BlindPeerCodec.encode(new RpcMessage.Request(7, method, value)));
    await().atMost(PATIENCE).until(() -> !heard.messages.isEmpty());
    return heard.messages.element();
  }

  private @Nullable FollowedCore kept(Fixed32 key) {
    return keeper.peer.book().find(key).orElse(null);
  }

  @Test
  void nobody_shouldBeAskedByDefault() {
    startKeeper(false, false, 100);
    var heard = new Heard();
    open(BlindPeerCodec.BLIND_PEER, Slice.EMPTY, heard);
    await().atMost(PATIENCE).until(() -> heard.isRejected);
    assertThat(heard.isOpen).isFalse();
    assertThat(keeper.peer.book().size()).isZero();
  }

  @Test
  void cores_shouldBeFetchedFromTheClientThatAsks() throws RefusedException {
    startKeeper(true, false, 100);
    Fixed32 key = client.core("log", 20, 100);
    var heard = new Heard();
    ProtocolChannel channel = open(BlindPeerCodec.BLIND_PEER, Slice.EMPTY, heard);
    send(
        channel,
        0,
        BlindPeerCodec.encode(
            new CoresAnnouncement(
                null, 2, true, List.of(new CoresAnnouncement.ClientCore(key, 20)))));

    await().atMost(PATIENCE).until(() -> kept(key) != null && keeper.stored(key) == 2000);
    FollowedCore core = keeper.peer.book().find(key).orElseThrow();
    assertThat(core.owner()).isEqualTo(BlindPeerFace.ownerOf(client.peer.deviceKey()));
    // Not trusted: neither announced nor above the normal priority.
    assertThat(core.isAnnounced()).isFalse();
    assertThat(core.priority()).isEqualTo(1);
  }

  @Test
  void addCore_shouldAnswerWithTheRecord() throws Exception {
    startKeeper(false, true, 100);
    Fixed32 key = client.core("log", 5, 100);
    var heard = new Heard();
    ProtocolChannel channel = openRpc(heard);
    RpcMessage answer =
        call(
            channel,
            heard,
            BlindPeerCodec.ADD_CORE,
            BlindPeerCodec.encode(new AddCore(key, key, 0, true)));

    assertThat(answer).isInstanceOf(RpcMessage.Success.class);
    KeptCore record = BlindPeerCodec.decodeKeptCore(((RpcMessage.Success) answer).value());
    assertThat(record.key()).isEqualTo(key);
    assertThat(record.isAnnounced()).isTrue();
    assertThat(record.referrer()).isEqualTo(key);
    await().atMost(PATIENCE).until(() -> keeper.stored(key) == 500);

    RpcMessage deleted =
        call(channel, heard, BlindPeerCodec.DELETE_CORE, BlindPeerCodec.encodeKey(key));
    assertThat(deleted).isEqualTo(new RpcMessage.Success(7, Slice.of(new byte[] {1})));
    assertThat(kept(key)).isNull();
  }

  @Test
  void deleteCore_shouldBeForTrustedPeersOnly() throws Exception {
    startKeeper(true, false, 100);
    Fixed32 key = client.core("log", 1, 10);
    var heard = new Heard();
    ProtocolChannel channel = openRpc(heard);
    call(
        channel,
        heard,
        BlindPeerCodec.ADD_CORE,
        BlindPeerCodec.encode(new AddCore(key, null, 1, false)));
    assertThat(call(channel, heard, BlindPeerCodec.DELETE_CORE, BlindPeerCodec.encodeKey(key)))
        .isEqualTo(
            new RpcMessage.Failure(
                7,
                "Request failed",
                RpcMessage.Failure.REQUEST_ERROR,
                "Only trusted peers can delete cores"));
    assertThat(kept(key)).isNotNull();
    assertThat(call(channel, heard, "nothing", Slice.EMPTY))
        .isEqualTo(
            new RpcMessage.Failure(
                7, "Unknown method 'nothing'", RpcMessage.Failure.UNKNOWN_METHOD, ""));
  }

  @Test
  void requests_shouldBeBoundedPerConnection() throws Exception {
    startKeeper(true, false, 2);
    var heard = new Heard();
    ProtocolChannel channel = openRpc(heard);
    for (int i = 0; i < 3; i++) {
      byte[] key = new byte[32];
      key[0] = (byte) i;
      RpcMessage answer =
          call(
              channel,
              heard,
              BlindPeerCodec.ADD_CORE,
              BlindPeerCodec.encode(new AddCore(Fixed32.of(key), null, 1, false)));
      assertThat(answer instanceof RpcMessage.Success).isEqualTo(i < 2);
    }
    assertThat(keeper.peer.book().size()).isEqualTo(2);
  }

  @Test
  void malformedRequests_shouldEndTheConnection() {
    startKeeper(true, false, 100);
    var heard = new Heard();
    ProtocolChannel channel = open(BlindPeerCodec.BLIND_PEER, Slice.EMPTY, heard);
    long before = client.peer.peers().getFirst().id();
    send(channel, 0, Slice.of(new byte[] {1, 2, 3}));
    await()
        .atMost(PATIENCE)
        .until(() -> client.peer.peers().stream().noneMatch(peer -> peer.id() == before));
  }

  @Test
  void budget_shouldRefillEvenly() {
    StorageRequestRules.Budget budget = new StorageRequestRules(true, Set.of(), 60).budget(0);
    for (int i = 0; i < 60; i++) {
      assertThat(budget.take(0)).isTrue();
    }
    assertThat(budget.take(0)).isFalse();
    assertThat(budget.take(1_100_000_000L)).isTrue();
    assertThat(budget.take(1_100_000_000L)).isFalse();
  }
}
