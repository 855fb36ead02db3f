package org.peerstead.merge.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.sync.SyncProtocol;
import org.peerstead.crdt.sync.SyncState;
import org.peerstead.events.Session;

class DocumentSyncTest {
  private static final Session ALICE = new Session("gateway", "s1", "alice", null, true, "");

  private final Document server = Document.create(ActorId.fromHex("5e"));
  private final Document alice = Document.create(ActorId.fromHex("a1"));
  private final SyncState aliceState = SyncState.create();
  private final DocumentSync sync = new DocumentSync();

  private static void put(Document document, String key) {
    document.change(tx -> tx.put(ObjectId.ROOT, key, new ScalarValue.Int(1)));
  }

  private byte[] aliceSays() {
    return SyncProtocol.generate(alice, aliceState).orElseThrow();
  }

  private void serverHears(byte[] message) throws AutomergeFormatException {
    sync.receive(server, "s1", false, message);
  }

  /** Delivers what the server has to say; the number of messages. */
  private int serverSays(boolean headsChanged) throws AutomergeFormatException {
    List<SyncOutput> outputs = sync.settle(server, headsChanged);
    int sent = 0;
    for (SyncOutput output : outputs) {
      if (output instanceof SyncOutput.Send send) {
        SyncProtocol.receive(alice, aliceState, send.message());
        sent++;
      }
    }
    return sent;
  }

  @Test
  void settle_shouldAcknowledgeWhatAnEarlierMessageOfTheTurnBrought()
      throws AutomergeFormatException {
    sync.join(ALICE, Optional.empty());
    put(alice, "before");
    for (Optional<byte[]> message = SyncProtocol.generate(alice, aliceState);
        message.isPresent();
        message = SyncProtocol.generate(alice, aliceState)) {
      serverHears(message.get());
      serverSays(true);
    }
    assertThat(server.heads()).isEqualTo(alice.heads());

    // The server sends a change; before its message arrives, alice sends one of hers; then she
    // answers. Both of hers are taken in before the server speaks again.
    put(server, "c2");
    sync.settle(server, true);
    byte[] ofServer =
        sync.releaseHeld(server).stream()
            .filter(SyncOutput.Send.class::isInstance)
            .map(output -> ((SyncOutput.Send) output).message())
            .findFirst()
            .orElseThrow();
    put(alice, "c1");
    byte[] first = aliceSays();
    SyncProtocol.receive(alice, aliceState, ofServer);
    byte[] second = aliceSays();
    serverHears(first);
    serverHears(second);
    assertThat(server.heads()).isEqualTo(alice.heads());

    assertThat(aliceState.theirHeads()).isNotEqualTo(Optional.of(server.heads()));
    assertThat(serverSays(true)).isEqualTo(1);
    assertThat(aliceState.theirHeads()).contains(server.heads());
    assertThat(sync.settle(server, false)).isEmpty();
  }
}
