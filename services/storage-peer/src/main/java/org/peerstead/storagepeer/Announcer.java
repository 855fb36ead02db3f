package org.peerstead.storagepeer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.peerstead.events.Bytes;
import org.peerstead.events.CoreAppended;
import org.peerstead.events.CoreKey;
import org.peerstead.events.CoreTruncated;
import org.peerstead.events.Topics;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Tells the bus which blocks came to be readable without a gap, after they are on disk. What
 * happens to a log between two looks is told in one event.
 *
 * <p>The engine's thread tells it, an executor does the work. Thread-safe.
 */
final class Announcer {
  private static final Logger LOG = Logger.getLogger(Announcer.class);

  /** Logs remembered at a time; beyond that events are dropped, which consumers must bear. */
  private static final int MAX_PENDING = 16_384;

  /** What happened to a log since the last look. */
  private static final class News {
    final long from;
    long truncatedTo = -1;
    long fork;

    News(long from) {
      this.from = from;
    }
  }

  private final CoreStore store;
  private final PeerOutbox outbox;
  private final Executor executor;
  private final StoragePeerMetrics metrics;
  private final Map<Fixed32, News> pending = new LinkedHashMap<>();
  private boolean isScheduled;

  /**
   * @param executor runs the work, one task at a time
   */
  Announcer(CoreStore store, PeerOutbox outbox, Executor executor, StoragePeerMetrics metrics) {
    this.store = store;
    this.outbox = outbox;
    this.executor = executor;
    this.metrics = metrics;
  }

  /**
   * Blocks came.
   *
   * @param from first of them
   */
  void grown(Fixed32 key, long from) {
    synchronized (pending) {
      News news = pending.get(key);
      if (news == null) {
        if (pending.size() == MAX_PENDING) {
          metrics.eventDropped();
          return;
        }
        pending.put(key, new News(from));
      } else if (from < news.from) {
        var wider = new News(from);
        wider.truncatedTo = news.truncatedTo;
        wider.fork = news.fork;
        pending.put(key, wider);
      }
      schedule();
    }
  }

  /** The log was cut. */
  void truncated(Fixed32 key, long fork, long length) {
    synchronized (pending) {
      var news = new News(Long.MAX_VALUE);
      news.truncatedTo = length;
      news.fork = fork;
      pending.put(key, news);
      schedule();
    }
  }

  private void schedule() {
    if (!isScheduled) {
      isScheduled = true;
      executor.execute(this::tell);
    }
  }

  private void tell() {
    Map<Fixed32, News> news;
    synchronized (pending) {
      news = new LinkedHashMap<>(pending);
      pending.clear();
      isScheduled = false;
    }
    try {
      store.sync().join();
    } catch (CompletionException e) {
      // What is not on disk is not told; the sweep of the consumers finds it when it is.
      LOG.warnf("Blocks could not be put on disk: %s", e.getMessage());
      return;
    }
    news.forEach((key, what) -> {
      try {
        tell(key, what);
      } catch (StorageException e) {
        LOG.warnf("News of core %s could not be told: %s", key, e.getMessage());
      }
    });
  }

  private void tell(Fixed32 key, News news) {
    var core = CoreKey.of(key.toBytes());
    if (news.truncatedTo >= 0) {
      outbox.send(new CoreTruncated(core, news.fork, news.truncatedTo));
    }
    CoreRecord record = store.find(Namespaces.discoveryKey(key));
    if (record == null || news.from == Long.MAX_VALUE) {
      return;
    }
    CoreStorage storage = store.storage(record);
    StoredHead head = storage.head();
    if (head == null) {
      return;
    }
    long from = news.from;
    long to = Math.min(head.length(), Math.max(from, storage.contiguousLength()));
    var blocks = new ArrayList<Bytes>();
    long bytes = 0;
    boolean isInline = to - from <= CoreAppended.MAX_BLOCKS;
    for (long index = from; isInline && index < head.length(); index++) {
      Slice block = storage.block(index);
      if (block == null) {
        break;
      }
      bytes += block.length();
      isInline = bytes <= Topics.MAX_INLINE_BYTES && blocks.size() < CoreAppended.MAX_BLOCKS;
      blocks.add(Bytes.wrap(block.toByteArray()));
      to = Math.max(to, index + 1);
    }
    if (to > from) {
      List<Bytes> inline = isInline && blocks.size() == to - from ? blocks : List.of();
      outbox.send(new CoreAppended(core, head.fork(), from, to, inline));
    }
  }
}
