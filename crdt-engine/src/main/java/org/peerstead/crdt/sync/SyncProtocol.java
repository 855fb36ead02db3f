package org.peerstead.crdt.sync;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeGraph;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ChangeHash;

/**
 * The two halves of a sync conversation. Usage, for one document and one peer:
 *
 * <ol>
 *   <li>on connection, and whenever the document changed: {@link #generate} and send what it
 *       returns, if anything;
 *   <li>for each message: {@link #receive}, then {@link #generate} once and send what it returns.
 * </ol>
 *
 * <p>The channel must be reliable and ordered while the {@link SyncState} lives; after a loss of
 * messages continue with {@link SyncState#reconnected()}. Two sides that follow these rules fall
 * silent when both hold the same changes. {@code generate} must not be called in a loop until it
 * returns nothing: a request to start over is repeated until the peer answers.
 *
 * <p>Messages equal those of automerge 3.5.0 given the same history, state and input, with these
 * exceptions. The whole document is not sent again to a peer that has not yet answered the first
 * copy: changes made since follow one by one. A hash that is requested twice is sent once. Shared
 * heads that this side lost are not claimed any more: two sides that both lost one would ask each
 * other to start over for ever. More than {@value #MAX_SHARED_HEADS} shared heads are reduced to
 * those that are not ancestors of others.
 *
 * <p>Stateless; the thread rules are those of the document and the state.
 */
public final class SyncProtocol {
  /** Shared heads kept before redundant ones are removed. */
  static final int MAX_SHARED_HEADS = 256;

  /** A peer that lacks more than one in this many changes gets the whole document instead. */
  private static final int WHOLE_DOCUMENT_DIVISOR = 3;

  private SyncProtocol() {}

  /**
   * The next message for the peer, encoded, or nothing if it would tell nothing new.
   *
   * <p>Cost: proportional to the changes one side may lack plus their bytes; the full history only
   * for a peer that shares nothing.
   */
  public static Optional<byte[]> generate(Document document, SyncState state) {
    return generateMessage(document, state).map(SyncMessageCodec::encode);
  }

  static Optional<SyncMessage> generateMessage(Document document, SyncState state) {
    ChangeGraph graph = document.graph();
    Ancestry ancestry = new Ancestry(graph);
    List<ChangeHash> heads = document.heads();

    List<Have> theirHave = state.theirHave;
    if (theirHave != null
        && !theirHave.isEmpty()
        && !containsAll(graph, theirHave.getFirst().lastSync())) {
      return Optional.of(startOver(heads));
    }

    boolean isRepetition = state.haveResponded && state.lastSentHeads.equals(heads);
    if (isRepetition && state.inFlight) {
      return Optional.empty();
    }
    Payload payload = payload(document, ancestry, state);
    boolean peerIsUpToDate = heads.equals(state.theirHeads) || state.isReadOnly();
    if (isRepetition && peerIsUpToDate && payload.rows.length == 0) {
      return Optional.empty();
    }

    List<ChangeHash> need = state.isReadOnly() ? List.of() : missing(document, state);
    List<Have> have =
        isWithinTheirHeads(need, state) ? List.of(have(document, ancestry, state)) : List.of();

    state.haveResponded = true;
    state.lastSentHeads = heads;
    state.inFlight = true;
    state.changesSent += payload.rows.length;
    state.sentRows(document).addAll(payload.rows);

    boolean reset = state.needsReset && state.peerSupportsReset();
    boolean pretendLoss = state.needsReset && !state.peerSupportsReset();
    state.needsReset = false;
    return Optional.of(
        new SyncMessage(
            payload.version,
            pretendLoss ? List.of() : heads,
            need,
            have,
            payload.changes,
            new SyncFlags(reset, state.isReadOnly(), true)));
  }

  /** Asks a peer that counts on changes we do not have (or lost) to begin again. */
  private static SyncMessage startOver(List<ChangeHash> heads) {
    return new SyncMessage(
        SyncMessage.Version.V1,
        heads,
        List.of(),
        List.of(Have.NOTHING),
        List.of(),
        new SyncFlags(false, false, true));
  }

  private static List<ChangeHash> missing(Document document, SyncState state) {
    List<ChangeHash> theirHeads = state.theirHeads;
    return theirHeads == null ? List.of() : document.missingToReach(theirHeads);
  }

  private static boolean isWithinTheirHeads(List<ChangeHash> need, SyncState state) {
    return need.isEmpty()
        || (state.theirHeads != null && new HashSet<>(state.theirHeads).containsAll(need));
  }

  /**
   * Shared heads that we lost are left out: claiming them, the peer could neither send nor name
   * what is between.
   */
  private static Have have(Document document, Ancestry ancestry, SyncState state) {
    ChangeGraph graph = document.graph();
    List<ChangeHash> lastSync = new ArrayList<>(state.sharedHeads);
    lastSync.removeIf(hash -> graph.row(hash) < 0);
    int[] rows = notIn(document, ancestry, lastSync);
    BloomFilter.Builder bloom = BloomFilter.builder(rows.length);
    for (int row : rows) {
      bloom.add(graph.hash(row));
    }
    return new Have(lastSync, bloom.build());
  }

  private static int[] notIn(Document document, Ancestry ancestry, Collection<ChangeHash> known) {
    int[] covered = ancestry.rows(known);
    return covered.length == 0
        ? ancestry.all()
        : ancestry.difference(document.graph().heads(), covered);
  }

  /** Changes to send: their rows, and their bytes as the version carries them. */
  private record Payload(SyncMessage.Version version, int[] rows, List<Bytes> changes) {}

  private static Payload payload(Document document, Ancestry ancestry, SyncState state) {
    ChangeGraph graph = document.graph();
    List<Have> theirHave = state.theirHave;
    List<ChangeHash> theirNeed = state.theirNeed;
    boolean v2 = state.peerReadsV2();
    SyncMessage.Version version = v2 ? SyncMessage.Version.V2 : SyncMessage.Version.V1;
    if (state.isPeerReadOnly() || theirHave == null || theirNeed == null) {
      return new Payload(version, new int[0], List.of());
    }
    RowSet sent = state.sentRows(document);
    boolean peerIsEmpty = state.theirHeads != null && state.theirHeads.isEmpty();
    if (peerIsEmpty && v2 && sent.isEmpty()) {
      return wholeDocument(document, ancestry);
    }
    int[] rows = without(sent, rowsToSend(document, ancestry, theirHave, theirNeed));
    if (v2 && rows.length > graph.size() / WHOLE_DOCUMENT_DIVISOR) {
      return wholeDocument(document, ancestry);
    }
    return new Payload(version, rows, v2 ? joined(document, rows) : separate(document, rows));
  }

  private static Payload wholeDocument(Document document, Ancestry ancestry) {
    return new Payload(SyncMessage.Version.V2, ancestry.all(), List.of(Bytes.of(document.save())));
  }

  private static List<Bytes> separate(Document document, int[] rows) {
    List<Bytes> changes = new ArrayList<>(rows.length);
    for (int row : rows) {
      changes.add(Bytes.of(document.changeBytes(document.graph().hash(row))));
    }
    return changes;
  }

  private static List<Bytes> joined(Document document, int[] rows) {
    if (rows.length == 0) {
      return List.of();
    }
    List<byte[]> changes = new ArrayList<>(rows.length);
    int size = 0;
    for (int row : rows) {
      byte[] change = document.changeBytes(document.graph().hash(row));
      changes.add(change);
      size = Math.addExact(size, change.length);
    }
    byte[] joined = new byte[size];
    int offset = 0;
    for (byte[] change : changes) {
      System.arraycopy(change, 0, joined, offset, change.length);
      offset += change.length;
    }
    return List.of(Bytes.of(joined));
  }

  private static int[] without(RowSet sent, int[] rows) {
    return sent.isEmpty() ? rows : Arrays.stream(rows).filter(row -> !sent.contains(row)).toArray();
  }

  /**
   * Requested changes that nothing else brings along, then what the filters do not have, with all
   * that depends on it.
   */
  private static int[] rowsToSend(
      Document document, Ancestry ancestry, List<Have> theirHave, List<ChangeHash> theirNeed) {
    ChangeGraph graph = document.graph();
    int[] needed = ancestry.rows(theirNeed);
    RowSet chosen = new RowSet();
    int[] missing = new int[0];
    if (!theirHave.isEmpty()) {
      Set<ChangeHash> lastSync = new HashSet<>();
      theirHave.forEach(have -> lastSync.addAll(have.lastSync()));
      missing = notIn(document, ancestry, lastSync);
      for (int row : missing) {
        if (dependsOn(graph, row, chosen) || isInNone(theirHave, graph.hash(row))) {
          chosen.add(row);
        }
      }
    }
    int[] rows = new int[needed.length + chosen.size()];
    int count = 0;
    BitSet requested = new BitSet();
    for (int row : needed) {
      if (!chosen.contains(row) && !requested.get(row)) {
        requested.set(row);
        rows[count++] = row;
      }
    }
    for (int row : missing) {
      if (chosen.contains(row)) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  private static boolean dependsOn(ChangeGraph graph, int row, RowSet chosen) {
    for (int i = 0; i < graph.dependencyCount(row); i++) {
      if (chosen.contains(graph.dependency(row, i))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isInNone(List<Have> have, ChangeHash hash) {
    for (Have entry : have) {
      if (entry.bloom().contains(hash)) {
        return false;
      }
    }
    return true;
  }

  private static boolean containsAll(ChangeGraph graph, List<ChangeHash> hashes) {
    for (ChangeHash hash : hashes) {
      if (graph.row(hash) < 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Takes in a message: applies its changes and updates the state.
   *
   * @throws AutomergeFormatException if the message or one of its changes is malformed; the state
   *     is then as before, and the document holds at most those changes of the message that are
   *     valid
   */
  public static ReceiveOutcome receive(Document document, SyncState state, byte[] message)
      throws AutomergeFormatException {
    return receive(document, state, SyncMessageCodec.decode(message));
  }

  static ReceiveOutcome receive(Document document, SyncState state, SyncMessage message)
      throws AutomergeFormatException {
    int rowsBefore = document.changeCount();
    List<ChangeHash> headsBefore = document.heads();
    boolean hasChanges = !message.changes().isEmpty();
    boolean applies = hasChanges && !state.isReadOnly();
    if (applies) {
      document.loadIncremental(message.joinedChanges());
    }

    // Only now: loading into an empty document may replace its graph.
    ChangeGraph graph = document.graph();
    Ancestry ancestry = new Ancestry(graph);
    state.inFlight = false;
    SyncFlags flags = message.flags();
    if (flags != null) {
      state.receiveFlags(flags);
    }
    List<ChangeHash> heads = document.heads();
    if (applies) {
      state.sharedHeads = advanced(headsBefore, heads, state.sharedHeads);
    }

    List<ChangeHash> theirHeads = message.heads();
    int[] known = ancestry.rows(theirHeads);
    ancestry.removeAncestors(state.sentRows(document), known);
    if (!hasChanges && theirHeads.equals(headsBefore)) {
      state.lastSentHeads = theirHeads;
    }
    if (known.length == theirHeads.size()) {
      state.sharedHeads = canonical(graph, ancestry, theirHeads);
      if (theirHeads.isEmpty()) {
        state.lastSentHeads = List.of();
        state.forgetSent();
      }
    } else {
      List<ChangeHash> union = new ArrayList<>(state.sharedHeads);
      for (int row : known) {
        union.add(graph.hash(row));
      }
      state.sharedHeads = canonical(graph, ancestry, union);
    }

    state.theirHave = message.have();
    state.theirHeads = theirHeads;
    state.theirNeed = message.need();
    return new ReceiveOutcome(
        rowsBefore,
        graph.size() - rowsBefore,
        document.queuedCount(),
        !heads.equals(headsBefore),
        hasChanges && !applies,
        theirHeads.isEmpty() || (flags != null && flags.syncReset()));
  }

  /** Heads that are new, and shared heads that still are heads. */
  private static List<ChangeHash> advanced(
      List<ChangeHash> before, List<ChangeHash> after, List<ChangeHash> shared) {
    Set<ChangeHash> old = Set.copyOf(before);
    Set<ChangeHash> alreadyShared = new HashSet<>(shared);
    List<ChangeHash> advanced = new ArrayList<>();
    for (ChangeHash head : after) {
      if (!old.contains(head) || alreadyShared.contains(head)) {
        advanced.add(head);
      }
    }
    return List.copyOf(advanced);
  }

  /** Ascending, each once, and not too many of them. */
  private static List<ChangeHash> canonical(
      ChangeGraph graph, Ancestry ancestry, List<ChangeHash> heads) {
    TreeSet<ChangeHash> sorted = new TreeSet<>(heads);
    if (sorted.size() > MAX_SHARED_HEADS) {
      int[] maximal = ancestry.maximal(ancestry.rows(sorted));
      sorted.clear();
      for (int row : maximal) {
        sorted.add(graph.hash(row));
      }
    }
    return List.copyOf(sorted);
  }
}
