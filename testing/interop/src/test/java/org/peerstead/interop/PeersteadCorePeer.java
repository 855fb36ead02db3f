package org.peerstead.interop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreInfo;
import org.peerstead.hypercore.Download;
import org.peerstead.hypercore.DownloadOrder;
import org.peerstead.hypercore.EncryptionKey;
import org.peerstead.hypercore.GetOptions;
import org.peerstead.hypercore.Hypercore;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.HypercoresConfig;
import org.peerstead.hypercore.HypercoresListener;
import org.peerstead.hypercore.OpenOptions;
import org.peerstead.hypercore.PeerInfo;
import org.peerstead.hypercore.SeekResult;
import org.peerstead.hypercore.core.Corestore;
import org.peerstead.hypercore.net.Peering;
import org.peerstead.hypercore.replication.CoreExtension;
import org.peerstead.hypercore.replication.DisconnectReason;
import org.peerstead.hypercore.replication.ProofFailure;
import org.peerstead.hypercore.replication.ReplicationStats;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Our cores in this JVM, kept in RocksDB. Thread-safe. */
final class PeersteadCorePeer implements CorePeer {
  private static final String EXTENSION = "peerstead-test";
  private static final Entropy ENTROPY = new SecureRandom()::nextBytes;

  private final Hypercores cores;
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final List<Peering> peerings = new CopyOnWriteArrayList<>();

  private final RocksCoreStore store;

  private record Session(Hypercore core, CoreExtension extension, List<String> messages) {}

  private PeersteadCorePeer(RocksCoreStore store, byte[] primaryKey) {
    this.store = store;
    this.cores =
        Hypercores.start(
            HypercoresConfig.DEFAULT,
            store,
            primaryKey,
            KeyPair.generate(ENTROPY),
            ENTROPY,
            HypercoresListener.NONE);
  }

  static PeersteadCorePeer start(Path folder) {
    return withPrimaryKey(folder, HexFormat.of().formatHex(ENTROPY.next(32)));
  }

  static PeersteadCorePeer withPrimaryKey(Path folder, String primaryKey) {
    return new PeersteadCorePeer(
        RocksCoreStore.open(folder, RocksCoreStoreConfig.DEFAULT),
        HexFormat.of().parseHex(primaryKey));
  }

  private static <T> T get(CompletableFuture<T> future) {
    return get(future, PATIENCE);
  }

  private static <T> T get(CompletableFuture<T> future, Duration patience) {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new PeerFailedException(String.valueOf(e.getCause()));
    } catch (TimeoutException e) {
      throw new PeerFailedException("no result within " + patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static OpenOptions options(@Nullable String encryptionKey) {
    return encryptionKey == null
        ? OpenOptions.DEFAULT
        : OpenOptions.encrypted(EncryptionKey.of(HexFormat.of().parseHex(encryptionKey)));
  }

  private Hypercore core(String key) {
    return session(key).core();
  }

  private Session session(String key) {
    Session session = sessions.get(key);
    if (session == null) {
      throw new PeerFailedException(key + " is not open");
    }
    return session;
  }

  private State keep(Hypercore core) {
    List<String> messages = new CopyOnWriteArrayList<>();
    CoreExtension extension =
        get(core.extension(EXTENSION, (peer, payload, now) -> messages.add(text(payload))));
    sessions.put(core.key().toString(), new Session(core, extension, messages));
    return state(core.key().toString());
  }

  private static String text(Slice payload) {
    return new String(payload.toByteArray(), StandardCharsets.UTF_8);
  }

  private static State state(CoreInfo info) {
    return new State(
        info.key().toString(),
        info.length(),
        info.fork(),
        info.byteLength(),
        info.contiguousLength(),
        info.treeHash().toString(),
        info.storedBlocks(),
        info.peers());
  }

  private State await(String key, String what, Predicate<State> condition) {
    try {
      return Awaitility.await(what)
          .atMost(PATIENCE)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> state(key), condition);
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      throw new PeerFailedException(
          what + " not within " + PATIENCE + ": " + state(key) + " " + numbers());
    }
  }

  /** Counters, for messages of failures. */
  String numbers() {
    StringBuilder text = new StringBuilder();
    ReplicationStats stats = cores.replicationStats();
    text.append("network ").append(cores.stats().network());
    text.append(", refused");
    for (ProofFailure failure : ProofFailure.values()) {
      text.append(' ').append(failure).append('=').append(stats.proofsFailed(failure));
    }
    for (DisconnectReason reason : DisconnectReason.values()) {
      text.append(' ').append(reason).append('=').append(stats.disconnects(reason));
    }
    return text.append(" unasked=")
        .append(stats.unaskedData)
        .append(" not available=")
        .append(stats.notAvailableReceived)
        .append(" lost=")
        .append(stats.requestsLost)
        .append(" sent=")
        .append(stats.requestsSent)
        .append(" received=")
        .append(stats.requestsReceived)
        .toString();
  }

  /** Answers that did not verify, and connections that were ended for what the peer did. */
  long refused() {
    ReplicationStats stats = cores.replicationStats();
    long sum = 0;
    for (ProofFailure failure : ProofFailure.values()) {
      sum += stats.proofsFailed(failure);
    }
    for (DisconnectReason reason : DisconnectReason.values()) {
      sum += reason == DisconnectReason.CLOSED ? 0 : stats.disconnects(reason);
    }
    return sum;
  }

  boolean isFrozen(String key) {
    return get(core(key).info()).isFrozen();
  }

  long blocksSent() {
    return cores.replicationStats().blocksSent;
  }

  @Override
  public State create(String name, @Nullable String encryptionKey) {
    return keep(
        get(cores.create(new CoreAlias(Corestore.ROOT_NAMESPACE, name), options(encryptionKey))));
  }

  @Override
  public State open(String key, @Nullable String encryptionKey) {
    return keep(get(cores.open(Fixed32.fromHex(key), options(encryptionKey))));
  }

  @Override
  public void closeCore(String key) {
    core(key).close();
    sessions.remove(key);
  }

  @Override
  public State append(String key, Blocks content, int count, int batch) {
    Hypercore core = core(key);
    long next = state(key).length();
    long end = next + count;
    while (next < end) {
      int size = (int) Math.min(batch, end - next);
      get(core.append(content.blocks(next, size).stream().map(Slice::of).toList()));
      next += size;
    }
    return state(key);
  }

  @Override
  public State truncate(String key, long length) {
    get(core(key).truncate(length));
    return state(key);
  }

  @Override
  public void clear(String key, long from, long to) {
    get(core(key).clear(from, to));
  }

  @Override
  public State state(String key) {
    return state(get(core(key).info()));
  }

  @Override
  public State download(String key, long from, long to, boolean isLinear) {
    try (Download download =
        core(key).download(from, to, isLinear ? DownloadOrder.LINEAR : DownloadOrder.RANDOM)) {
      get(download.done());
    } catch (PeerFailedException e) {
      throw new PeerFailedException(e.getMessage() + ": " + state(key) + " " + numbers());
    }
    return state(key);
  }

  @Override
  public State follow(String key, long length, long fork) {
    startFollowing(key);
    return await(
        key,
        length + " blocks of fork " + fork,
        state ->
            state.length() >= length && state.contiguousLength() >= length && state.fork() >= fork);
  }

  @Override
  public void startFollowing(String key) {
    core(key).download(0, -1, DownloadOrder.RANDOM);
  }

  @Override
  public State awaitLength(String key, long length, long fork) {
    return await(
        key, "length " + length, state -> state.length() >= length && state.fork() >= fork);
  }

  @Override
  public void awaitPeers(String key, int peers) {
    await(key, peers + " peers", state -> state.peers() == peers);
  }

  @Override
  public String get(String key, long index, Duration patience) {
    return Blocks.digest(
        get(core(key).get(index, GetOptions.waiting(patience)), patience.plusSeconds(5))
            .toByteArray());
  }

  @Override
  public Place seek(String key, long byteOffset) {
    SeekResult found = get(core(key).seek(byteOffset));
    return new Place(found.index(), found.offset());
  }

  @Override
  public List<@Nullable String> digests(String key, long from, long to, boolean isRaw) {
    Hypercore core = core(key);
    List<@Nullable String> digests = new ArrayList<>();
    GetOptions how = isRaw ? GetOptions.STORED.raw() : GetOptions.STORED;
    for (long i = from; i < to; i++) {
      digests.add(get(core.has(i)) ? Blocks.digest(get(core.get(i, how)).toByteArray()) : null);
    }
    return digests;
  }

  @Override
  public void broadcast(String key, String text) {
    CoreExtension extension = session(key).extension();
    Slice payload = Slice.of(text.getBytes(StandardCharsets.UTF_8));
    cores.execute(() -> extension.broadcast(payload));
  }

  @Override
  public List<String> awaitMessages(String key, int count) {
    List<String> messages = session(key).messages();
    Awaitility.await(count + " messages").atMost(PATIENCE).until(() -> messages.size() >= count);
    return List.copyOf(messages);
  }

  @Override
  public int listen() {
    return get(cores.listen(loopback(0))).getPort();
  }

  @Override
  public void dial(int port) {
    Peering peering = cores.dial(loopback(port));
    peerings.add(peering);
    Awaitility.await("connection to port " + port)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> peering.state() == Peering.State.CONNECTED);
  }

  @Override
  public void disconnect() {
    peerings.forEach(Peering::close);
    peerings.clear();
    Awaitility.await("no peers")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> {
          // Also those that others were just dialling.
          List<PeerInfo> connected = cores.peers();
          connected.forEach(peer -> cores.disconnect(peer.id()));
          return connected.isEmpty();
        });
  }

  @Override
  public void close() {
    cores.close();
    store.close();
  }
}
