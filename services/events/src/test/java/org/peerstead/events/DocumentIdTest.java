package org.peerstead.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DocumentIdTest {

  @Test
  void toString_shouldSpellBitcoinsOwnExample() {
    // The version byte and hash of the first address in Bitcoin's base58check documentation.
    byte[] payload = HexFormat.of().parseHex("00010966776006953d5567439e5e39f86a0d273bee");
    assertThat(DocumentId.of(payload).toString()).isEqualTo("16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM");
    assertThat(DocumentId.parse("16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM"))
        .contains(DocumentId.of(payload));
  }

  @Test
  void parse_shouldAcceptUrlAndLegacyUuid() {
    var id = DocumentId.of(HexFormat.of().parseHex("00112233445566778899aabbccddeeff"));
    assertThat(DocumentId.parse("automerge:" + id)).contains(id);
    assertThat(DocumentId.parse("00112233-4455-6677-8899-aabbccddeeff")).contains(id);
  }

  @Test
  void parse_shouldRefuseAnythingElse() {
    String good = DocumentId.of(new byte[16]).toString();
    assertThat(DocumentId.parse(good)).isPresent();
    assertThat(DocumentId.parse("")).isEmpty();
    assertThat(DocumentId.parse("automerge:")).isEmpty();
    assertThat(DocumentId.parse("2" + good.substring(1))).isEmpty();
    assertThat(DocumentId.parse(good + "#abc")).isEmpty();
    assertThat(DocumentId.parse("0OIl")).isEmpty();
    assertThat(DocumentId.parse("1".repeat(10_000))).isEmpty();
    assertThat(DocumentId.parse(Base58Check.encode(new byte[0]))).isEmpty();
  }

  @Test
  void random_shouldSurviveItsSpellingAndBeAVersion4Uuid() {
    var random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      var id = DocumentId.random(random);
      assertThat(DocumentId.parse(id.toString())).contains(id);
      assertThat(id.toArray()[6] >> 4).isEqualTo(4);
    }
  }

  @Test
  void of_shouldRefuseEmptyAndOverlong() {
    assertThatThrownBy(() -> DocumentId.of(new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DocumentId.of(new byte[65]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
