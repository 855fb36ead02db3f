package org.peerstead.hypercore.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.Corestore;
import org.peerstead.hypercore.core.NotWritableException;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** A store in memory, its cores, and a replicator. */
final class SimulatedNode implements ReplicationListener, CoreFinder {
  final SimulatedNetwork network;
  final String name;
  final InMemoryCoreStore store = new InMemoryCoreStore();
  final Corestore cores;
  final Replicator replicator;
  final Fixed32 key;
  final List<String> log = new ArrayList<>();
  final Map<Fixed32, Integer> found = new HashMap<>();
  boolean isFinding;
  @Nullable Proof evidence;

  SimulatedNode(SimulatedNetwork network, String name, ReplicationConfig config) {
    this.network = network;
    this.name = name;
    byte[] secret = new byte[32];
    network.random.nextBytes(secret);
    cores = new Corestore(store, secret);
    byte[] own = new byte[32];
    network.random.nextBytes(own);
    key = Fixed32.of(own);
    replicator = new Replicator(config, this, this, new Random(network.random.nextLong()));
  }

  /** A core of this node, replicating. */
  CoreReplication create(String alias) {
    return replicate(cores.open(new CoreAlias(Corestore.ROOT_NAMESPACE, alias)));
  }

  /** A core of somebody, replicating. */
  CoreReplication follow(Fixed32 coreKey) {
    return replicate(cores.open(coreKey));
  }

  CoreReplication replicate(Core core) {
    return replicator.replicate(core, network.nowNanos);
  }

  /** Adds blocks that peers see at once. */
  static void append(Core core, int count, int size) {
    List<Slice> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      blocks.add(block(core.tip().fork(), core.tip().length() + i, size));
    }
    try {
      core.publish(core.append(blocks));
    } catch (NotWritableException e) {
      throw new AssertionError(e);
    }
  }

  static Slice block(long fork, long index, int size) {
    byte[] bytes = new byte[size];
    new Random(fork * 1_000_003 + index).nextBytes(bytes);
    return Slice.of(bytes);
  }

  static void truncate(Core core, long length) {
    try {
      core.publish(core.truncate(length));
    } catch (NotWritableException e) {
      throw new AssertionError(e);
    }
  }

  /** Blocks that are stored, as a string of ones and zeros. */
  static String bits(Core core) {
    StringBuilder bits = new StringBuilder();
    for (long i = 0; i < core.length(); i++) {
      bits.append(core.has(i) ? '1' : '0');
    }
    return bits.toString();
  }

  @Override
  public @Nullable Core find(Fixed32 discoveryKey, PeerConnection connection) {
    Core core = isFinding ? cores.openStored(discoveryKey) : null;
    if (core != null) {
      found.merge(discoveryKey, 1, Integer::sum);
    }
    return core;
  }

  @Override
  public void release(Core core) {
    found.merge(core.discoveryKey(), -1, Integer::sum);
    cores.close(core);
  }

  @Override
  public void rejected(PeerConnection connection, DisconnectReason reason, String detail) {
    log.add("rejected " + reason + " " + detail);
  }

  @Override
  public void proofFailed(Core core, PeerConnection peer, ProofFailure failure, String detail) {
    log.add("failed " + failure + " " + detail);
  }

  @Override
  public void conflict(Core core, PeerConnection peer, Proof proof) {
    evidence = proof;
    log.add("conflict");
  }

  @Override
  public String toString() {
    return name;
  }
}
