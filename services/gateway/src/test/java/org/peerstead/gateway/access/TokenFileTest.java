package org.peerstead.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenFileTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  @TempDir Path folder;

  @Test
  void add_shouldKeepTheHashOnly() throws IOException {
    AccessToken.Issued issued = issue("laptop", 1);
    var file = new TokenFile(folder.resolve("new/folder"));
    file.add(issued.token());
    assertThat(issued.secret()).startsWith("pst_").hasSize(4 + 43);
    assertThat(Files.readString(file.path())).doesNotContain(issued.secret().substring(4));
    List<AccessToken> tokens = file.read();
    assertThat(tokens).hasSize(1);
    assertThat(tokens.getFirst().id()).isEqualTo(issued.token().id());
    assertThat(tokens.getFirst().name()).isEqualTo("laptop");
    assertThat(tokens.getFirst().createdAt()).isEqualTo(NOW);
    assertThat(tokens.getFirst().matches(AccessToken.hashOf(issued.secret()))).isTrue();
    assertThat(issued.toString()).doesNotContain(issued.secret());
  }

  @Test
  void add_shouldMakeTheFilePrivate() throws IOException {
    var file = new TokenFile(folder);
    file.add(issue("a", 1).token());
    file.add(issue("b", 2).token());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
        .isEqualTo("rw-------");
  }

  @Test
  void remove_shouldTakeOneTokenAndKeepOtherLines() throws IOException {
    var file = new TokenFile(folder);
    AccessToken first = issue("a", 1).token();
    AccessToken second = issue("b", 2).token();
    file.add(first);
    file.add(second);
    Files.writeString(file.path(), "# a note\n" + Files.readString(file.path()));
    assertThat(file.remove("00000000")).isFalse();
    assertThat(file.remove(first.id())).isTrue();
    assertThat(file.read()).extracting(AccessToken::id).containsExactly(second.id());
    assertThat(Files.readString(file.path())).startsWith("# a note\n");
  }

  @Test
  void names_shouldNotBreakTheFile() throws IOException {
    var file = new TokenFile(folder);
    file.add(issue("one\ttwo\nthree" + "x".repeat(100), 1).token());
    assertThat(file.read().getFirst().name()).startsWith("one two three").hasSize(64);
  }

  @Test
  void register_shouldSeeTokensThatComeAndGo() throws IOException {
    var file = new TokenFile(folder);
    var register = new TokenRegister(file);
    AccessToken.Issued issued = issue("a", 1);
    assertThat(register.idOf(issued.secret())).isEmpty();
    file.add(issued.token());
    assertThat(register.idOf(issued.secret())).contains(issued.token().id());
    assertThat(register.idOf(issued.secret() + "x")).isEmpty();
    assertThat(register.idOf("x".repeat(100_000))).isEmpty();
    assertThat(register.contains(issued.token().id())).isTrue();
    file.remove(issued.token().id());
    assertThat(register.idOf(issued.secret())).isEmpty();
    assertThat(register.contains(issued.token().id())).isFalse();
  }

  private static AccessToken.Issued issue(String name, long seed) {
    return AccessToken.issue(name, NOW, new SplittableRandom(seed));
  }
}
