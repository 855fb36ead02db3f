package org.peerstead.hypercore.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.InMemoryCoreStore;

/** Names and keys of npm corestore 7.12.5. */
class CorestoreVectorTest {
  @Test
  void name_shouldLeadToTheCoreThatCorestoreMakes() {
    JsonNode vector = Vectors.load("crypto.json").get("corestore");
    Corestore corestore =
        new Corestore(new InMemoryCoreStore(), Vectors.bytes(vector, "primaryKey"));

    assertThat(vector.get("cores")).isNotEmpty();
    for (JsonNode each : vector.get("cores")) {
      CoreAlias alias =
          new CoreAlias(Vectors.fixed32(each, "namespace"), each.get("name").asText());

      Core core = corestore.open(alias);

      assertThat(core.key()).isEqualTo(Vectors.fixed32(each, "key"));
      assertThat(corestore.keyPair(alias).publicKey())
          .isEqualTo(Vectors.fixed32(each, "publicKey"));
    }
  }
}
