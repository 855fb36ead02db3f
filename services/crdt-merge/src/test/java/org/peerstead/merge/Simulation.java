package org.peerstead.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.sync.SyncProtocol;
import org.peerstead.crdt.sync.SyncState;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentChanged;
import org.peerstead.events.DocumentCommand;
import org.peerstead.events.DocumentCommandResult;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader.ReadResult;
import org.peerstead.events.Event;
import org.peerstead.events.EventCodec;
import org.peerstead.events.MalformedEventException;
import org.peerstead.events.Session;
import org.peerstead.events.SyncInbound;
import org.peerstead.events.SyncOutbound;
import org.peerstead.merge.store.StorageException;

/**
 * The service with simulated peers in one thread: nothing happens but what a test asks for, in an
 * order that its seed decides. Every event passes the codec.
 */
final class Simulation {
  final FaultyDocumentStore store;
  final Deque<Runnable> tasks = new ArrayDeque<>();
  final Deque<Runnable> timers = new ArrayDeque<>();
  final List<Event> sent = new ArrayList<>();
  final Map<String, Peer> peers = new LinkedHashMap<>();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  Instant now = Instant.ofEpochMilli(1_000_000);
  Documents documents;
  boolean isLosingOutbound;
  private final Random random;
  private int sessions;

  Simulation(long seed, MergeLimits limits) {
    this(seed, limits, new FaultyDocumentStore());
  }

  Simulation(long seed, MergeLimits limits, FaultyDocumentStore store) {
    this.store = store;
    this.random = new Random(seed);
    start(limits);
  }

  /** A new service on the same store; what the old one had in memory is gone. */
  void start(MergeLimits limits) {
    tasks.clear();
    timers.clear();
    peers.clear();
    InstantSource clock = () -> now;
    documents =
        new Documents(
            new Documents.Ports(
                store,
                operations -> {
                  try {
                    store.write(operations);
                    return CompletableFuture.completedFuture(null);
                  } catch (StorageException e) {
                    return CompletableFuture.failedFuture(e);
                  }
                },
                this::deliver,
                tasks::add,
                (delay, task) -> timers.add(task),
                clock,
                random),
            limits,
            new MergeMetrics(registry));
  }

  /** From now on, choices follow from {@code seed}. */
  void reseed(long seed) {
    random.setSeed(seed);
  }

  private void deliver(Event event, Runnable onLost) {
    Event decoded;
    try {
      decoded = EventCodec.decode(EventCodec.encode(event));
    } catch (MalformedEventException e) {
      throw new AssertionError(e);
    }
    assertThat(decoded).isEqualTo(event);
    if (decoded instanceof SyncOutbound outbound) {
      if (isLosingOutbound) {
        tasks.add(onLost);
        return;
      }
      Peer peer = peers.get(outbound.sessionId());
      if (peer != null) {
        peer.inbox.add(outbound);
      }
    }
    sent.add(decoded);
  }

  /** Runs turns and delivers messages until nothing is left to do, timers included. */
  void run() {
    if (!run(100_000)) {
      throw new AssertionError("The conversation does not end");
    }
  }

  /** Does up to {@code steps} things; returns whether nothing is left to do. */
  boolean run(int steps) {
    for (int step = 0; step < steps; step++) {
      var choices = new ArrayList<Runnable>();
      if (!tasks.isEmpty()) {
        choices.add(() -> tasks.poll().run());
      }
      for (Peer peer : peers.values()) {
        if (!peer.inbox.isEmpty()) {
          choices.add(peer::receiveOne);
        }
      }
      if (choices.isEmpty() && !timers.isEmpty()) {
        choices.add(() -> timers.poll().run());
      }
      if (choices.isEmpty()) {
        return true;
      }
      choices.get(random.nextInt(choices.size())).run();
    }
    return false;
  }

  /** Runs the service only; messages to peers stay in their inboxes. */
  void runService() {
    while (!tasks.isEmpty()) {
      tasks.poll().run();
    }
  }

  Peer connect(String name) {
    return connect(name, null, false);
  }

  Peer connect(String name, String storageId, boolean isEphemeral) {
    var peer =
        new Peer(
            new Session("gw", "session-" + ++sessions, name, storageId, isEphemeral, "tester"));
    peers.put(peer.session.sessionId(), peer);
    return peer;
  }

  DocumentCommandResult command(DocumentId id, DocumentCommand.Action action) {
    String request = "request-" + sent.size() + "-" + random.nextInt();
    documents.execute(new DocumentCommand("gw", request, "tester", id, action), () -> {});
    run();
    return sent.stream()
        .filter(DocumentCommandResult.class::isInstance)
        .map(DocumentCommandResult.class::cast)
        .filter(result -> result.requestId().equals(request))
        .findFirst()
        .orElseThrow();
  }

  <T> ReadResult<T> read(
      DocumentId id, java.util.function.Function<Document, ReadResult<T>> query) {
    CompletableFuture<ReadResult<T>> answer = documents.read(id, query);
    run();
    return answer.join();
  }

  /** The heads that the service has durably, or empty when it has no such document. */
  Optional<Set<String>> heads(DocumentId id) {
    return store
        .record(id)
        .map(record -> {
          var heads = new HashSet<String>();
          record.heads().forEach(head -> heads.add(head.toString()));
          return heads;
        });
  }

  List<DocumentChanged> changed() {
    return sent.stream()
        .filter(DocumentChanged.class::isInstance)
        .map(DocumentChanged.class::cast)
        .toList();
  }

  double count(String meter, String... tags) {
    var found = registry.find(meter).tags(tags).counter();
    return found == null ? 0 : found.count();
  }

  static DocumentId id(int number) {
    byte[] bytes = new byte[16];
    Arrays.fill(bytes, (byte) number);
    return DocumentId.of(bytes);
  }

  static DocumentCommand.CreateFromJson json(String text) {
    return new DocumentCommand.CreateFromJson(Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** An automerge-repo client: documents of its own, one connection. */
  final class Peer {
    final Session session;
    final Map<DocumentId, Document> documents = new HashMap<>();
    final Deque<SyncOutbound> inbox = new ArrayDeque<>();
    final List<SyncOutbound> received = new ArrayList<>();
    final Set<ChangeHash> acknowledged = new HashSet<>();
    private final Map<DocumentId, SyncState> states = new HashMap<>();
    private long counter;

    Peer(Session session) {
      this.session = session;
    }

    Document document(DocumentId id) {
      return documents.computeIfAbsent(id, unused -> Document.create(ActorId.random(random)));
    }

    ChangeHash edit(DocumentId id, String key, String value) {
      return document(id)
          .change(edits -> edits.put(ObjectId.ROOT, key, new ScalarValue.Str(value)))
          .orElseThrow();
    }

    /** Continues another connection's documents and sync states. */
    void resume(Peer earlier) {
      documents.putAll(earlier.documents);
      earlier.states.forEach((id, state) -> states.put(id, state.reconnected()));
    }

    void sync(DocumentId id) {
      Document document = document(id);
      boolean isRequest = document.heads().isEmpty();
      SyncProtocol.generate(document, state(id))
          .ifPresent(message ->
              send(id, isRequest ? SyncInbound.Kind.REQUEST : SyncInbound.Kind.SYNC, message));
    }

    void send(DocumentId id, SyncInbound.Kind kind, byte[] message) {
      Simulation.this.documents.receive(
          new SyncInbound(session, ++counter, id, kind, Bytes.copyOf(message)), () -> {});
    }

    void leave() {
      for (DocumentId id : Set.copyOf(documents.keySet())) {
        send(id, SyncInbound.Kind.CLOSED, new byte[0]);
      }
      peers.remove(session.sessionId());
    }

    void receiveOne() {
      SyncOutbound event = inbox.poll();
      received.add(event);
      if (event.body() instanceof SyncOutbound.Message message) {
        try {
          Document document = document(event.document());
          SyncState state = state(event.document());
          SyncProtocol.receive(document, state, message.data().toArray());
          acknowledge(document, state);
        } catch (AutomergeFormatException e) {
          throw new AssertionError(e);
        }
        Document document = document(event.document());
        SyncProtocol.generate(document, state(event.document()))
            .ifPresent(answer -> send(event.document(), SyncInbound.Kind.SYNC, answer));
      }
    }

    /** Whatever is among the service's heads, with its history, counts as acknowledged. */
    private void acknowledge(Document document, SyncState state) {
      for (ChangeHash head : state.theirHeads().orElse(List.of())) {
        int row = document.graph().row(head);
        if (row >= 0) {
          var open = new ArrayDeque<Integer>();
          open.add(row);
          while (!open.isEmpty()) {
            int next = open.poll();
            if (acknowledged.add(document.graph().hash(next))) {
              for (int dependency : document.graph().dependencies(next)) {
                open.add(dependency);
              }
            }
          }
        }
      }
    }

    private SyncState state(DocumentId id) {
      return states.computeIfAbsent(id, unused -> SyncState.create());
    }

    Set<String> heads(DocumentId id) {
      var heads = new HashSet<String>();
      document(id).heads().forEach(head -> heads.add(head.toString()));
      return heads;
    }

    List<SyncOutbound.Body> bodies() {
      return received.stream().map(SyncOutbound::body).toList();
    }

    boolean wasToldUnavailable() {
      return bodies().stream().anyMatch(SyncOutbound.Unavailable.class::isInstance);
    }

    List<SyncOutbound.Refusal> refusals() {
      return bodies().stream()
          .filter(SyncOutbound.Refused.class::isInstance)
          .map(body -> ((SyncOutbound.Refused) body).refusal())
          .toList();
    }
  }
}
