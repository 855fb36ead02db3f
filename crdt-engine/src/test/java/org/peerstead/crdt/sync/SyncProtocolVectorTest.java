package org.peerstead.crdt.sync;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeOptions;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;

/**
 * Replays conversations recorded with {@code @automerge/automerge} 3.5.0: both sides must write the
 * same bytes and end every step in the same state.
 */
class SyncProtocolVectorTest {
  private static final ActorId ACTOR_A = ActorId.fromHex("11".repeat(16));
  private static final ActorId ACTOR_B = ActorId.fromHex("22".repeat(16));

  /** One side of a conversation. */
  private static final class Side {
    final Document document;
    SyncState state;

    Side(ActorId actor, SyncState state) {
      this.document = Document.create(actor);
      this.state = state;
    }

    void take(JsonNode changes) throws AutomergeFormatException {
      for (JsonNode change : changes) {
        document.loadIncremental(Vectors.hex(change));
      }
    }
  }

  private final Side a = new Side(ACTOR_A, SyncState.create());
  private final Side b = new Side(ACTOR_B, SyncState.create());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "empty-empty",
        "full-empty",
        "empty-full",
        "v1-only",
        "v1-full-empty",
        "edit-during-sync"
      })
  void converse_shouldGiveTheRecordedMessages(String name) throws AutomergeFormatException {
    replay(name);
  }

  @Test
  void converse_shouldGoOnWithLiveAndRestoredStates() throws AutomergeFormatException {
    replay("diverged");
    replay("continue-live");
    SyncState stateA = a.state;
    SyncState stateB = b.state;
    a.state = stateA.reconnected();
    b.state = SyncState.decode(stateB.encode());
    replay("continue-restored-state");
  }

  @ParameterizedTest
  @ValueSource(strings = {"peer-lost-data", "peer-lost-data-but-kept-state"})
  void converse_shouldStartOverWhenThePeerLostData(String name) throws AutomergeFormatException {
    JsonNode vector = Vectors.named(name);
    a.state = SyncState.decode(Vectors.hex(vector.path("stateA0")));
    if (name.endsWith("kept-state")) {
      b.state = SyncState.decode(Vectors.hex(vector.path("stateB0")));
    }
    replay(name);
  }

  @Test
  void converse_shouldIgnoreChangesWhenReadOnly() throws AutomergeFormatException {
    a.state.setReadOnly(true);
    replay("read-only-A");
  }

  private void replay(String name) throws AutomergeFormatException {
    JsonNode vector = Vectors.named(name);
    a.take(vector.path("startA"));
    b.take(vector.path("startB"));
    boolean withoutFlags = name.startsWith("v1-");
    boolean editsDuringSync = name.equals("edit-during-sync");
    List<JsonNode> expected = new ArrayList<>();
    vector.path("messages").forEach(expected::add);
    int at = 0;
    for (int round = 0; round < 20; round++) {
      int before = at;
      at += step(a, b, "A", withoutFlags, expected, at);
      if (editsDuringSync && round < 3) {
        Transaction edit = a.document.begin(ChangeOptions.NONE);
        edit.put(ObjectId.ROOT, "mid" + round, new ScalarValue.Int(round));
        edit.commit();
      }
      at += step(b, a, "B", withoutFlags, expected, at);
      if (at == before) {
        break;
      }
    }
    assertThat(at).isEqualTo(expected.size());
    assertThat(a.document.heads()).isEqualTo(Vectors.hashes(vector.path("headsA")));
    assertThat(b.document.heads()).isEqualTo(Vectors.hashes(vector.path("headsB")));
    assertThat(a.state.encode()).isEqualTo(Vectors.hex(vector.path("stateA")));
    assertThat(b.state.encode()).isEqualTo(Vectors.hex(vector.path("stateB")));
  }

  /** Lets {@code from} speak; returns the number of messages, 0 or 1. */
  private static int step(
      Side from, Side to, String sender, boolean withoutFlags, List<JsonNode> expected, int at)
      throws AutomergeFormatException {
    Optional<SyncMessage> message = SyncProtocol.generateMessage(from.document, from.state);
    if (message.isEmpty()) {
      return 0;
    }
    SyncMessage sent = message.get();
    if (withoutFlags) {
      sent =
          new SyncMessage(
              sent.version(), sent.heads(), sent.need(), sent.have(), sent.changes(), null);
    }
    byte[] bytes = SyncMessageCodec.encode(sent);
    assertThat(at).isLessThan(expected.size());
    JsonNode vector = expected.get(at);
    assertThat(vector.path("from").asText()).isEqualTo(sender);
    assertThat(HexFormat.of().formatHex(bytes))
        .as("message %d", at)
        .isEqualTo(vector.path("bytes").asText());
    SyncProtocol.receive(to.document, to.state, bytes);
    assertState(from, vector.path("senderAfter"));
    assertState(to, vector.path("receiverAfter"));
    return 1;
  }

  private static void assertState(Side side, JsonNode expected) {
    SyncState state = side.state;
    assertThat(state.sharedHeads())
        .as("sharedHeads")
        .isEqualTo(Vectors.hashes(expected.path("sharedHeads")));
    assertThat(state.lastSentHeads())
        .as("lastSentHeads")
        .isEqualTo(Vectors.hashes(expected.path("lastSentHeads")));
    assertThat(state.theirHeads().isPresent())
        .as("theirHeads")
        .isEqualTo(!expected.path("theirHeads").isNull());
    state
        .theirHeads()
        .ifPresent(
            heads -> assertThat(heads).isEqualTo(Vectors.hashes(expected.path("theirHeads"))));
    assertThat(state.isInFlight()).as("inFlight").isEqualTo(expected.path("inFlight").asBoolean());
    assertThat(state.haveResponded)
        .as("haveResponded")
        .isEqualTo(expected.path("haveResponded").asBoolean());
    TreeSet<ChangeHash> sent = new TreeSet<>();
    state.sentRows(side.document).stream()
        .forEach(row -> sent.add(side.document.graph().hash(row)));
    TreeSet<ChangeHash> expectedSent = new TreeSet<>();
    expected
        .path("sentHashes")
        .fieldNames()
        .forEachRemaining(hash -> expectedSent.add(ChangeHash.fromHex(hash)));
    assertThat(sent).as("sentHashes").isEqualTo(expectedSent);
  }
}
