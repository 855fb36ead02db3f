package org.peerstead.merge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.events.Hash32;

class DocumentRecordTest {
  private static final DocumentRecord RECORD =
      new DocumentRecord(
          1,
          2,
          3,
          4,
          5,
          6,
          7,
          List.of(Hash32.fromHex("ab".repeat(32)), Hash32.fromHex("cd".repeat(32))));

  @Test
  void encode_shouldGiveTheLayoutOfVersionOne() {
    assertThat(HexFormat.of().formatHex(RECORD.encode()))
        .isEqualTo(
            "01"
                + "0000000000000001"
                + "0000000000000002"
                + "0000000000000003"
                + "0000000000000004"
                + "0000000000000005"
                + "0000000000000006"
                + "0000000000000007"
                + "ab".repeat(32)
                + "cd".repeat(32));
    assertThat(DocumentRecord.decode(RECORD.encode())).isEqualTo(RECORD);
  }

  @Test
  void decode_shouldReportDamage() {
    byte[] whole = RECORD.encode();
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      if (length == 57 || length == 89) {
        continue;
      }
      assertThatThrownBy(() -> DocumentRecord.decode(part))
          .isInstanceOfSatisfying(
              StorageException.class,
              e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.DAMAGED));
    }
    whole[0] = 2;
    assertThatThrownBy(() -> DocumentRecord.decode(whole)).hasMessageContaining("version 2");
  }
}
