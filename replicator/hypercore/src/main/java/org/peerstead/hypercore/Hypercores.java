package org.peerstead.hypercore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreException.Reason;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.Corestore;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.net.CloseReason;
import org.peerstead.hypercore.net.Connection;
import org.peerstead.hypercore.net.PeerNetwork;
import org.peerstead.hypercore.net.Peering;
import org.peerstead.hypercore.replication.PeerConnection;
import org.peerstead.hypercore.replication.ProtocolChannel;
import org.peerstead.hypercore.replication.ProtocolHandler;
import org.peerstead.hypercore.replication.ProtocolListener;
import org.peerstead.hypercore.replication.ReplicationStats;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * All cores of one node and its connections to peers: the entry of this library.
 *
 * <p>Thread-safe and without waiting: calls are handed to one owner's thread and answered by
 * futures, which complete on that thread (those of long work on another). What depends on a future
 * must therefore return soon, or be run elsewhere with the {@code Async} methods; waiting for
 * another future of this class there would never end. Futures fail with {@link CoreException}.
 *
 * <p>The store is not owned: it is to be closed after this.
 */
public final class Hypercores implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Hypercores.class.getName());
  private static final int BACKGROUND_THREADS = 2;

  private final HypercoresConfig config;
  private final CoreStore store;
  private final CoreOwner owner;
  private final PeerNetwork network;
  private final KeyPair deviceKey;
  private final CallCounters counters = new CallCounters();
  private final AtomicBoolean isClosed = new AtomicBoolean();
  private final ExecutorService background =
      Executors.newFixedThreadPool(
          BACKGROUND_THREADS,
          Thread.ofPlatform().name("peerstead-cores-slow-", 0).daemon().factory());

  private Hypercores(
      HypercoresConfig config,
      CoreStore store,
      byte[] primaryKey,
      KeyPair deviceKey,
      Entropy entropy,
      HypercoresListener listener) {
    this.config = config;
    this.store = store;
    this.deviceKey = deviceKey;
    // Spreads requests over peers; nothing secret depends on it.
    long seed = ByteBuffer.wrap(entropy.next(Long.BYTES)).getLong();
    this.owner = new CoreOwner(config, store, primaryKey, listener, new SplittableRandom(seed));
    this.network = new PeerNetwork(config.network(), deviceKey, entropy, owner.mailbox(), owner);
  }

  /**
   * Begins to work on a store.
   *
   * @param primaryKey 32 secret bytes, from which the key pairs of named cores are derived; copied
   * @param deviceKey proves to peers who we are
   * @param entropy thread-safe
   */
  public static Hypercores start(
      HypercoresConfig config,
      CoreStore store,
      byte[] primaryKey,
      KeyPair deviceKey,
      Entropy entropy,
      HypercoresListener listener) {
    Hypercores started = new Hypercores(config, store, primaryKey, deviceKey, entropy, listener);
    started.owner.mailbox().start();
    return started;
  }

  /** The key that proves to peers who we are. */
  public Fixed32 devicePublicKey() {
    return deviceKey.publicKey();
  }

  // ---------------------------------------------------------------------------------------------
  // Sessions

  /** Opens our core with this name, in the namespace of no name; makes it at the first time. */
  public CompletableFuture<Hypercore> create(String name) {
    return create(new CoreAlias(Corestore.ROOT_NAMESPACE, name), OpenOptions.DEFAULT);
  }

  /** Opens our core with this name; makes it at the first time. */
  public CompletableFuture<Hypercore> create(CoreAlias alias, OpenOptions options) {
    return session(options, () -> owner.corestore().open(alias));
  }

  /**
   * Opens a core with a manifest of its own; makes it at the first time.
   *
   * @param signer the key pair of one of its signers, or null; it is not kept in the store
   */
  public CompletableFuture<Hypercore> createWithManifest(
      Manifest manifest, @Nullable KeyPair signer, OpenOptions options) {
    return session(options, () -> owner.corestore().open(manifest, signer));
  }

  /** Opens any core; one that is not known begins empty. */
  public CompletableFuture<Hypercore> open(Fixed32 key) {
    return open(key, OpenOptions.DEFAULT);
  }

  /** Opens any core; one that is not known begins empty. */
  public CompletableFuture<Hypercore> open(Fixed32 key, OpenOptions options) {
    return session(options, () -> owner.corestore().open(key));
  }

  /**
   * Opens a core with the key pair of one of its signers, for example a compat core made elsewhere.
   *
   * @param signer is not kept in the store
   */
  public CompletableFuture<Hypercore> openWith(Fixed32 key, KeyPair signer, OpenOptions options) {
    return session(options, () -> owner.corestore().openWith(key, signer));
  }

  /** Opens a core that the store has; fails with {@code UNKNOWN_CORE} otherwise. */
  public CompletableFuture<Hypercore> openStored(Fixed32 key, OpenOptions options) {
    return session(
        options,
        () -> {
          Core core = owner.corestore().openStored(Namespaces.discoveryKey(key));
          if (core == null) {
            throw new CoreException(Reason.UNKNOWN_CORE, "no core " + key + " in the store");
          }
          return core;
        });
  }

  private CompletableFuture<Hypercore> session(OpenOptions options, Supplier<Core> opener) {
    return call(future -> {
      OpenCore core = owner.use(opener.get());
      counters.sessions(1);
      core.addSession(options.isReplicated());
      future.complete(new Hypercore(this, core, options));
    });
  }

  // ---------------------------------------------------------------------------------------------
  // The store

  /**
   * A part of the list of all cores in the store, in the order of their discovery keys.
   *
   * @param after what the page before said comes next, or null for the first
   * @param limit 1 to 10,000
   */
  public CompletableFuture<CorePage> list(@Nullable Fixed32 after, int limit) {
    if (limit < 1 || limit > 10_000) {
      throw new IllegalArgumentException("a page of " + limit + " cores");
    }
    return inBackground(() -> {
      List<CoreRecord> found = new ArrayList<>();
      store.visit(
          after,
          core -> {
            found.add(core);
            return found.size() <= limit;
          });
      List<StoredCore> page = new ArrayList<>();
      for (CoreRecord core : found.subList(0, Math.min(limit, found.size()))) {
        StoredHead head = store.storage(core).head();
        page.add(
            new StoredCore(
                core.key(),
                core.discoveryKey(),
                core.alias(),
                head == null ? 0 : head.fork(),
                head == null ? 0 : head.length(),
                head == null ? 0 : head.byteLength()));
      }
      return new CorePage(page, found.size() > limit ? page.getLast().discoveryKey() : null);
    });
  }

  /** Cores in the store. */
  public long coreCount() {
    return store.coreCount();
  }

  /**
   * Forgets a core and everything in it. Peers that have it open lose it.
   *
   * @return false when it was not there; fails with {@code IN_USE} while sessions are open
   */
  public CompletableFuture<Boolean> delete(Fixed32 key) {
    Fixed32 discoveryKey = Namespaces.discoveryKey(key);
    return call(future -> {
      OpenCore known = owner.find(discoveryKey);
      if (known != null) {
        if (known.sessions() > 0) {
          throw new CoreException(
              Reason.IN_USE, key + " has " + known.sessions() + " open sessions");
        }
        known.stop();
        known.setServed(false);
        owner.closeIdle(known);
      }
      CoreRecord record = store.find(discoveryKey);
      if (record == null) {
        future.complete(false);
        return;
      }
      store.delete(record);
      owner.commits().whenDurable(true, future);
    });
  }

  /**
   * Reads all of a core again: hashes every stored block, compares every tree node with what is
   * below it and checks the signature. Runs beside the owner's thread, which goes on meanwhile; at
   * most two at a time. Fails with {@code UNKNOWN_CORE} when the store does not have the core.
   */
  public CompletableFuture<Verification> verify(Fixed32 key) {
    return inBackground(() -> {
      CoreRecord record = store.find(Namespaces.discoveryKey(key));
      if (record == null) {
        throw new CoreException(Reason.UNKNOWN_CORE, "no core " + key + " in the store");
      }
      return new CoreVerifier(record, store.storage(record)).verify();
    });
  }

  /**
   * A consistent copy of the store in a new directory, while it is in use.
   *
   * @param directory must not exist yet
   */
  public CompletableFuture<Void> checkpoint(Path directory) {
    return inBackground(() -> {
      try {
        store.checkpoint(directory);
        return null;
      } catch (IOException e) {
        throw new CoreException(Reason.STORAGE, "no checkpoint in " + directory, e);
      }
    });
  }

  /** Completes when everything that was taken from peers or changed here before is on disk. */
  public CompletableFuture<Void> sync() {
    return call(future -> owner.commits().whenDurable(future));
  }

  // ---------------------------------------------------------------------------------------------
  // Peers

  /**
   * Accepts connections; may be called for several addresses.
   *
   * @param address port 0 for any that is free
   * @return completes with the address that was bound
   */
  public CompletableFuture<InetSocketAddress> listen(InetSocketAddress address) {
    return network.listen(address);
  }

  /** Connects to a peer, again and again, until the peering is closed. */
  public Peering dial(InetSocketAddress address) {
    return network.dial(address, null);
  }

  /**
   * Connects to a peer, again and again, until the peering is closed.
   *
   * @param expectedKey the only peer that is wanted there, or null for any
   */
  public Peering dial(InetSocketAddress address, @Nullable Fixed32 expectedKey) {
    return network.dial(address, expectedKey);
  }

  /** The connected peers. */
  public List<PeerInfo> peers() {
    return network.connections().stream().map(PeerInfo::of).toList();
  }

  /** Ends a connection; false when there is none with this id. A peering dials again. */
  public boolean disconnect(long peerId) {
    Connection connection = network.connection(peerId);
    if (connection == null) {
      return false;
    }
    network.close(connection, CloseReason.CLOSED_LOCALLY, "disconnect");
    return true;
  }

  /**
   * Answers channels of another protocol that peers open on their connections, beside those of the
   * cores.
   *
   * @param handler called on the owner's thread
   */
  public CompletableFuture<Void> registerProtocol(String protocol, ProtocolHandler handler) {
    return call(future -> {
      owner.replicator().register(protocol, handler);
      future.complete(null);
    });
  }

  /**
   * Opens a channel of another protocol to a connected peer.
   *
   * @param peerId of {@link PeerInfo#id}
   * @param id of the channel; empty when there is only one
   * @param listener called on the owner's thread; only there may the channel be used, see {@link
   *     #execute}
   * @return fails with {@code NOT_AVAILABLE} when the peer is gone or has the channel open already
   */
  public CompletableFuture<ProtocolChannel> openProtocol(
      long peerId, String protocol, Slice id, Slice handshake, ProtocolListener listener) {
    return call(future -> {
      Connection connection = network.connection(peerId);
      PeerConnection attached = connection == null ? null : owner.attached(connection);
      ProtocolChannel channel =
          attached == null ? null : attached.open(protocol, id, handshake, listener);
      if (channel == null) {
        throw new CoreException(
            Reason.NOT_AVAILABLE, "no channel " + protocol + " to peer " + peerId);
      }
      future.complete(channel);
    });
  }

  /** Runs a task on the owner's thread; false when too much waits there or this is closed. */
  public boolean execute(Runnable task) {
    return owner.mailbox().offer(task);
  }

  // ---------------------------------------------------------------------------------------------

  /** Numbers since the start. */
  public HypercoresStats stats() {
    return counters.stats(
        network.stats(),
        owner.openCores(),
        owner.idleCores(),
        owner.mailbox().depth(),
        owner.commits().syncs());
  }

  /** Counters of replication, which the owner's thread goes on writing. */
  public ReplicationStats replicationStats() {
    return owner.replicator().stats();
  }

  /**
   * Ends: accepts no calls, brings what was changed to disk, closes the connections and fails what
   * still waits with {@code CLOSED}. Waits for all of it, but not longer than the configured time
   * for each step. Not to be called on the owner's thread.
   */
  @Override
  public void close() {
    if (isClosed.getAndSet(true)) {
      return;
    }
    CompletableFuture<Void> durable = new CompletableFuture<>();
    owner.mailbox().execute(() -> owner.commits().whenDurable(durable));
    try {
      durable.get(config.closeTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(System.Logger.Level.ERROR, "closed with changes that did not reach the disk", e);
    }
    network.close();
    owner.mailbox().execute(owner::closeSessions);
    if (owner.mailbox().stop(config.closeTimeout())) {
      owner.commits().abandon(closed());
    } else {
      LOG.log(System.Logger.Level.WARNING, "the owner's thread still works on something");
    }
    // What has not begun finds it closed.
    background.shutdownNow().forEach(Runnable::run);
  }

  // ---------------------------------------------------------------------------------------------
  // For sessions

  CoreOwner owner() {
    return owner;
  }

  CallCounters counters() {
    return counters;
  }

  /**
   * Runs a call on the owner's thread.
   *
   * @param body completes the future, then or later; what it throws fails it
   */
  <T> CompletableFuture<T> call(Consumer<CompletableFuture<T>> body) {
    CompletableFuture<T> future = new CompletableFuture<>();
    if (isClosed.get()) {
      future.completeExceptionally(closed());
      return future;
    }
    if (!owner.mailbox().offer(() -> run(body, future))) {
      future.completeExceptionally(
          isClosed.get()
              ? closed()
              : new CoreException(
                  Reason.OVERLOADED, "more than " + config.maxWaitingCalls() + " calls wait"));
    }
    return future;
  }

  /** Runs the body of a call; on the owner's thread. */
  static <T> void run(Consumer<CompletableFuture<T>> body, CompletableFuture<T> future) {
    try {
      body.accept(future);
    } catch (CoreException e) {
      future.completeExceptionally(e);
    } catch (StorageException e) {
      future.completeExceptionally(
          new CoreException(Reason.STORAGE, String.valueOf(e.getMessage()), e));
    } catch (RuntimeException e) {
      // A bug: whoever called must not wait for ever.
      future.completeExceptionally(e);
      throw e;
    }
  }

  private static CoreException closed() {
    return new CoreException(Reason.CLOSED, "closed");
  }

  private <T> CompletableFuture<T> inBackground(Supplier<T> work) {
    CompletableFuture<T> future = new CompletableFuture<>();
    if (isClosed.get()) {
      future.completeExceptionally(closed());
      return future;
    }
    Runnable task =
        () -> {
          if (isClosed.get()) {
            future.completeExceptionally(closed());
          } else {
            run(done -> done.complete(work.get()), future);
          }
        };
    try {
      background.execute(task);
    } catch (RejectedExecutionException e) {
      future.completeExceptionally(closed());
    }
    return future;
  }
}
