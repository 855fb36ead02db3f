package org.peerstead.storagepeer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.crypto.Entropy;

class KeyFileTest {
  private final Entropy entropy = new Random(7)::nextBytes;

  @TempDir Path folder;
  private Path path = Path.of("unset");

  @BeforeEach
  void choosePath() {
    path = folder.resolve("storage-peer.keys");
  }

  @Test
  void open_shouldMakeAPrivateFileAndFindTheSameKeysAgain() throws IOException {
    KeyFile first = KeyFile.open(path, false, entropy);
    KeyFile again = KeyFile.open(path, true, entropy);

    assertThat(again.device().publicKey()).isEqualTo(first.device().publicKey());
    assertThat(again.primaryKey()).isEqualTo(first.primaryKey()).hasSize(32);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void toString_shouldShowNoSecret() {
    KeyFile keys = KeyFile.open(path, false, entropy);
    assertThat(keys.toString())
        .doesNotContain(HexFormat.of().formatHex(keys.primaryKey()))
        .doesNotContain(HexFormat.of().formatHex(keys.device().seed()));
  }

  @Test
  void open_shouldRefuseToMakeNewKeysForOldCores() {
    assertThatThrownBy(() -> KeyFile.open(path, true, entropy))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("put it back from a backup");
    assertThat(path).doesNotExist();
  }

  @Test
  void open_shouldRefuseAFileThatOthersCanRead() throws IOException {
    KeyFile.open(path, false, entropy);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> KeyFile.open(path, false, entropy))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void open_shouldNotShowTheSecretsOfADamagedFile() throws IOException {
    KeyFile.open(path, false, entropy);
    String text = Files.readString(path);
    String secret = text.lines().skip(1).findFirst().orElseThrow().substring(12);
    Files.writeString(path, text.replace(secret, "x" + secret.substring(1)));
    assertThatThrownBy(() -> KeyFile.open(path, false, entropy))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("damaged")
        .hasNoCause()
        .hasMessageNotContaining(secret.substring(1));
    Files.writeString(path, "something else");
    assertThatThrownBy(() -> KeyFile.open(path, false, entropy))
        .isInstanceOf(StorageException.class);
  }
}
