package org.peerstead.dhtseed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.discovery.store.StorageException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;

class NodeKeyFileTest {
  private static final Entropy ENTROPY = new Random(7)::nextBytes;

  @TempDir Path folder;

  @Test
  void open_shouldMakeAKeyOnceAndForItsOwnerOnly() throws IOException {
    Path file = folder.resolve("dht-seed.key");
    KeyPair made = NodeKeyFile.open(file, ENTROPY);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(NodeKeyFile.open(file, ENTROPY).publicKey()).isEqualTo(made.publicKey());
    assertThat(folder.toFile().list()).containsExactly("dht-seed.key");
  }

  @Test
  void open_shouldRefuseAFileThatOthersRead() throws IOException {
    Path file = folder.resolve("dht-seed.key");
    NodeKeyFile.open(file, ENTROPY);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> NodeKeyFile.open(file, ENTROPY))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void open_shouldRefuseADamagedFileAndKeepItsSecret() throws IOException {
    Path file = folder.resolve("dht-seed.key");
    String secret = "0123456789abcdeg".repeat(4);
    for (String text :
        new String[] {
          "",
          "peerstead-dht-key 1\n",
          "peerstead-dht-key 1\nseed 12\n",
          "peerstead-dht-key 1\nseed " + secret + "\n",
          "x".repeat(5_000)
        }) {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, text);
      assertThatThrownBy(() -> NodeKeyFile.open(file, ENTROPY))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("damaged")
          .hasMessageNotContaining(secret)
          .hasNoCause();
    }
  }
}
