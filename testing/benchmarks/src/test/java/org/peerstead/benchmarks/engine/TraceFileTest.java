package org.peerstead.benchmarks.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFileTest {
  @TempDir Path folder;

  @Test
  void read_shouldReturnWhatWasWritten() throws IOException {
    Trace trace = SyntheticSession.takingTurns(4, 3);
    Path file = folder.resolve("turns.trace");

    TraceFile.write(trace, file);

    assertThat(TraceFile.read(file)).isEqualTo(trace);
  }

  @Test
  void readJson_shouldUnderstandPublishedTraces() throws IOException {
    Path file = folder.resolve("two.json.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(
          """
          {"kind": "concurrent", "endContent": "hé", "numAgents": 2, "txns": [
            {"parents": [], "numChildren": 1, "agent": 1, "patches": [[0, 0, "hx"]]},
            {"parents": [0], "numChildren": 0, "agent": 0, "patches": [[1, 1, "é"]]}]}
          """
              .getBytes(StandardCharsets.UTF_8));
    }

    Trace trace = TraceFile.readJson(file);

    assertThat(trace)
        .isEqualTo(
            new Trace(
                2,
                "hé",
                List.of(
                    new Trace.Transaction(1, List.of(), List.of(new Trace.Patch(0, 0, "hx"))),
                    new Trace.Transaction(0, List.of(0), List.of(new Trace.Patch(1, 1, "é"))))));
  }

  @Test
  void read_shouldRefuseOtherFiles() throws IOException {
    Path file = Files.writeString(folder.resolve("other"), "something else");

    assertThatThrownBy(() -> TraceFile.read(file)).isInstanceOf(IOException.class);
  }
}
