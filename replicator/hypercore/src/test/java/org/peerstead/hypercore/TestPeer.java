package org.peerstead.hypercore;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.net.CloseReason;
import org.peerstead.hypercore.net.NetworkConfig;
import org.peerstead.hypercore.net.Peering;
import org.peerstead.hypercore.replication.ProofFailure;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** A node that remembers what it is told. */
final class TestPeer implements AutoCloseable, HypercoresListener {
  static final NetworkConfig NETWORK =
      NetworkConfig.DEFAULT.withRedial(Duration.ofMillis(20), Duration.ofMillis(100));
  static final HypercoresConfig CONFIG = HypercoresConfig.DEFAULT.withNetwork(NETWORK);

  final List<CloseReason> ended = new CopyOnWriteArrayList<>();
  final List<String> events = new CopyOnWriteArrayList<>();
  final List<ProofFailure> proofsFailed = new CopyOnWriteArrayList<>();
  volatile @Nullable Fixed32 refusedPeer;
  final CoreStore store;
  final KeyPair deviceKey;
  final Hypercores cores;

  TestPeer() {
    this(CONFIG, new InMemoryCoreStore());
  }

  TestPeer(HypercoresConfig config, CoreStore store) {
    Entropy entropy = new SecureRandom()::nextBytes;
    this.store = store;
    this.deviceKey = KeyPair.generate(entropy);
    this.cores = Hypercores.start(config, store, new byte[32], deviceKey, entropy, this);
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  static Slice text(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  static Slice bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (seed * 7 + i * 31L);
    }
    return Slice.of(bytes);
  }

  Peering dial(TestPeer other) {
    return cores.dial(other.cores.listen(anyPort()).join(), other.deviceKey.publicKey());
  }

  @Override
  public void peerDisconnected(PeerInfo peer, CloseReason reason, String detail) {
    ended.add(reason);
  }

  @Override
  public void coreAppended(Fixed32 key, long fork, long from, long to, boolean isLocal) {
    events.add("appended " + from + "-" + to + (isLocal ? " local" : ""));
  }

  @Override
  public void coreTruncated(Fixed32 key, long fork, long length, long oldLength) {
    events.add("truncated " + oldLength + " to " + length + " fork " + fork);
  }

  @Override
  public void proofFailed(Fixed32 key, Fixed32 peer, ProofFailure failure) {
    proofsFailed.add(failure);
  }

  @Override
  public boolean isServed(Fixed32 discoveryKey, Fixed32 peer) {
    return !peer.equals(refusedPeer);
  }

  @Override
  public void close() {
    cores.close();
  }
}
