package org.peerstead.crdt.op;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;

/**
 * Changes that wait for their dependencies. Each waits at the hashes it lacks, so that a change
 * costs its own number of dependencies however many others wait.
 */
public final class PendingChanges {
  /** A waiting change. */
  public static final class Entry {
    private final ChangeHash hash;
    private final List<ChangeHash> deps;
    private final Author author;
    private final byte[] chunk;
    private int missing;

    Entry(ChangeHash hash, List<ChangeHash> deps, ActorId actor, long seq, byte[] chunk) {
      this.hash = hash;
      this.deps = deps;
      this.author = new Author(actor, seq);
      this.chunk = chunk;
    }

    public ChangeHash hash() {
      return hash;
    }

    public List<ChangeHash> deps() {
      return deps;
    }

    /** The change as a chunk. */
    public byte[] chunk() {
      return chunk;
    }
  }

  private record Author(ActorId actor, long seq) {}

  private final Map<ChangeHash, Entry> entries = new LinkedHashMap<>();
  private final Map<Author, ChangeHash> authors = new HashMap<>();
  private final Map<ChangeHash, List<Entry>> waiters = new HashMap<>();
  private long bytes;

  public int size() {
    return entries.size();
  }

  /** Bytes of the waiting chunks. */
  public long chunkBytes() {
    return bytes;
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  public boolean contains(ChangeHash hash) {
    return entries.containsKey(hash);
  }

  public @Nullable Entry get(ChangeHash hash) {
    return entries.get(hash);
  }

  /** In order of arrival. */
  public Collection<Entry> entries() {
    return entries.values();
  }

  /** Hash of the waiting change of an actor with this sequence number, or null. */
  public @Nullable ChangeHash waitingAs(ActorId actor, long seq) {
    return authors.get(new Author(actor, seq));
  }

  /** Adds a change that lacks at least one of its dependencies; {@code lacking} names those. */
  public void add(
      ChangeHash hash,
      List<ChangeHash> deps,
      ActorId actor,
      long seq,
      byte[] chunk,
      List<ChangeHash> lacking) {
    Entry entry = new Entry(hash, deps, actor, seq, chunk);
    entry.missing = lacking.size();
    entries.put(hash, entry);
    authors.put(entry.author, hash);
    bytes += chunk.length;
    for (ChangeHash dependency : lacking) {
      waiters.computeIfAbsent(dependency, key -> new ArrayList<>(1)).add(entry);
    }
  }

  /**
   * Tells that a change was applied; changes that lack nothing any more leave for {@code ready}, in
   * order of arrival.
   */
  public void release(ChangeHash applied, ArrayDeque<Entry> ready) {
    List<Entry> waiting = waiters.remove(applied);
    if (waiting != null) {
      for (Entry entry : waiting) {
        if (--entry.missing == 0) {
          remove(entry);
          ready.add(entry);
        }
      }
    }
  }

  /** Stops waiting with those of the given changes that still do. */
  public void discard(Set<ChangeHash> hashes) {
    Set<ChangeHash> awaited = new HashSet<>();
    for (ChangeHash hash : hashes) {
      Entry entry = entries.get(hash);
      if (entry != null) {
        remove(entry);
        awaited.addAll(entry.deps);
      }
    }
    for (ChangeHash dependency : awaited) {
      List<Entry> waiting = waiters.get(dependency);
      if (waiting != null) {
        waiting.removeIf(entry -> !entries.containsKey(entry.hash));
        if (waiting.isEmpty()) {
          waiters.remove(dependency);
        }
      }
    }
  }

  private void remove(Entry entry) {
    entries.remove(entry.hash);
    authors.remove(entry.author);
    bytes -= entry.chunk.length;
  }
}
