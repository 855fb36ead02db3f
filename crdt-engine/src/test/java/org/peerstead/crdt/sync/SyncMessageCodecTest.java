package org.peerstead.crdt.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ChangeHash;

/** Inputs that no honest peer sends. */
class SyncMessageCodecTest {
  private static final String NO_HEADS_NO_NEED = "42" + "00" + "00";

  private static Reason refusal(String hex) {
    AutomergeFormatException failure =
        catchThrowableOfType(
            AutomergeFormatException.class,
            () -> SyncMessageCodec.decode(HexFormat.of().parseHex(hex)));
    assertThat(failure).as("refusal of " + hex).isNotNull();
    return failure.reason();
  }

  @Test
  void decode_shouldRefuseWhenInputIsEmpty() {
    assertThat(refusal("")).isEqualTo(Reason.TRUNCATED);
  }

  @Test
  void decode_shouldRefuseHugeHashCountsBeforeAllocating() {
    assertThat(refusal("42" + "ffffffffffffffffff01")).isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(refusal("42" + "ffff03")).isEqualTo(Reason.TRUNCATED);
    assertThat(refusal("42" + "818004")).isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  void decode_shouldRefuseNumbersThatAreTooLongOrTooLarge() {
    assertThat(refusal("42" + "8000")).isEqualTo(Reason.BAD_INTEGER);
    assertThat(refusal("42" + "ffffffffffffffffff02")).isEqualTo(Reason.BAD_INTEGER);
  }

  @Test
  void decode_shouldRefuseMoreHaveEntriesThanTheBound() {
    assertThat(refusal(NO_HEADS_NO_NEED + "11" + "0000".repeat(17) + "00"))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  void decode_shouldRefuseMoreChangesThanBytes() {
    assertThat(refusal(NO_HEADS_NO_NEED + "00" + "ffff3f" + "00")).isEqualTo(Reason.TRUNCATED);
    assertThat(refusal(NO_HEADS_NO_NEED + "00" + "81804000")).isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  void decode_shouldRefuseFilterWhoseSizeOverflows() {
    // 2^31 - 1 entries of 2^31 - 1 bits, in a filter field of 11 bytes.
    assertThat(
            refusal(
                NO_HEADS_NO_NEED + "01" + "00" + "0b" + "ffffffff07" + "ffffffff07" + "07" + "00"))
        .isEqualTo(Reason.TRUNCATED);
    assertThat(
            refusal(
                NO_HEADS_NO_NEED + "01" + "00" + "0b" + "ffffffff0f" + "ffffffff0f" + "07" + "00"))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  void decode_shouldRefuseFilterWithoutBitsAndWithTooManyProbes() {
    assertThat(refusal(NO_HEADS_NO_NEED + "01" + "00" + "03" + "050007" + "00"))
        .isEqualTo(Reason.BAD_SYNC_MESSAGE);
    assertThat(refusal(NO_HEADS_NO_NEED + "01" + "00" + "05" + "010841ffff" + "00"))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  void contains_shouldAskOneProbeWhenTheFilterSaysNone() throws AutomergeFormatException {
    byte[] bytes =
        HexFormat.of().parseHex(NO_HEADS_NO_NEED + "01" + "00" + "04" + "010800ff" + "00");
    BloomFilter filter = SyncMessageCodec.decode(bytes).have().getFirst().bloom();
    assertThat(filter.contains(ChangeHash.fromHex("ab".repeat(32)))).isTrue();
  }

  @Test
  void encode_shouldWriteFlagsAsTheReferenceDoes() throws AutomergeFormatException {
    SyncMessage message =
        new SyncMessage(
            SyncMessage.Version.V2,
            List.of(),
            List.of(),
            List.of(Have.NOTHING),
            List.of(Bytes.fromHex("0102")),
            new SyncFlags(true, true, true));
    byte[] bytes = SyncMessageCodec.encode(message);
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo("43" + "00" + "00" + "010000" + "01020102" + "020287");
    assertThat(SyncMessageCodec.decode(bytes)).isEqualTo(message);
  }
}
