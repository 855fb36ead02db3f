package org.peerstead.crdt.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeOptions;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;

/** Situations that the recorded conversations leave out. */
class SyncProtocolTest {
  private final Document ours = Document.create(ActorId.fromHex("aa".repeat(16)));
  private final Document theirs = Document.create(ActorId.fromHex("bb".repeat(16)));
  private final SyncState ourState = SyncState.create();
  private final SyncState theirState = SyncState.create();

  private static void edit(Document document, int value) {
    Transaction edit = document.begin(ChangeOptions.NONE);
    edit.put(ObjectId.ROOT, "k" + value % 5, new ScalarValue.Int(value));
    edit.commit();
  }

  private void converse() throws AutomergeFormatException {
    for (int round = 0; round < 20; round++) {
      Optional<byte[]> toThem = SyncProtocol.generate(ours, ourState);
      if (toThem.isPresent()) {
        SyncProtocol.receive(theirs, theirState, toThem.get());
      }
      Optional<byte[]> toUs = SyncProtocol.generate(theirs, theirState);
      if (toUs.isPresent()) {
        SyncProtocol.receive(ours, ourState, toUs.get());
      }
      if (toThem.isEmpty() && toUs.isEmpty()) {
        return;
      }
    }
    throw new AssertionError("no silence after 20 rounds");
  }

  @Test
  void generate_shouldSendOneChangeWhenOneIsNew() throws AutomergeFormatException {
    for (int i = 0; i < 50; i++) {
      edit(ours, i);
    }
    converse();
    edit(ours, 50);
    SyncMessage message = SyncProtocol.generateMessage(ours, ourState).orElseThrow();
    assertThat(message.changes()).hasSize(1);
    assertThat(message.changes().getFirst())
        .isEqualTo(Bytes.of(ours.changeBytes(ours.heads().getFirst())));
    assertThat(message.have().getFirst().bloom().entries()).isEqualTo(1);
    assertThat(SyncProtocol.generate(ours, ourState)).isEmpty();
  }

  @Test
  void generate_shouldNotRepeatTheWholeDocumentWhileThePeerIsSilent()
      throws AutomergeFormatException {
    for (int i = 0; i < 50; i++) {
      edit(ours, i);
    }
    SyncProtocol.receive(ours, ourState, SyncProtocol.generate(theirs, theirState).orElseThrow());
    byte[] first = SyncProtocol.generate(ours, ourState).orElseThrow();
    edit(ours, 50);
    byte[] second = SyncProtocol.generate(ours, ourState).orElseThrow();
    assertThat(second.length).isLessThan(first.length);
    SyncProtocol.receive(theirs, theirState, first);
    SyncProtocol.receive(theirs, theirState, second);
    assertThat(theirs.heads()).isEqualTo(ours.heads());
    converse();
    assertThat(ourState.sharedHeads()).isEqualTo(ours.heads());
  }

  @Test
  void receive_shouldLeaveTheStateAloneWhenAChangeIsDamaged() throws AutomergeFormatException {
    edit(ours, 1);
    edit(theirs, 2);
    SyncProtocol.receive(theirs, theirState, SyncProtocol.generate(ours, ourState).orElseThrow());
    SyncMessage answer = SyncProtocol.generateMessage(theirs, theirState).orElseThrow();
    byte[] change = answer.changes().getFirst().toBytes();
    change[change.length - 1] ^= 1;
    SyncMessage damaged =
        new SyncMessage(
            answer.version(),
            answer.heads(),
            answer.need(),
            answer.have(),
            List.of(Bytes.of(change)),
            answer.flags());
    assertThatExceptionOfType(AutomergeFormatException.class)
        .isThrownBy(() -> SyncProtocol.receive(ours, ourState, damaged));
    assertThat(ourState.isInFlight()).isTrue();
    assertThat(ourState.theirHeads()).isEmpty();
    SyncProtocol.receive(ours, ourState, answer);
    converse();
    assertThat(ours.heads()).isEqualTo(theirs.heads());
  }

  @Test
  void receive_shouldTellWhatHappened() throws AutomergeFormatException {
    edit(ours, 1);
    edit(theirs, 2);
    edit(theirs, 3);
    byte[] greeting = SyncProtocol.generate(ours, ourState).orElseThrow();
    assertThat(SyncProtocol.receive(theirs, theirState, greeting))
        .isEqualTo(new ReceiveOutcome(2, 0, 0, false, false, false));
    byte[] answer = SyncProtocol.generate(theirs, theirState).orElseThrow();
    assertThat(SyncProtocol.receive(ours, ourState, answer))
        .isEqualTo(new ReceiveOutcome(1, 2, 0, true, false, false));
    SyncState fresh = SyncState.create();
    byte[] empty =
        SyncProtocol.generate(Document.create(ActorId.fromHex("cc")), SyncState.create())
            .orElseThrow();
    assertThat(SyncProtocol.receive(ours, fresh, empty).peerReset()).isTrue();
  }

  @Test
  void setReadOnly_shouldCatchUpWhenItEnds() throws AutomergeFormatException {
    edit(ours, 1);
    edit(theirs, 2);
    ourState.setReadOnly(true);
    converse();
    assertThat(ours.changeCount()).isEqualTo(1);
    assertThat(theirs.changeCount()).isEqualTo(2);
    ourState.setReadOnly(false);
    SyncMessage reset = SyncProtocol.generateMessage(ours, ourState).orElseThrow();
    assertThat(reset.flags()).isEqualTo(new SyncFlags(true, false, true));
    SyncProtocol.receive(theirs, theirState, reset);
    converse();
    assertThat(ours.heads()).isEqualTo(theirs.heads());
  }

  @Test
  void setReadOnly_shouldPretendLossToPeersThatDoNotKnowReset() throws AutomergeFormatException {
    edit(ours, 1);
    ourState.setReadOnly(true);
    ourState.setReadOnly(false);
    SyncMessage message = SyncProtocol.generateMessage(ours, ourState).orElseThrow();
    assertThat(message.heads()).isEmpty();
    assertThat(message.flags()).isEqualTo(new SyncFlags(false, false, true));
  }

  @Test
  void receive_shouldKeepFewSharedHeadsWhenAPeerNamesMany() throws AutomergeFormatException {
    for (int i = 0; i < 400; i++) {
      edit(ours, i);
    }
    ChangeHash[] all = new ChangeHash[401];
    for (int row = 0; row < 400; row++) {
      all[row] = ours.graph().hash(row);
    }
    all[400] = ChangeHash.fromHex("00".repeat(32));
    Arrays.sort(all);
    SyncMessage hostile =
        new SyncMessage(
            SyncMessage.Version.V1,
            List.of(all),
            List.of(),
            List.of(Have.NOTHING),
            List.of(),
            null);
    SyncProtocol.receive(ours, ourState, hostile);
    assertThat(ourState.sharedHeads()).isEqualTo(ours.heads());
  }

  @Test
  void generate_shouldAnswerARequestForHashesOnly() throws AutomergeFormatException {
    for (int i = 0; i < 10; i++) {
      edit(ours, i);
    }
    ChangeHash wanted = ours.graph().hash(3);
    SyncMessage request =
        new SyncMessage(
            SyncMessage.Version.V1,
            ours.heads(),
            List.of(wanted, wanted, ChangeHash.fromHex("00".repeat(32))),
            List.of(),
            List.of(),
            null);
    SyncProtocol.receive(ours, ourState, request);
    SyncMessage answer = SyncProtocol.generateMessage(ours, ourState).orElseThrow();
    assertThat(answer.changes()).containsExactly(Bytes.of(ours.changeBytes(wanted)));
  }
}
