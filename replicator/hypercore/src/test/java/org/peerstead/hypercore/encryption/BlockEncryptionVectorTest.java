package org.peerstead.hypercore.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.Vectors;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Encrypted blocks of {@code vectors/crypto.json}. */
class BlockEncryptionVectorTest {
  private static final JsonNode VECTOR = Vectors.load("crypto.json").get("encryption");
  private static final Fixed32 KEY = Vectors.fixed32(VECTOR, "key");
  private static final byte[] ENCRYPTION_KEY = Vectors.bytes(VECTOR, "encryptionKey");

  @Test
  void blocks_shouldBeEncryptedAsNpmDoes() {
    check(BlockEncryption.of(KEY, ENCRYPTION_KEY, false), VECTOR.get("blocks"));
    check(BlockEncryption.ofBlockKey(Vectors.bytes(VECTOR, "blockKey")), VECTOR.get("blocks"));
  }

  @Test
  void compatCore_shouldHaveTheBlockKeyThatNpmDerives() {
    JsonNode compat = VECTOR.get("compat");
    Slice plain = Slice.of(new byte[100]);

    assertThat(
            BlockEncryption.of(Vectors.fixed32(compat, "key"), ENCRYPTION_KEY, true)
                .encrypt(3, 1, plain))
        .isEqualTo(
            BlockEncryption.ofBlockKey(Vectors.bytes(compat, "blockKey")).encrypt(3, 1, plain));
  }

  @Test
  void blockWithoutPadding_shouldBeRefused() {
    BlockEncryption encryption = BlockEncryption.of(KEY, ENCRYPTION_KEY, false);

    assertThatThrownBy(() -> encryption.decrypt(0, Slice.of(new byte[7])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BlockEncryption.of(KEY, new byte[31], false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void check(BlockEncryption encryption, JsonNode blocks) {
    assertThat(blocks).isNotEmpty();
    for (JsonNode block : blocks) {
      long index = block.get("index").asLong();
      Slice plain = Vectors.slice(block, "plain");
      Slice stored = Vectors.slice(block, "block");
      assertThat(encryption.encrypt(index, block.get("fork").asLong(), plain)).isEqualTo(stored);
      assertThat(encryption.decrypt(index, stored)).isEqualTo(plain);
    }
  }
}
