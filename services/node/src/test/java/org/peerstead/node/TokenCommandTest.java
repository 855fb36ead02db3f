package org.peerstead.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenCommandTest {
  @TempDir Path folder;

  @Test
  void tokens_shouldBeCreatedListedAndRevoked() throws CommandException {
    String secret = run("create", "my", "laptop").strip();
    assertThat(secret).matches("pst_[A-Za-z0-9_-]{43}");
    String list = run("list");
    assertThat(list).contains("my laptop").doesNotContain(secret);
    String id = list.substring(0, 8);
    run("revoke", id);
    assertThat(run("list")).isEmpty();
    var thrown = catchThrowableOfType(CommandException.class, () -> run("revoke", id));
    assertThat(thrown.exitCode()).isEqualTo(CommandException.FAILED);
  }

  @Test
  void run_shouldRefuseOtherWords() {
    for (String word : List.of("steal", "--force", "revoke")) {
      var thrown = catchThrowableOfType(CommandException.class, () -> run(word));
      assertThat(thrown.exitCode()).isEqualTo(CommandException.USAGE);
    }
  }

  private String run(String... args) throws CommandException {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--data=" + folder);
    var out = new ByteArrayOutputStream();
    var err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    int code =
        TokenCommand.run(all, Map.of(), new PrintStream(out, true, StandardCharsets.UTF_8), err);
    assertThat(code).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }
}
