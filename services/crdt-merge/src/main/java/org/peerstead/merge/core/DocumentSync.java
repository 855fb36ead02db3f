package org.peerstead.merge.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.sync.ReceiveOutcome;
import org.peerstead.crdt.sync.SyncProtocol;
import org.peerstead.crdt.sync.SyncState;
import org.peerstead.events.Session;

/**
 * The conversations of one document with all its sessions.
 *
 * <p>A peer's status, after automerge-repo's DocSynchronizer:
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>from</th><th>to</th><th>when</th></tr>
 * <tr><td>any</td><td>WANTS</td><td>it sends a request</td></tr>
 * <tr><td>any</td><td>HAS</td><td>it sends a message with heads</td></tr>
 * <tr><td>any</td><td>UNAVAILABLE</td><td>it says so</td></tr>
 * <tr><td>WANTS</td><td>UNAVAILABLE</td><td>it was told that nobody can provide the document</td></tr>
 * </table>
 *
 * <p>Nobody can provide a document that has no changes here and whose sessions are all WANTS or
 * UNAVAILABLE. Such a session stays: when another one brings the document later, it receives it.
 *
 * <p>Usage: any number of {@code receive}, {@code unavailable}, {@code leave}; then, once what was
 * received is durable, one {@link #settle}. So nothing is acknowledged that could be lost. A
 * session that has not answered the previous message is not sent changes at once: they are held
 * until it answers or until {@link #releaseHeld}, so that one message carries many.
 *
 * <p>Not thread-safe: belongs to the owner of the document, which is passed to every call.
 */
public final class DocumentSync {
  private enum PeerStatus {
    UNKNOWN,
    HAS,
    WANTS,
    UNAVAILABLE
  }

  private static final class Conversation {
    private final Session session;
    private SyncState state;
    private PeerStatus status = PeerStatus.UNKNOWN;
    private long lastCounter;
    private boolean owesAnswer;
    private boolean isHeld;
    private @Nullable List<ChangeHash> storedSharedHeads;
    private List<ChangeHash> announcedHeads = List.of();

    /**
     * Whether the session has brought changes and has not been told the heads that include them.
     */
    private boolean owesAcknowledgement;

    Conversation(Session session, SyncState state) {
      this.session = session;
      this.state = state;
    }

    boolean isRemembered() {
      return session.storageId() != null && !session.isEphemeral();
    }
  }

  /** A sync state worth storing. */
  public record StorableState(String storageId, byte[] state) {}

  private final Map<String, Conversation> conversations = new LinkedHashMap<>();

  /** How many sessions there are. */
  public int size() {
    return conversations.size();
  }

  /** Whether the session takes part already. */
  public boolean contains(String sessionId) {
    return conversations.containsKey(sessionId);
  }

  /**
   * Adds a session.
   *
   * @param stored the state stored for its storage, when there is one
   */
  public void join(Session session, Optional<SyncState> stored) {
    SyncState state = stored.orElseGet(SyncState::create);
    var conversation = new Conversation(session, state);
    stored.ifPresent(known -> conversation.storedSharedHeads = known.sharedHeads());
    conversations.putIfAbsent(session.sessionId(), conversation);
  }

  /** Whether an event of the session is new; a repeated or overtaken one is to be dropped. */
  public boolean isNew(String sessionId, long counter) {
    Conversation conversation = conversation(sessionId);
    if (counter <= conversation.lastCounter) {
      return false;
    }
    conversation.lastCounter = counter;
    return true;
  }

  /** Removes a session; returns its state when that should be stored. */
  public Optional<StorableState> leave(String sessionId) {
    Conversation conversation = conversations.remove(sessionId);
    return conversation == null ? Optional.empty() : storable(conversation);
  }

  /** From now on, takes or leaves out the session's changes; the peer is told. */
  public void setReadOnly(String sessionId, boolean isReadOnly) {
    conversation(sessionId).state.setReadOnly(isReadOnly);
  }

  /**
   * Takes in a sync message of a session that has joined; {@link #settle} will answer it.
   *
   * @param isRequest whether the peer said that it lacks the document
   * @throws AutomergeFormatException when the message is malformed; the conversation is as before,
   *     and the document holds at most those of its changes that are valid
   */
  public ReceiveOutcome receive(
      Document document, String sessionId, boolean isRequest, byte[] message)
      throws AutomergeFormatException {
    Conversation conversation = conversation(sessionId);
    ReceiveOutcome outcome = SyncProtocol.receive(document, conversation.state, message);
    conversation.owesAnswer = true;
    conversation.owesAcknowledgement |= outcome.changesApplied() > 0;
    if (isRequest) {
      conversation.status = PeerStatus.WANTS;
    }
    if (!conversation.state.theirHeads().orElse(List.of()).isEmpty()) {
      conversation.status = PeerStatus.HAS;
    }
    return outcome;
  }

  /** Whether the session is known to have changes that the document lacks. */
  public boolean hasMore(Document document, String sessionId) {
    return conversation(sessionId).state.theirHeads().orElse(List.of()).stream()
        .anyMatch(head -> document.graph().row(head) < 0);
  }

  /** The session said that it cannot provide the document. */
  public void unavailable(String sessionId) {
    conversation(sessionId).status = PeerStatus.UNAVAILABLE;
  }

  /** A message to the session was lost on its way: the conversation begins again. */
  public void beginAgain(String sessionId) {
    Conversation conversation = conversations.get(sessionId);
    if (conversation != null) {
      conversation.state = conversation.state.reconnected();
      conversation.owesAnswer = true;
    }
  }

  /**
   * The document has lost something: it went back to an earlier state, dropped changes that waited
   * for others, or was deleted. Every conversation begins again, and every peer sends again.
   */
  public void startOver() {
    for (Conversation conversation : conversations.values()) {
      conversation.state.startOver();
      conversation.storedSharedHeads = null;
      conversation.isHeld = false;
    }
  }

  /**
   * Says what to send now that everything received is durable.
   *
   * @param document its present state
   * @param headsChanged whether it has gained changes since the last call
   */
  public List<SyncOutput> settle(Document document, boolean headsChanged) {
    var outputs = new ArrayList<SyncOutput>();
    boolean isEmpty = document.heads().isEmpty();
    for (Conversation conversation : conversations.values()) {
      if (conversation.owesAnswer) {
        if (conversation.owesAcknowledgement) {
          conversation.state.announceHeadsAgain();
        }
        announceHeads(conversation, outputs);
        generate(document, conversation, outputs);
      } else if (headsChanged && conversation.state.isInFlight()) {
        conversation.isHeld = true;
      } else if (headsChanged) {
        generate(document, conversation, outputs);
      }
    }
    if (isEmpty) {
      reportUnavailable(outputs);
    }
    return outputs;
  }

  /** Whether changes are held back for a session that has not answered. */
  public boolean isHolding() {
    for (Conversation conversation : conversations.values()) {
      if (conversation.isHeld) {
        return true;
      }
    }
    return false;
  }

  /** Sends what was held, although the sessions have not answered. */
  public List<SyncOutput> releaseHeld(Document document) {
    var outputs = new ArrayList<SyncOutput>();
    for (Conversation conversation : conversations.values()) {
      if (conversation.isHeld) {
        generate(document, conversation, outputs);
      }
    }
    return outputs;
  }

  /** Tells every session that the document cannot be provided; the sessions stay. */
  public List<SyncOutput> withdraw() {
    var outputs = new ArrayList<SyncOutput>();
    for (Conversation conversation : conversations.values()) {
      outputs.add(withdraw(conversation));
    }
    return outputs;
  }

  /** Tells one session that the document cannot be provided. */
  public SyncOutput withdraw(String sessionId) {
    return withdraw(conversation(sessionId));
  }

  private static SyncOutput withdraw(Conversation conversation) {
    conversation.status = PeerStatus.UNAVAILABLE;
    conversation.owesAnswer = false;
    conversation.isHeld = false;
    return new SyncOutput.Unavailable(conversation.session);
  }

  /** The states that have changed since they were last handed out and should be stored. */
  public List<StorableState> storableStates() {
    var states = new ArrayList<StorableState>();
    for (Conversation conversation : conversations.values()) {
      storable(conversation).ifPresent(states::add);
    }
    return states;
  }

  private static Optional<StorableState> storable(Conversation conversation) {
    String storageId = conversation.session.storageId();
    List<ChangeHash> shared = conversation.state.sharedHeads();
    if (storageId == null
        || !conversation.isRemembered()
        || shared.equals(conversation.storedSharedHeads)
        || (shared.isEmpty() && conversation.storedSharedHeads == null)) {
      return Optional.empty();
    }
    conversation.storedSharedHeads = shared;
    return Optional.of(new StorableState(storageId, conversation.state.encode()));
  }

  private void generate(Document document, Conversation conversation, List<SyncOutput> outputs) {
    conversation.owesAnswer = false;
    conversation.owesAcknowledgement = false;
    conversation.isHeld = false;
    boolean isRequest = isRequest(document, conversation);
    long sentBefore = conversation.state.changesSent();
    Optional<byte[]> message = SyncProtocol.generate(document, conversation.state);
    if (message.isPresent()) {
      long changes = conversation.state.changesSent() - sentBefore;
      outputs.add(new SyncOutput.Send(conversation.session, isRequest, message.get(), changes));
    }
  }

  private boolean isRequest(Document document, Conversation conversation) {
    return conversation.status == PeerStatus.UNKNOWN
        && document.heads().isEmpty()
        && conversation.state.sharedHeads().isEmpty()
        && conversations.values().stream().noneMatch(other -> other.status == PeerStatus.HAS);
  }

  private static void announceHeads(Conversation conversation, List<SyncOutput> outputs) {
    String storageId = conversation.session.storageId();
    List<ChangeHash> heads = conversation.state.theirHeads().orElse(List.of());
    if (storageId == null
        || !conversation.isRemembered()
        || heads.isEmpty()
        || heads.equals(conversation.announcedHeads)) {
      return;
    }
    conversation.announcedHeads = heads;
    outputs.add(new SyncOutput.RemoteHeads(conversation.session, storageId, heads));
  }

  private void reportUnavailable(List<SyncOutput> outputs) {
    for (Conversation conversation : conversations.values()) {
      if (conversation.status != PeerStatus.WANTS
          && conversation.status != PeerStatus.UNAVAILABLE) {
        return;
      }
    }
    for (Conversation conversation : conversations.values()) {
      if (conversation.status == PeerStatus.WANTS) {
        outputs.add(withdraw(conversation));
      }
    }
  }

  private Conversation conversation(String sessionId) {
    Conversation conversation = conversations.get(sessionId);
    if (conversation == null) {
      throw new IllegalStateException("Session " + sessionId + " has not joined");
    }
    return conversation;
  }
}
