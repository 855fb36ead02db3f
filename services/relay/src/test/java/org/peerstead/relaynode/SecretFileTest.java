package org.peerstead.relaynode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.relay.auth.PasswordAlgorithm;

class SecretFileTest {
  @TempDir Path folder;

  private final SecureRandom random = new SecureRandom();

  @Test
  void create_shouldMakeAFileForItsOwnerAlone() throws IOException {
    SecretFile file = RelayFiles.in(folder).secret();
    byte[] secret = file.create(random);

    assertThat(file.read()).containsExactly(secret);
    assertThat(Files.getPosixFilePermissions(file.path()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(Files.getPosixFilePermissions(file.path().getParent()))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void rotate_shouldKeepTheOneBeforeUntilItIsRetired() throws IOException {
    SecretFile file = new SecretFile(folder.resolve("secret"));
    byte[] first = file.create(random);
    assertThat(file.rotate(random)).isEqualTo(2);
    byte[] second = file.read().getFirst();
    assertThat(file.read()).containsExactly(second, first);
    var unused = file.rotate(random);
    assertThat(file.read()).hasSize(2).doesNotContain(first).contains(second);
    file.retire();
    assertThat(file.read()).hasSize(1);
  }

  @Test
  void read_shouldRefuseWhatOthersCanReadOrGuess() throws IOException {
    SecretFile file = new SecretFile(folder.resolve("secret"));
    byte[] secret = file.create(random);
    Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(file::read)
        .hasMessageContaining("chmod 600")
        .hasMessageNotContaining(new String(secret, StandardCharsets.UTF_8));
    PrivateFiles.write(file.path(), List.of("short"));
    assertThatThrownBy(file::read).hasMessageContaining("shorter than 16");
    PrivateFiles.write(file.path(), List.of("# nothing"));
    assertThatThrownBy(file::read).hasMessageContaining("0 secrets");
  }

  @Test
  void users_shouldBeAddedChangedAndTakenAway() throws IOException {
    UsersFile users = RelayFiles.in(folder).users();
    assertThat(users.put("ann", "relay", "sesame")).isTrue();
    assertThat(users.put("ben", "relay", "sesame")).isTrue();
    assertThat(users.put("ann", "relay", "open")).isFalse();
    assertThat(users.read().names()).containsExactly("ann", "ben");
    assertThat(users.read().find("ann", "relay", PasswordAlgorithm.MD5, 0)).isNotNull();
    assertThat(Files.readString(users.path())).doesNotContain("sesame", "open");
    assertThat(users.remove("ann")).isTrue();
    assertThat(users.remove("ann")).isFalse();
    assertThat(users.read().names()).containsExactly("ben");
  }
}
