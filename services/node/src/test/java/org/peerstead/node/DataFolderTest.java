package org.peerstead.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
  @TempDir Path folder;

  @Test
  void open_shouldCreateTheFolderAndLockIt() throws Exception {
    Path path = folder.resolve("a/b");
    try (DataFolder first = DataFolder.open(path)) {
      assertThat(first).isNotNull();
      var thrown = catchThrowableOfType(CommandException.class, () -> DataFolder.open(path));
      assertThat(thrown).hasMessageContainingAll(path.toString(), "in use", "--data");
      assertThat(thrown.exitCode()).isEqualTo(CommandException.FAILED);
    }
    DataFolder.open(path).close();
  }

  @Test
  void open_shouldNameAFileInTheWay() throws IOException {
    Path path = Files.createFile(folder.resolve("file"));
    var thrown = catchThrowableOfType(CommandException.class, () -> DataFolder.open(path));
    assertThat(thrown).hasMessageContainingAll("cannot write", path.toString(), "--data");
  }
}
