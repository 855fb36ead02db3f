package org.peerstead.crdt.sync;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ChangeHash;

/**
 * What one side remembers about its sync of one document with one peer.
 *
 * <p>Lives for a connection. Of a finished connection only the shared heads are worth keeping:
 * {@link #encode()} writes them, {@link #decode} starts the next connection from them, {@link
 * #reconnected()} does both without the bytes. A restored state of a document that has since lost
 * data is safe: the peer notices and asks for everything.
 *
 * <p>Not thread-safe: belongs to the thread that owns the document. Holds a bit per change that was
 * sent and not yet acknowledged, by its row in the document; used with another instance of the
 * document it forgets them, which costs at most a repetition.
 */
public final class SyncState {
  List<ChangeHash> sharedHeads;
  List<ChangeHash> lastSentHeads = List.of();
  @Nullable List<ChangeHash> theirHeads;
  @Nullable List<ChangeHash> theirNeed;
  @Nullable List<Have> theirHave;
  boolean inFlight;
  boolean haveResponded;
  boolean needsReset;
  long changesSent;
  private @Nullable SyncFlags theirFlags;
  private boolean readOnly;
  private RowSet sentRows = new RowSet();
  private WeakReference<@Nullable Document> sentRowsOf = new WeakReference<>(null);

  private SyncState(List<ChangeHash> sharedHeads) {
    this.sharedHeads = sharedHeads;
  }

  /** The state for a peer never met before. */
  public static SyncState create() {
    return new SyncState(List.of());
  }

  /**
   * The state for a peer met before.
   *
   * @throws AutomergeFormatException if the bytes are not a persisted sync state
   */
  public static SyncState decode(byte[] bytes) throws AutomergeFormatException {
    return restored(SyncMessageCodec.decodeState(bytes));
  }

  private static SyncState restored(List<ChangeHash> sharedHeads) {
    SyncState state = new SyncState(sharedHeads);
    state.theirHave = List.of();
    return state;
  }

  /** The part worth keeping, for {@link #decode}. */
  public byte[] encode() {
    return SyncMessageCodec.encodeState(sharedHeads);
  }

  /** The state for the next connection to the same peer. */
  public SyncState reconnected() {
    return restored(sharedHeads);
  }

  /** Heads known to be on both sides, ascending. */
  public List<ChangeHash> sharedHeads() {
    return sharedHeads;
  }

  /** Our heads as of the last message sent, ascending. */
  public List<ChangeHash> lastSentHeads() {
    return lastSentHeads;
  }

  /** The peer's heads as of its last message; empty before the first one. */
  public Optional<List<ChangeHash>> theirHeads() {
    return Optional.ofNullable(theirHeads);
  }

  /** The flags of the peer's last message that had some; empty for a peer that only knows V1. */
  public Optional<SyncFlags> theirFlags() {
    return Optional.ofNullable(theirFlags);
  }

  /** Whether a message was sent that the peer has not answered. */
  public boolean isInFlight() {
    return inFlight;
  }

  /** Changes put into messages since this object was made; the same one twice counts twice. */
  public long changesSent() {
    return changesSent;
  }

  /** Whether changes from the peer are ignored. */
  public boolean isReadOnly() {
    return readOnly;
  }

  /**
   * Chooses whether changes from the peer are ignored. Ending read-only mode starts over, so that
   * the peer sends what was ignored.
   */
  public void setReadOnly(boolean readOnly) {
    if (this.readOnly == readOnly) {
      return;
    }
    this.readOnly = readOnly;
    if (readOnly) {
      inFlight = false;
      haveResponded = false;
    } else {
      startOver();
      needsReset = true;
    }
  }

  /**
   * Forgets what both sides hold and has the peer forget what it sent. For a document that went
   * back to an earlier state while connected: without this, a peer does not send again what it
   * believes to have arrived. A peer that has not said anything yet has nothing to forget.
   */
  public void startOver() {
    needsReset |= theirHeads != null;
    inFlight = false;
    haveResponded = false;
    sharedHeads = List.of();
    lastSentHeads = List.of();
    theirHeads = null;
    theirNeed = null;
    theirHave = null;
    forgetSent();
    SyncFlags flags = theirFlags;
    if (flags != null) {
      theirFlags = new SyncFlags(false, false, flags.supportsSyncReset());
    }
  }

  /**
   * Has the next message name our heads even if the peer seems to know them. For a side that takes
   * in several messages before it answers: the peer may have guessed our heads in a later one, and
   * still counts on being told that we have what it sent in an earlier one.
   */
  public void announceHeadsAgain() {
    lastSentHeads = List.of();
    inFlight = false;
  }

  void receiveFlags(SyncFlags flags) {
    theirFlags = flags;
    if (flags.syncReset()) {
      forgetSent();
    }
  }

  boolean peerReadsV2() {
    return theirFlags != null;
  }

  boolean peerSupportsReset() {
    return theirFlags != null && theirFlags.supportsSyncReset();
  }

  boolean isPeerReadOnly() {
    return theirFlags != null && theirFlags.readOnly();
  }

  /** Rows of the document's changes that were sent and not acknowledged; may be changed. */
  RowSet sentRows(Document document) {
    if (!sentRowsOf.refersTo(document)) {
      sentRows = new RowSet();
      sentRowsOf = new WeakReference<>(document);
    }
    return sentRows;
  }

  void forgetSent() {
    sentRows = new RowSet();
  }
}
