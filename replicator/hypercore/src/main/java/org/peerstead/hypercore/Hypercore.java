package org.peerstead.hypercore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreException.Reason;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.HeadSignature;
import org.peerstead.hypercore.core.NotWritableException;
import org.peerstead.hypercore.encryption.BlockEncryption;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.manifest.HeadVerifier;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.ByteSeek;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.net.Connection;
import org.peerstead.hypercore.replication.CoreExtension;
import org.peerstead.hypercore.replication.CoreReplication;
import org.peerstead.hypercore.replication.GetListener;
import org.peerstead.hypercore.replication.PeerConnection;
import org.peerstead.hypercore.replication.SeekListener;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A session of one core: several may be open, each with its own encryption key and its own end.
 *
 * <p>Thread-safe; see {@link Hypercores} about futures. With {@link #close} whatever the session
 * waits for fails with {@code CLOSED}; the core stays open for others.
 */
public final class Hypercore implements AutoCloseable {
  private static final int PRIORITY = 1;

  private final Hypercores cores;
  private final CoreOwner owner;
  private final OpenCore open;
  private final OpenOptions options;
  private final @Nullable BlockEncryption encryption;
  private final AtomicBoolean isClosed = new AtomicBoolean();

  /** What it waits for. Owner's thread. */
  private final Set<Waiting<?>> waiting = new LinkedHashSet<>();

  /** What is to be ended with it. Owner's thread. */
  private final Set<Runnable> endings = new LinkedHashSet<>();

  /** On the owner's thread, with the session counted. */
  Hypercore(Hypercores cores, OpenCore open, OpenOptions options) {
    this.cores = cores;
    this.owner = cores.owner();
    this.open = open;
    this.options = options;
    this.encryption =
        options
            .encryption()
            .map(key -> key.forCore(open.core().key(), open.core().isCompat()))
            .orElse(null);
    owner.addSession(this);
  }

  /** The core's public key. */
  public Fixed32 key() {
    return open.core().key();
  }

  /** Hash of the key, by which peers ask for the core. */
  public Fixed32 discoveryKey() {
    return open.core().discoveryKey();
  }

  /** Whether this session has an encryption key. */
  public boolean isEncrypted() {
    return encryption != null;
  }

  /** Where the core stands. */
  public CompletableFuture<CoreInfo> info() {
    return call(future -> {
      Core core = open.core();
      TreeHead head = core.head();
      CoreReplication replication = open.replication();
      future.complete(
          new CoreInfo(
              core.key(),
              core.discoveryKey(),
              core.manifest(),
              head.fork(),
              head.length(),
              head.byteLength() - padding() * head.length(),
              head.treeHash(),
              core.contiguousLength(),
              core.bitfield().count(0, head.length()),
              core.storedBytes(),
              core.isWritable(),
              core.isFrozen(),
              replication == null ? 0 : replication.peerCount(),
              replication == null ? 0 : replication.lagBlocks()));
    });
  }

  /** Peers that have the core open. */
  public CompletableFuture<List<PeerInfo>> peers() {
    return call(future -> {
      List<PeerInfo> peers = new ArrayList<>();
      CoreReplication replication = open.replication();
      if (replication != null) {
        for (PeerConnection peer : replication.connections()) {
          Connection connection = owner.connection(peer);
          if (connection != null) {
            peers.add(PeerInfo.of(connection));
          }
        }
      }
      future.complete(List.copyOf(peers));
    });
  }

  // ---------------------------------------------------------------------------------------------
  // Changes

  /** Adds one block. */
  public CompletableFuture<AppendResult> append(Slice block) {
    return append(List.of(block));
  }

  /**
   * Adds blocks, all or none.
   *
   * @param blocks plain; must not change until the future is complete
   * @return completes when they are on disk
   */
  public CompletableFuture<AppendResult> append(List<Slice> blocks) {
    return call(future -> append(blocks, null, future));
  }

  /**
   * Adds blocks, all or none, signed by somebody: the way of cores that need several signers.
   *
   * @param blocks plain; must not change until the future is complete
   * @param signature is asked once, on the owner's thread, for the head with the blocks
   * @return completes when they are on disk; fails with {@code NOT_WRITABLE} when the signature is
   *     not one of the core's signers
   */
  public CompletableFuture<AppendResult> append(List<Slice> blocks, HeadSignature signature) {
    return call(future -> append(blocks, signature, future));
  }

  private void append(
      List<Slice> blocks,
      @Nullable HeadSignature signature,
      CompletableFuture<AppendResult> future) {
    requireDurability();
    Core core = open.core();
    TreeHead before = core.tip();
    List<Slice> stored = encrypted(blocks, before);
    try {
      TreeHead tip =
          signature == null ? core.append(stored) : core.append(stored, checked(signature));
      changed(tip, before.length(), future);
      cores.counters().changed(blocks.size(), tip.byteLength() - before.byteLength());
    } catch (NotWritableException e) {
      throw refused(e);
    }
  }

  /** What peers would refuse is not to be stored. */
  private HeadSignature checked(HeadSignature signature) {
    Manifest manifest = open.core().manifest();
    if (manifest == null) {
      throw new CoreException(Reason.NOT_WRITABLE, "the manifest is not known");
    }
    return head -> {
      Slice signed = signature.sign(head);
      try {
        new HeadVerifier(manifest, key()).verify(head, signed);
      } catch (HeadException e) {
        throw new CoreException(Reason.NOT_WRITABLE, String.valueOf(e.getMessage()), e);
      }
      return signed;
    };
  }

  /**
   * Gives up all blocks from {@code newLength} on: a new fork.
   *
   * @return completes when it is on disk
   */
  public CompletableFuture<AppendResult> truncate(long newLength) {
    return call(future -> truncate(newLength, future));
  }

  private void truncate(long newLength, CompletableFuture<AppendResult> future) {
    if (isClosed.get()) {
      throw closed();
    }
    requireDurability();
    Core core = open.core();
    if (core.tip() != core.head()) {
      owner.commits().afterNext(() -> Hypercores.run(again -> truncate(newLength, again), future));
      return;
    }
    try {
      TreeHead tip = core.truncate(newLength);
      changed(tip, newLength, future);
      cores.counters().changed(0, 0);
    } catch (NotWritableException e) {
      throw refused(e);
    }
  }

  private void changed(TreeHead tip, long from, CompletableFuture<AppendResult> future) {
    AppendResult result = new AppendResult(tip.fork(), from, tip.length(), tip.byteLength());
    owner.commits().changed(open, tip, result, future);
  }

  /**
   * Frees the space of the blocks with from <= index < to. They are proven as before and may be
   * fetched again.
   */
  public CompletableFuture<Void> clear(long from, long to) {
    return call(future -> {
      open.core().clear(from, to);
      owner.commits().whenDurable(future);
    });
  }

  /**
   * Blocks that are to be added together, if nothing else is added meanwhile.
   *
   * @return completes with an empty batch on top of what the core has now
   */
  public CompletableFuture<Batch> batch() {
    return call(future -> {
      TreeHead tip = open.core().tip();
      future.complete(new Batch(this, tip.fork(), tip.length()));
    });
  }

  CompletableFuture<AppendResult> append(Batch batch, List<Slice> blocks) {
    return call(future -> {
      TreeHead tip = open.core().tip();
      if (tip.fork() != batch.fork() || tip.length() != batch.from()) {
        throw new CoreException(
            Reason.CONFLICT,
            "begun at "
                + batch.from()
                + " of fork "
                + batch.fork()
                + ", the core is at "
                + tip.length()
                + " of fork "
                + tip.fork());
      }
      append(blocks, null, future);
    });
  }

  // ---------------------------------------------------------------------------------------------
  // Blocks

  /** A block, waited for as {@link GetOptions#DEFAULT} says. */
  public CompletableFuture<Slice> get(long index) {
    return get(index, GetOptions.DEFAULT);
  }

  /**
   * A block. One that is stored here is read on the calling thread, and the future is complete.
   *
   * @return fails with {@code NOT_AVAILABLE}, {@code TIMED_OUT}, {@code FROZEN} or {@code CLOSED}
   */
  public CompletableFuture<Slice> get(long index, GetOptions how) {
    if (index < 0) {
      return CompletableFuture.failedFuture(
          new CoreException(Reason.OUT_OF_RANGE, "block " + index));
    }
    if (isClosed.get()) {
      return CompletableFuture.failedFuture(closed());
    }
    CompletableFuture<Slice> stored = new CompletableFuture<>();
    Hypercores.run(
        future -> {
          // Reads of the store are thread-safe and see whole batches.
          Slice block = open.storage().block(index);
          if (block != null) {
            future.complete(decrypted(index, block, how));
          }
        },
        stored);
    if (stored.isDone()) {
      return stored;
    }
    return call(future -> ask(index, how, future));
  }

  private void ask(long index, GetOptions how, CompletableFuture<Slice> future) {
    Slice block = open.core().block(index);
    if (block != null) {
      future.complete(decrypted(index, block, how));
      return;
    }
    CoreReplication replication = open.replication();
    if (!how.isWaiting() || replication == null) {
      throw new CoreException(Reason.NOT_AVAILABLE, "block " + index + " is not stored");
    }
    Waiting<Slice> wait =
        new Waiting<>(owner, waiting, future, how.timeout().toNanos(), "block " + index);
    wait.setTicket(
        replication.get(
            index,
            PRIORITY,
            new GetListener() {
              @Override
              public void block(long found, Slice value) {
                // Values of peers are parts of messages, which nobody else is to hold on to.
                complete(wait, () -> decrypted(found, value.copy(), how));
              }

              @Override
              public void failed(long missing, Failure failure) {
                wait.fail(Hypercore.failed(failure, "block " + missing));
              }
            },
            System.nanoTime()));
  }

  /** Whether a block is stored here. */
  public CompletableFuture<Boolean> has(long index) {
    return call(future -> future.complete(open.core().has(index)));
  }

  /** How many of the blocks with from <= index < to are stored here. */
  public CompletableFuture<Long> count(long from, long to) {
    return call(future -> {
      long end = Math.min(to, open.core().length());
      future.complete(from >= end ? 0 : open.core().bitfield().count(Math.max(0, from), end));
    });
  }

  /**
   * Blocks in order, from {@code from} on.
   *
   * @param to behind the last block, or -1 for all present and future ones
   * @param each how blocks are waited for; of a live reader the wait for the next block has no end
   */
  public BlockReader read(long from, long to, GetOptions each) {
    return new BlockReader(this, from, to, each);
  }

  /** The core as it is now: later appends do not show. */
  public CompletableFuture<Snapshot> snapshot() {
    return call(future -> future.complete(new Snapshot(this, open.core().head())));
  }

  /** The block at a byte offset, waited for as {@link GetOptions#DEFAULT} says. */
  public CompletableFuture<SeekResult> seek(long byteOffset) {
    return seek(byteOffset, GetOptions.DEFAULT);
  }

  /**
   * The block at a byte offset; of plain bytes when the session has an encryption key.
   *
   * @return fails with {@code OUT_OF_RANGE} behind the end, and as {@link #get} does
   */
  public CompletableFuture<SeekResult> seek(long byteOffset, GetOptions how) {
    return call(future -> {
      Core core = open.core();
      switch (byteOffset < 0
          ? new ByteSeek.Result.Beyond()
          : ByteSeek.find(core.tip(), core.nodes(), byteOffset, padding())) {
        case ByteSeek.Result.Found(long block, long offset) ->
            future.complete(new SeekResult(block, offset));
        case ByteSeek.Result.Beyond() ->
            throw new CoreException(Reason.OUT_OF_RANGE, "byte " + byteOffset);
        case ByteSeek.Result.Below below -> seekRemotely(byteOffset, how, future);
      }
    });
  }

  private void seekRemotely(long byteOffset, GetOptions how, CompletableFuture<SeekResult> future) {
    CoreReplication replication = open.replication();
    if (!how.isWaiting() || replication == null) {
      throw new CoreException(Reason.NOT_AVAILABLE, "tree nodes of byte " + byteOffset);
    }
    Waiting<SeekResult> wait =
        new Waiting<>(owner, waiting, future, how.timeout().toNanos(), "byte " + byteOffset);
    wait.setTicket(
        replication.seek(
            byteOffset,
            (int) padding(),
            new SeekListener() {
              @Override
              public void found(long index, long offset) {
                wait.complete(new SeekResult(index, offset));
              }

              @Override
              public void failed(GetListener.Failure failure) {
                wait.fail(Hypercore.failed(failure, "byte " + byteOffset));
              }
            },
            System.nanoTime()));
  }

  // ---------------------------------------------------------------------------------------------
  // Replication

  /**
   * Fetches the blocks with from <= index < to from peers and keeps them.
   *
   * @param to behind the last block, or -1 for all present and future ones
   */
  public Download download(long from, long to, DownloadOrder order) {
    Download download = new Download(this);
    CompletableFuture<Void> started =
        call(future -> {
          CoreReplication replication = open.replication();
          if (replication == null) {
            throw new CoreException(Reason.NOT_AVAILABLE, "the session is not replicated");
          }
          download.begin(replication, from, to, order, future);
        });
    started.whenComplete((done, problem) -> {
      if (problem != null) {
        download.fail(problem);
      }
    });
    return download;
  }

  /**
   * Waits until no connected peer has more than we do.
   *
   * @param timeout zero = none
   * @return whether the core grew or became another fork
   */
  public CompletableFuture<Boolean> update(Duration timeout) {
    return call(future -> {
      CoreReplication replication = open.replication();
      if (replication == null) {
        future.complete(false);
        return;
      }
      Waiting<Boolean> wait = new Waiting<>(owner, waiting, future, timeout.toNanos(), "an update");
      wait.setTicket(replication.update(wait::complete, System.nanoTime()));
    });
  }

  /**
   * Messages of an application between the peers of this core.
   *
   * @param listener called on the owner's thread; only there may the extension be used
   * @return fails with {@code IN_USE} when the name is taken
   */
  public CompletableFuture<CoreExtension> extension(String name, CoreExtension.Listener listener) {
    return call(future -> {
      CoreReplication replication = open.replication();
      if (replication == null) {
        throw new CoreException(Reason.NOT_AVAILABLE, "the session is not replicated");
      }
      try {
        CoreExtension extension = replication.extension(name, listener);
        endings.add(extension::close);
        future.complete(extension);
      } catch (IllegalStateException e) {
        throw new CoreException(Reason.IN_USE, String.valueOf(e.getMessage()), e);
      }
    });
  }

  /** Is told what happens to the core from now on, until what is returned is closed. */
  public Observation observe(CoreObserver observer) {
    Runnable end = () -> open.forget(observer);
    Observation observation =
        () ->
            owner
                .mailbox()
                .execute(() -> {
                  end.run();
                  endings.remove(end);
                });
    owner
        .mailbox()
        .execute(() -> {
          if (!isClosed.get()) {
            endings.add(end);
            open.observe(observer);
          }
        });
    return observation;
  }

  // ---------------------------------------------------------------------------------------------
  // Small values

  /** A small value kept with the core. */
  public CompletableFuture<Optional<Slice>> userData(String name) {
    return call(future -> future.complete(Optional.ofNullable(open.core().userData(name))));
  }

  /** Keeps a small value with the core; an empty one removes it. Completes when it is on disk. */
  public CompletableFuture<Void> putUserData(String name, Slice value) {
    return call(future -> {
      open.core().putUserData(name, value);
      owner.commits().whenDurable(future);
    });
  }

  // ---------------------------------------------------------------------------------------------

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return isClosed.get();
  }

  /** Ends the session; whatever it waits for fails. */
  @Override
  public void close() {
    if (!isClosed.getAndSet(true)) {
      cores.counters().sessions(-1);
      owner.mailbox().execute(this::end);
    }
  }

  /** As {@link #close}, on the owner's thread. */
  void closeNow() {
    if (!isClosed.getAndSet(true)) {
      cores.counters().sessions(-1);
      end();
    }
  }

  private void end() {
    for (Waiting<?> wait : List.copyOf(waiting)) {
      wait.fail(closed());
    }
    List.copyOf(endings).forEach(Runnable::run);
    endings.clear();
    owner.removeSession(this);
    open.removeSession(options.isReplicated());
    owner.unused(open);
  }

  /** What is to be ended with the session. Owner's thread. */
  Set<Runnable> endings() {
    return endings;
  }

  /** Runs a task on the owner's thread, also when the session is closed. */
  void execute(Runnable task) {
    owner.mailbox().execute(task);
  }

  <T> CompletableFuture<T> call(Consumer<CompletableFuture<T>> body) {
    if (isClosed.get()) {
      return CompletableFuture.failedFuture(closed());
    }
    return cores.call(future -> {
      // The session may have ended after the call was made.
      if (isClosed.get()) {
        throw closed();
      }
      body.accept(future);
    });
  }

  private static CoreException closed() {
    return new CoreException(Reason.CLOSED, "the session is closed");
  }

  private long padding() {
    return encryption == null ? 0 : BlockEncryption.PADDING_BYTES;
  }

  private List<Slice> encrypted(List<Slice> plain, TreeHead before) {
    if (encryption == null) {
      return plain;
    }
    List<Slice> stored = new ArrayList<>(plain.size());
    long index = before.length();
    for (Slice block : plain) {
      stored.add(encryption.encrypt(index++, before.fork(), block));
    }
    return stored;
  }

  private Slice decrypted(long index, Slice stored, GetOptions how) {
    if (encryption == null || !how.isDecrypting()) {
      return stored;
    }
    if (stored.length() < BlockEncryption.PADDING_BYTES) {
      throw new CoreException(Reason.NOT_AVAILABLE, "block " + index + " is not encrypted");
    }
    return encryption.decrypt(index, stored);
  }

  private static <T> void complete(Waiting<T> wait, java.util.function.Supplier<T> value) {
    try {
      wait.complete(value.get());
    } catch (CoreException e) {
      wait.fail(e);
    }
  }

  private void requireDurability() {
    CoreException failure = owner.commits().failure();
    if (failure != null) {
      throw failure;
    }
  }

  static CoreException failed(GetListener.Failure failure, String what) {
    return switch (failure) {
      case STOPPED -> new CoreException(Reason.CLOSED, what + " will not come: no replication");
      case FROZEN -> new CoreException(Reason.FROZEN, what + " will not come: the core is frozen");
    };
  }

  private static CoreException refused(NotWritableException e) {
    Reason reason =
        switch (e.reason()) {
          case NO_KEY, NEEDS_OTHER_SIGNERS -> Reason.NOT_WRITABLE;
          case FROZEN -> Reason.FROZEN;
          case BLOCK_TOO_LARGE -> Reason.TOO_LARGE;
          case OUT_OF_RANGE -> Reason.OUT_OF_RANGE;
          case CHANGES_PENDING -> Reason.CONFLICT;
        };
    return new CoreException(reason, String.valueOf(e.getMessage()), e);
  }
}
