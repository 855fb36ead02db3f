package org.peerstead.hypercore;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.CoreListener;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.replication.CoreReplication;
import org.peerstead.hypercore.store.CoreStorage;

/**
 * A core that is open, and who uses it: sessions here, or peers by their own wish. Owner's thread
 * only, but for {@link #storage}, whose reads are thread-safe.
 */
final class OpenCore implements CoreListener {
  private static final System.Logger LOG = System.getLogger(OpenCore.class.getName());

  private final CoreOwner owner;
  private final Core core;
  private final CoreStorage storage;
  private final CopyOnWriteArrayList<CoreObserver> observers = new CopyOnWriteArrayList<>();
  private @Nullable CoreReplication replication;
  private int sessions;
  private int replicatedSessions;
  private boolean isServed;
  private boolean isPublishing;

  OpenCore(CoreOwner owner, Core core, CoreStorage storage) {
    this.owner = owner;
    this.core = core;
    this.storage = storage;
    core.listen(this);
  }

  Core core() {
    return core;
  }

  CoreStorage storage() {
    return storage;
  }

  int sessions() {
    return sessions;
  }

  /** Whether nobody has a reason to keep it open. */
  boolean isIdle() {
    return sessions == 0 && !isServed && replication == null;
  }

  /** The replication that sessions asked for, or the one that peers did. */
  @Nullable CoreReplication replication() {
    return replication == null ? owner.replicator().find(core.discoveryKey()) : replication;
  }

  void observe(CoreObserver observer) {
    observers.add(observer);
  }

  void forget(CoreObserver observer) {
    observers.remove(observer);
  }

  void addSession(boolean isReplicated) {
    sessions++;
    if (isReplicated && replicatedSessions++ == 0) {
      replicate();
    }
  }

  void removeSession(boolean isReplicated) {
    sessions--;
    CoreReplication known = replication;
    if (isReplicated && --replicatedSessions == 0 && known != null) {
      known.setDownloading(false, System.nanoTime());
      stopWithoutPeers();
    }
  }

  /** Ends the replication that nobody here wants and no peer uses. */
  void stopWithoutPeers() {
    CoreReplication known = replication;
    if (known != null && replicatedSessions == 0 && known.peerCount() == 0) {
      replication = null;
      owner.replicator().stop(known, System.nanoTime());
    }
  }

  /** Ends the replication whoever uses it. */
  void stop() {
    CoreReplication known = replication();
    replication = null;
    if (known != null) {
      owner.replicator().stop(known, System.nanoTime());
    }
  }

  /** A peer asked for the core, or does no more. */
  void setServed(boolean served) {
    isServed = served;
  }

  void publish(TreeHead durable) {
    isPublishing = true;
    try {
      core.publish(durable);
    } finally {
      isPublishing = false;
    }
  }

  private void replicate() {
    CoreReplication known = replication;
    if (known == null) {
      replication = owner.replicator().replicate(core, System.nanoTime());
    } else {
      known.setDownloading(true, System.nanoTime());
    }
  }

  // ---------------------------------------------------------------------------------------------

  @Override
  public void appended(Core changed, long from, long to) {
    guarded(() -> owner.listener().coreAppended(core.key(), core.fork(), from, to, isPublishing));
    tell(observer -> observer.appended(from, to));
  }

  @Override
  public void truncated(Core changed, long length, long oldLength) {
    guarded(() -> owner.listener().coreTruncated(core.key(), core.fork(), length, oldLength));
    tell(observer -> observer.truncated(core.fork(), length, oldLength));
  }

  @Override
  public void blockStored(Core changed, long index, int sizeBytes) {
    tell(observer -> observer.blockStored(index, sizeBytes));
  }

  @Override
  public void blocksCleared(Core changed, long from, long to) {
    guarded(() -> owner.listener().blocksCleared(core.key(), from, to));
    tell(observer -> observer.blocksCleared(from, to));
  }

  @Override
  public void frozen(Core changed) {
    tell(CoreObserver::frozen);
  }

  private void tell(Consumer<CoreObserver> event) {
    for (CoreObserver observer : observers) {
      guarded(() -> event.accept(observer));
    }
  }

  /** A fault of an application is not to keep the core, its peers or others from going on. */
  private static void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a listener or observer failed", e);
    }
  }
}
