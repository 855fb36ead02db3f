package org.peerstead.crdt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException.Reason;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.op.ChangeEncoder;
import org.peerstead.crdt.op.ChangeLog;
import org.peerstead.crdt.op.Clock;
import org.peerstead.crdt.op.DocumentDecoder;
import org.peerstead.crdt.op.DocumentEncoder;
import org.peerstead.crdt.op.OpSet;
import org.peerstead.crdt.op.OpView;
import org.peerstead.crdt.op.PendingChanges;
import org.peerstead.crdt.op.UnknownColumns;
import org.peerstead.crdt.patch.Differ;
import org.peerstead.crdt.patch.Patch;
import org.peerstead.crdt.text.TextUnit;
import org.peerstead.crdt.wire.BundleDecoder;
import org.peerstead.crdt.wire.ByteReader;
import org.peerstead.crdt.wire.ByteWriter;
import org.peerstead.crdt.wire.ChangeDecoder;
import org.peerstead.crdt.wire.Chunk;
import org.peerstead.crdt.wire.OpAllowance;
import org.peerstead.crdt.wire.OpBuffer;
import org.peerstead.crdt.wire.ParsedChange;

/**
 * An Automerge document: a tree of maps, lists and texts that any number of actors edit
 * independently and that merges to the same content everywhere.
 *
 * <p>Not thread-safe: confine a document, its views and its transactions to one thread at a time.
 * Views and the {@link ChangeGraph} are live.
 *
 * <p>Changes from elsewhere are applied one by one; each either takes effect whole or not at all. A
 * change that is malformed, that refers to something that does not exist, or that could not be
 * rebuilt from a saved document is refused with an {@link AutomergeFormatException}; the others of
 * the same call are applied as far as they do not depend on it. A change that had been waiting and
 * turns out to be bad when its dependencies arrive is dropped without an error.
 */
public final class Document {
  private final DocumentOptions options;
  private final PendingChanges pending = new PendingChanges();
  private OpSet ops;
  private ActorId actor;
  private @Nullable UnknownColumns unknown;
  private @Nullable ChangeDecoder decoder;
  private @Nullable ChangeEncoder encoder;
  private @Nullable OpBuffer buffer;
  private @Nullable Transaction transaction;
  private List<ChangeHash> lastSaved = List.of();

  private Document(ActorId actor, DocumentOptions options, OpSet ops) {
    this.actor = actor;
    this.options = options;
    this.ops = ops;
  }

  // Opening.

  /** An empty document. */
  public static Document create(ActorId actor) {
    return create(actor, DocumentOptions.DEFAULT);
  }

  public static Document create(ActorId actor, DocumentOptions options) {
    return new Document(actor, options, new OpSet(8, 4));
  }

  /**
   * Loads what {@link #save} wrote, or any concatenation of chunks; empty input is an empty
   * document.
   */
  public static Document load(byte[] bytes, ActorId actor) throws AutomergeFormatException {
    return load(bytes, actor, DocumentOptions.DEFAULT);
  }

  public static Document load(byte[] bytes, ActorId actor, DocumentOptions options)
      throws AutomergeFormatException {
    Document document = create(actor, options);
    if (bytes.length == 0) {
      return document;
    }
    boolean startsWithDocument = Chunk.read(new ByteReader(bytes)).type() == Chunk.DOCUMENT;
    document.loadChunks(bytes, OpAllowance.unlessFull(0, options.maxOperations()));
    if (!startsWithDocument && !document.pending.isEmpty() && !options.allowMissingDependencies()) {
      throw new AutomergeFormatException(
          Reason.MISSING_DEPENDENCIES,
          document.pending.size()
              + " changes lack their dependencies: "
              + document.missingDependencies(List.of()));
    }
    document.lastSaved = document.heads();
    return document;
  }

  /** A copy for another actor to edit. */
  public Document fork(ActorId newActor) {
    try {
      Document copy = create(newActor, options);
      copy.loadChunks(save(), OpAllowance.unlessFull(0, Integer.MAX_VALUE));
      return copy;
    } catch (AutomergeFormatException e) {
      throw new IllegalStateException("a saved document does not load", e);
    }
  }

  /** A copy of the document as it was at the given heads. */
  public Document forkAt(Collection<ChangeHash> heads, ActorId newActor) {
    try {
      Document copy = create(newActor, options);
      BitSet wanted = ops.log().ancestorsOrSelf(rows(heads));
      List<byte[]> changes = new ArrayList<>();
      for (int row = wanted.nextSetBit(0); row >= 0; row = wanted.nextSetBit(row + 1)) {
        changes.add(changeBytes(row));
      }
      copy.applyChanges(changes);
      return copy;
    } catch (AutomergeFormatException e) {
      throw new IllegalStateException("an applied change does not apply again", e);
    }
  }

  // Saving.

  /**
   * The whole document with its history; columns of 256 bytes and more are deflated. Waiting
   * changes are kept, too.
   */
  public byte[] save() {
    byte[] bytes = encode(true);
    lastSaved = heads();
    return bytes;
  }

  /**
   * As {@link #save}, with nothing deflated: equal histories in equal order give equal bytes
   * everywhere.
   */
  public byte[] saveUncompressed() {
    byte[] bytes = encode(false);
    lastSaved = heads();
    return bytes;
  }

  private byte[] encode(boolean deflate) {
    requireNoTransaction();
    BitSet leftOut = changesKeptVerbatim();
    UnknownColumns columns = unknown != null && unknown.fits(ops.log().size()) ? unknown : null;
    byte[] chunk = new DocumentEncoder(ops, leftOut).encode(deflate, columns);
    if (leftOut == null && pending.isEmpty()) {
      return chunk;
    }
    ByteWriter out = new ByteWriter(chunk.length + 256);
    out.write(chunk);
    if (leftOut != null) {
      for (int row = leftOut.nextSetBit(0); row >= 0; row = leftOut.nextSetBit(row + 1)) {
        out.write(changeBytes(row));
      }
    }
    for (PendingChanges.Entry entry : pending.entries()) {
      out.write(entry.chunk());
    }
    return out.toBytes();
  }

  /**
   * Changes with columns that only their own bytes can preserve, and all that depend on them; null
   * when there are none.
   */
  private @Nullable BitSet changesKeptVerbatim() {
    ChangeLog log = ops.log();
    if (!log.hasVerbatim()) {
      return null;
    }
    BitSet kept = new BitSet();
    for (int row = 0; row < log.size(); row++) {
      boolean isKept =
          log.verbatim(row) != null
              || (log.seq(row) > 1 && kept.get(log.changeOf(log.actor(row), log.seq(row) - 1)));
      for (int i = 0; i < log.dependencyCount(row) && !isKept; i++) {
        isKept = kept.get(log.dependency(row, i));
      }
      if (isKept) {
        kept.set(row);
      }
    }
    return kept;
  }

  /** The changes since the last save of any kind, as raw chunks; empty when there are none. */
  public byte[] saveIncremental() {
    byte[] bytes = saveSince(lastSaved);
    lastSaved = heads();
    return bytes;
  }

  /**
   * The changes that are neither among the given ones nor their ancestors, as raw chunks in the
   * order of application.
   */
  public byte[] saveSince(Collection<ChangeHash> have) {
    ByteWriter out = new ByteWriter(256);
    for (int row : ops.log().notIn(have)) {
      writeChange(row, out);
    }
    return out.toBytes();
  }

  // Applying.

  /**
   * Adds everything that a concatenation of chunks holds. All chunks are read before the first
   * change is applied, so that malformed input changes nothing.
   */
  public ApplyResult loadIncremental(byte[] bytes) throws AutomergeFormatException {
    return loadChunks(bytes, new OpAllowance(bytes.length, ops.weight(), options.maxOperations()));
  }

  private ApplyResult loadChunks(byte[] bytes, OpAllowance allowance)
      throws AutomergeFormatException {
    requireNoTransaction();
    ByteReader in = new ByteReader(bytes);
    List<ParsedChange> changes = new ArrayList<>();
    OpBuffer ops = emptyBuffer();
    int loaded = 0;
    while (!in.isAtEnd()) {
      Chunk chunk = Chunk.read(in);
      switch (chunk.type()) {
        case Chunk.DOCUMENT -> {
          DocumentDecoder.Loaded document =
              new DocumentDecoder(
                      chunk,
                      options.maxInflatedBytes(),
                      allowance.leftForDocument(chunk.bodyEnd() - chunk.bodyStart()),
                      options.verifyHeads())
                  .decode();
          if (loaded == 0 && changes.isEmpty() && this.ops.log().size() == 0 && pending.isEmpty()) {
            this.ops = document.ops();
            unknown = document.unknown();
            loaded = this.ops.log().size();
            allowance.take(this.ops.weight());
          } else {
            allowance.spend(document.ops().columns().size());
            addChangesOf(document.ops(), ops, changes, allowance);
          }
        }
        case Chunk.BUNDLE -> {
          for (byte[] change : new BundleDecoder(chunk, options.maxInflatedBytes()).decode()) {
            allowance.inflated(change.length);
            changes.add(decodeOne(change, ops, allowance));
          }
        }
        default -> changes.add(changeDecoder().decode(chunk, ops, allowance));
      }
    }
    ApplyResult applied = applyBatch(changes, ops);
    return new ApplyResult(loaded + applied.applied(), applied.queued(), applied.known());
  }

  private void addChangesOf(
      OpSet other, OpBuffer into, List<ParsedChange> changes, OpAllowance allowance)
      throws AutomergeFormatException {
    for (int row = 0; row < other.log().size(); row++) {
      if (ops.log().find(other.log().hash(row)) < 0) {
        changeEncoder().encode(other, row);
        byte[] change = changeEncoder().chunk().toBytes();
        allowance.inflated(change.length);
        changes.add(decodeOne(change, into, allowance));
      }
    }
  }

  private ParsedChange decodeOne(byte[] change, OpBuffer into, OpAllowance allowance)
      throws AutomergeFormatException {
    ByteReader in = new ByteReader(change);
    Chunk chunk = Chunk.read(in);
    if (!in.isAtEnd()) {
      throw new AutomergeFormatException(
          Reason.LEFTOVER, in.remaining() + " bytes behind a change");
    }
    return changeDecoder().decode(chunk, into, allowance);
  }

  /**
   * Adds changes, each exactly one change chunk, raw or compressed. All are read before the first
   * is applied.
   */
  public ApplyResult applyChanges(List<byte[]> changes) throws AutomergeFormatException {
    requireNoTransaction();
    OpBuffer into = emptyBuffer();
    long size = 0;
    for (byte[] change : changes) {
      size += change.length;
    }
    OpAllowance allowance = new OpAllowance(size, ops.weight(), options.maxOperations());
    List<ParsedChange> parsed = new ArrayList<>(changes.size());
    for (byte[] change : changes) {
      parsed.add(decodeOne(change, into, allowance));
    }
    return applyBatch(parsed, into);
  }

  /** Adds everything the other document has; returns the new heads. */
  public List<ChangeHash> merge(Document other) {
    try {
      applyChanges(other.changesMissingIn(this));
      return heads();
    } catch (AutomergeFormatException e) {
      throw new IllegalStateException("a change of another document does not apply", e);
    }
  }

  /**
   * The changes that {@code other} lacks, found depth first from the heads and given in reverse, as
   * the reference does: the order in which they are applied is the order in which they are saved.
   */
  private List<byte[]> changesMissingIn(Document other) {
    ChangeLog log = ops.log();
    int[] stack = log.headsInHashOrder();
    int depth = stack.length;
    BitSet seen = new BitSet(log.size());
    List<byte[]> found = new ArrayList<>();
    while (depth > 0) {
      int row = stack[--depth];
      if (seen.get(row) || other.ops.log().find(log.hash(row)) >= 0) {
        continue;
      }
      seen.set(row);
      found.add(changeBytes(row));
      int count = log.dependencyCount(row);
      if (depth + count > stack.length) {
        stack = Arrays.copyOf(stack, Math.max(depth + count, stack.length * 2));
      }
      for (int i = 0; i < count; i++) {
        stack[depth++] = log.dependency(row, i);
      }
    }
    Collections.reverse(found);
    return found;
  }

  private ApplyResult applyBatch(List<ParsedChange> batch, OpBuffer from)
      throws AutomergeFormatException {
    List<ParsedChange> fresh = withoutKnown(batch);
    int known = batch.size() - fresh.size();
    if (isChain(fresh)) {
      for (ParsedChange change : fresh) {
        apply(change, from);
      }
      return new ApplyResult(fresh.size(), 0, known);
    }
    return applyInCausalOrder(fresh, from, known);
  }

  private List<ParsedChange> withoutKnown(List<ParsedChange> batch)
      throws AutomergeFormatException {
    record Author(ActorId actor, long seq) {}
    List<ParsedChange> fresh = new ArrayList<>(batch.size());
    // As long as every author's numbers rise, nothing in the batch can come twice. Only when they
    // do
    // not are all of them looked up.
    Map<ActorId, long[]> latestOf = new HashMap<>();
    Map<Author, ChangeHash> numbered = null;
    for (ParsedChange change : batch) {
      if (ops.log().find(change.hash()) >= 0 || pending.contains(change.hash())) {
        continue;
      }
      ActorId author = change.actors()[0];
      long[] latest = latestOf.computeIfAbsent(author, key -> new long[1]);
      ChangeHash other = pending.isEmpty() ? null : pending.waitingAs(author, change.seq());
      if (change.seq() <= latest[0] && numbered == null) {
        numbered = new HashMap<>(batch.size() * 2);
        for (ParsedChange earlier : fresh) {
          numbered.put(new Author(earlier.actors()[0], earlier.seq()), earlier.hash());
        }
      }
      if (numbered != null) {
        ChangeHash same = numbered.putIfAbsent(new Author(author, change.seq()), change.hash());
        if (change.hash().equals(same)) {
          continue;
        }
        other = same == null ? other : same;
      }
      latest[0] = Math.max(latest[0], change.seq());
      int number = ops.actors().find(author);
      boolean isTaken = number >= 0 && change.seq() <= ops.log().changesOf(number);
      if (isTaken || other != null) {
        throw new AutomergeFormatException(
            Reason.DUPLICATE_SEQUENCE_NUMBER,
            "actor " + author + " has another change " + change.seq());
      }
      fresh.add(change);
    }
    return fresh;
  }

  /**
   * True when each change depends on the one before and the first on nothing that is missing: order
   * of arrival will do.
   */
  private boolean isChain(List<ParsedChange> changes) {
    if (!pending.isEmpty()) {
      return false;
    }
    ChangeHash previous = null;
    for (ParsedChange change : changes) {
      boolean dependsOnPrevious = previous == null;
      for (ChangeHash dependency : change.deps()) {
        if (previous != null && dependency.equals(previous)) {
          dependsOnPrevious = true;
        } else if (ops.log().find(dependency) < 0) {
          return false;
        }
      }
      if (!dependsOnPrevious) {
        return false;
      }
      previous = change.hash();
    }
    return true;
  }

  /**
   * Kahn's algorithm with a FIFO queue: first the changes that lack nothing, in order of arrival;
   * then each change when the last of its dependencies has been taken.
   */
  private ApplyResult applyInCausalOrder(List<ParsedChange> batch, OpBuffer from, int known)
      throws AutomergeFormatException {
    Map<ChangeHash, ParsedChange> decoded = new HashMap<>(batch.size() * 2);
    ArrayDeque<ParsedChange> ready = new ArrayDeque<>();
    for (ParsedChange change : batch) {
      List<ChangeHash> lacking = new ArrayList<>(2);
      for (ChangeHash dependency : change.deps()) {
        if (ops.log().find(dependency) < 0) {
          lacking.add(dependency);
        }
      }
      if (lacking.isEmpty()) {
        ready.add(change);
      } else {
        decoded.put(change.hash(), change);
        pending.add(
            change.hash(),
            change.deps(),
            change.actors()[0],
            change.seq(),
            chunkOf(change),
            lacking);
      }
    }
    int applied = 0;
    int appliedOfBatch = ready.size();
    OpAllowance unlessFull = OpAllowance.unlessFull(ops.weight(), options.maxOperations());
    ArrayDeque<PendingChanges.Entry> released = new ArrayDeque<>();
    Set<ChangeHash> waitedBefore = new HashSet<>();
    AutomergeFormatException failure = null;
    for (ParsedChange change = ready.poll(); change != null; change = ready.poll()) {
      try {
        apply(change, from);
      } catch (AutomergeFormatException e) {
        // Whoever brings the last dependency of a bad change is not to blame for it.
        if (failure == null && !waitedBefore.contains(change.hash())) {
          failure = e;
        }
        continue;
      }
      applied++;
      pending.release(change.hash(), released);
      for (PendingChanges.Entry entry = released.poll(); entry != null; entry = released.poll()) {
        ParsedChange next = decoded.get(entry.hash());
        if (next == null) {
          waitedBefore.add(entry.hash());
          next = decodeOne(entry.chunk(), from, unlessFull);
        } else {
          appliedOfBatch++;
        }
        ready.add(next);
      }
    }
    if (failure != null) {
      throw failure;
    }
    if (pending.size() > options.maxQueuedChanges()
        || pending.chunkBytes() > options.maxQueuedBytes()) {
      pending.discard(decoded.keySet());
      throw new AutomergeFormatException(
          Reason.LIMIT_EXCEEDED,
          "more than " + options.maxQueuedChanges() + " changes wait for their dependencies");
    }
    return new ApplyResult(applied, batch.size() - appliedOfBatch, known);
  }

  private byte[] chunkOf(ParsedChange change) {
    ByteWriter body = new ByteWriter(change.bodyEnd() - change.bodyStart());
    body.write(change.body(), change.bodyStart(), change.bodyEnd() - change.bodyStart());
    return Chunk.frame(Chunk.CHANGE, body, Chunk.sha256());
  }

  /** Applies a change whose dependencies are present. */
  private void apply(ParsedChange change, OpBuffer from) throws AutomergeFormatException {
    ChangeLog log = ops.log();
    int[] deps = new int[change.deps().size()];
    long greatest = 0;
    for (int i = 0; i < deps.length; i++) {
      deps[i] = log.find(change.deps().get(i));
      greatest = Math.max(greatest, log.maxOp(deps[i]));
    }
    ActorId[] actors = change.actors();
    int[] numbers = new int[actors.length];
    int own = ops.actors().find(actors[0]);
    int ownChanges = own < 0 ? 0 : log.changesOf(own);
    if (change.seq() != ownChanges + 1L) {
      throw new AutomergeFormatException(
          Reason.BAD_SEQUENCE_NUMBER,
          "change "
              + change.seq()
              + " of actor "
              + actors[0]
              + " where "
              + (ownChanges + 1)
              + " is due");
    }
    if (ownChanges > 0) {
      greatest = Math.max(greatest, log.maxOp(log.changeOf(own, ownChanges)));
    }
    if (change.startOp() <= greatest) {
      throw new AutomergeFormatException(
          Reason.BAD_COUNTER, "start counter " + change.startOp() + " is not above " + greatest);
    }
    for (int i = 1; i < actors.length; i++) {
      numbers[i] = ops.actors().find(actors[i]);
      if (numbers[i] < 0) {
        throw new AutomergeFormatException(
            Reason.UNKNOWN_REFERENCE, "an operation of unknown actor " + actors[i]);
      }
    }
    numbers[0] = ops.actors().intern(actors[0]);
    int firstRow = ops.columns().size();
    ops.openChange(numbers[0], change.startOp());
    try {
      ops.apply(
          from, change.firstOp(), change.firstOp() + change.opCount(), numbers, change.body());
    } catch (AutomergeFormatException e) {
      ops.abandonChange();
      throw e;
    }
    log.add(
        change.hash().toBytes(),
        0,
        numbers[0],
        change.startOp(),
        change.opCount(),
        firstRow,
        change.time(),
        change.message(),
        deps,
        deps.length,
        change.extra(),
        change.isVerbatim() ? chunkOf(change) : null);
    ops.closeChange();
  }

  // History.

  /** Hashes of the changes nobody has built on yet, ascending. */
  public List<ChangeHash> heads() {
    return ops.log().heads();
  }

  public ChangeGraph graph() {
    return new ChangeGraph(ops);
  }

  public int changeCount() {
    return ops.log().size();
  }

  /** Operations of all changes, deletes included. */
  public long opCount() {
    return ops.columns().size();
  }

  /** Changes that wait for their dependencies. */
  public int queuedCount() {
    return pending.size();
  }

  public boolean isQueued(ChangeHash hash) {
    return pending.contains(hash);
  }

  /** Estimate of the heap this document holds, in bytes. */
  public long retainedBytes() {
    return ops.retainedBytes() + pending.chunkBytes() + pending.size() * 300L + 4096;
  }

  /**
   * The changes that would have to arrive before everything waiting, and the given heads, could be
   * applied; ascending.
   */
  public List<ChangeHash> missingDependencies(Collection<ChangeHash> heads) {
    Set<ChangeHash> missing = new TreeSet<>();
    for (PendingChanges.Entry entry : pending.entries()) {
      addMissing(entry.deps(), missing);
    }
    addMissing(heads, missing);
    return List.copyOf(missing);
  }

  /**
   * The changes that would have to arrive before the given ones could be applied, seen through what
   * waits already; ascending. Unlike {@link #missingDependencies} it leaves out what only other
   * waiting changes lack.
   */
  public List<ChangeHash> missingToReach(Collection<ChangeHash> hashes) {
    Set<ChangeHash> missing = new TreeSet<>();
    Set<ChangeHash> seen = new HashSet<>();
    ArrayDeque<ChangeHash> open = new ArrayDeque<>(hashes);
    for (ChangeHash hash = open.poll(); hash != null; hash = open.poll()) {
      if (ops.log().find(hash) >= 0 || !seen.add(hash)) {
        continue;
      }
      PendingChanges.Entry waiting = pending.get(hash);
      if (waiting == null) {
        missing.add(hash);
      } else {
        open.addAll(waiting.deps());
      }
    }
    return List.copyOf(missing);
  }

  private void addMissing(Collection<ChangeHash> hashes, Set<ChangeHash> missing) {
    for (ChangeHash hash : hashes) {
      if (!pending.contains(hash) && ops.log().find(hash) < 0) {
        missing.add(hash);
      }
    }
  }

  /**
   * Hashes, in the order of application, of the changes that are neither among the given ones nor
   * their ancestors.
   */
  public List<ChangeHash> changesNotIn(Collection<ChangeHash> have) {
    int[] rows = ops.log().notIn(have);
    List<ChangeHash> out = new ArrayList<>(rows.length);
    for (int row : rows) {
      out.add(ops.log().hash(row));
    }
    return out;
  }

  /** As {@link #changesNotIn}, as raw chunks. */
  public List<byte[]> changesSince(Collection<ChangeHash> have) {
    int[] rows = ops.log().notIn(have);
    List<byte[]> out = new ArrayList<>(rows.length);
    for (int row : rows) {
      out.add(changeBytes(row));
    }
    return out;
  }

  /**
   * The raw chunk (type 1) of an applied change; throws {@link IllegalArgumentException} when it is
   * not applied.
   */
  public byte[] changeBytes(ChangeHash hash) {
    int row = ops.log().find(hash);
    if (row < 0) {
      throw new IllegalArgumentException("the document has no change " + hash);
    }
    return changeBytes(row);
  }

  private byte[] changeBytes(int row) {
    byte[] verbatim = ops.log().verbatim(row);
    if (verbatim != null) {
      return verbatim.clone();
    }
    changeEncoder().encode(ops, row);
    return changeEncoder().chunk().toBytes();
  }

  private void writeChange(int row, ByteWriter out) {
    byte[] verbatim = ops.log().verbatim(row);
    if (verbatim != null) {
      out.write(verbatim);
    } else {
      changeEncoder().encode(ops, row);
      out.write(changeEncoder().chunk());
    }
  }

  private int[] rows(Collection<ChangeHash> hashes) {
    int[] rows = new int[hashes.size()];
    int i = 0;
    for (ChangeHash hash : hashes) {
      rows[i] = ops.log().find(hash);
      if (rows[i] < 0) {
        throw new IllegalArgumentException("the document has no change " + hash);
      }
      i++;
    }
    return rows;
  }

  // Reading.

  /** The document as it is; follows every later change. */
  public DocumentView now() {
    return new DocumentView(new OpView(ops, null), options.textUnit());
  }

  /** The document as it was when the given changes were its heads; they must all be applied. */
  public DocumentView at(Collection<ChangeHash> heads) {
    return new DocumentView(new OpView(ops, Clock.at(ops, heads)), options.textUnit());
  }

  /**
   * The steps that lead from the state at one set of heads to the state at another; either may be
   * the older one. Costs little when the later state is the present and few changes lie between
   * them. All heads must be applied.
   */
  public List<Patch> diff(Collection<ChangeHash> before, Collection<ChangeHash> after) {
    return Differ.diff(ops, notIn(before), notIn(after), options.textUnit());
  }

  private int[] notIn(Collection<ChangeHash> heads) {
    rows(heads);
    return ops.log().notIn(heads);
  }

  public TextUnit textUnit() {
    return options.textUnit();
  }

  // Editing.

  public ActorId actor() {
    return actor;
  }

  /** Lets later changes be made in another name. */
  public void setActor(ActorId newActor) {
    requireNoTransaction();
    actor = newActor;
  }

  /** Begins a change; at most one transaction is open at a time. */
  public Transaction begin() {
    return begin(ChangeOptions.NONE);
  }

  public Transaction begin(ChangeOptions change) {
    requireNoTransaction();
    Transaction opened = Transaction.open(this, ops, change, options.textUnit());
    transaction = opened;
    return opened;
  }

  /** Makes one change; rolled back when {@code edits} throws. Empty when nothing was edited. */
  public Optional<ChangeHash> change(Consumer<Transaction> edits) {
    return change(ChangeOptions.NONE, edits);
  }

  public Optional<ChangeHash> change(ChangeOptions change, Consumer<Transaction> edits) {
    try (Transaction opened = begin(change)) {
      edits.accept(opened);
      return opened.commit();
    }
  }

  /** Makes a change without operations, which ties all heads together. */
  public ChangeHash emptyChange(ChangeOptions change) {
    try (Transaction opened = begin(change)) {
      return opened.commitEvenIfEmpty();
    }
  }

  void transactionEnded() {
    transaction = null;
  }

  private void requireNoTransaction() {
    if (transaction != null) {
      throw new IllegalStateException("a transaction is open");
    }
  }

  // Tools that are made when first needed, since most open documents are only read.

  private ChangeDecoder changeDecoder() {
    ChangeDecoder known = decoder;
    if (known == null) {
      known = new ChangeDecoder(options.maxInflatedBytes());
      decoder = known;
    }
    return known;
  }

  ChangeEncoder changeEncoder() {
    ChangeEncoder known = encoder;
    if (known == null) {
      known = new ChangeEncoder();
      encoder = known;
    }
    return known;
  }

  private OpBuffer emptyBuffer() {
    OpBuffer known = buffer;
    if (known == null || known.size() > 10_000) {
      known = new OpBuffer();
      buffer = known;
    }
    known.truncate(0);
    return known;
  }

  @Override
  public String toString() {
    return "Document["
        + changeCount()
        + " changes, heads "
        + Arrays.toString(heads().toArray())
        + "]";
  }
}
