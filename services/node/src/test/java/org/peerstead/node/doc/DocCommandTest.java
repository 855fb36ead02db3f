package org.peerstead.node.doc;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeOptions;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;

class DocCommandTest {
  private static final ActorId ALICE = ActorId.fromHex("aa".repeat(16));
  private static final ActorId BOB = ActorId.fromHex("bb".repeat(16));
  private static final String DOCUMENT_ID = "4NMNnkMhL8jXrdJ9jamS58PAVdXu";

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private byte[] standardInput = new byte[0];
  private final Document alice = Document.create(ALICE);
  private Path file = Path.of("unset");

  @BeforeEach
  void writeFile() throws IOException {
    put(alice, "title", new ScalarValue.Str("Board"), "Begin");
    put(alice, "cards", new ScalarValue.Int(3), "");
    file = folder.resolve("board.automerge");
    Files.write(file, alice.save());
  }

  private static void put(Document document, String key, ScalarValue value, String message) {
    Transaction edit =
        document.begin(ChangeOptions.NONE.withMessage(message).withTime(1_700_000_000L));
    edit.put(ObjectId.ROOT, key, value);
    edit.commit();
  }

  private int run(String... args) {
    return runWith(Map.of(), args);
  }

  private int runWith(Map<String, String> environment, String... args) {
    out.reset();
    err.reset();
    return new DocCommand(environment)
        .execute(
            Arrays.asList(args),
            new ByteArrayInputStream(standardInput),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private void assertOneLine(String... parts) {
    assertThat(err().strip().lines()).hasSize(1);
    assertThat(err()).contains(parts);
    assertThat(err()).doesNotContain("Exception", "\tat ");
  }

  @Test
  void json_shouldPrintTheContent() {
    assertThat(run("json", file.toString())).isZero();
    assertThat(out()).contains("\"title\"", "\"Board\"", "\"cards\"", "3");
  }

  @Test
  void json_shouldShowThePastAtHeads() {
    assertThat(run("json", file.toString(), "--heads", alice.graph().hash(0).toString())).isZero();
    assertThat(out()).contains("Board").doesNotContain("cards");
    assertThat(run("json", file.toString(), "--heads=" + "00".repeat(32))).isEqualTo(1);
    assertOneLine("no change");
    assertThat(run("json", file.toString(), "--heads", "xyz")).isEqualTo(2);
    assertOneLine("not a change hash");
  }

  @Test
  void json_shouldReadStandardInput() {
    standardInput = alice.save();
    assertThat(run("json", "-")).isZero();
    assertThat(out()).contains("Board");
  }

  @Test
  void heads_shouldPrintOneHashPerLine() {
    assertThat(run("heads", file.toString())).isZero();
    assertThat(out().lines()).containsExactly(alice.heads().getFirst().toString());
  }

  @Test
  void history_shouldPrintOneLinePerChange() {
    assertThat(run("history", file.toString())).isZero();
    assertThat(out().lines()).hasSize(2);
    assertThat(out().lines().findFirst().orElseThrow())
        .isEqualTo(alice.graph().hash(0) + "  2023-11-14T22:13:20Z  " + ALICE + "  1  1  Begin");
  }

  @Test
  void verify_shouldPassAGoodFile() {
    assertThat(run("verify", file.toString())).isZero();
    assertThat(out()).startsWith("ok: ").contains("2 changes by 1 actors, 2 operations, 1 head(s)");
  }

  @Test
  void verify_shouldFailWhenAChangeIsMissing() throws IOException {
    byte[] second = alice.changeBytes(alice.heads().getFirst());
    byte[] first = Document.create(BOB).save();
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    Files.write(file, both);
    assertThat(run("verify", file.toString())).isEqualTo(1);
    assertOneLine("1 change(s) wait for 1 missing");
  }

  @Test
  void anyCommand_shouldExplainADamagedFile() throws IOException {
    byte[] damaged = alice.save();
    damaged[damaged.length - 1] ^= 1;
    Files.write(file, damaged);
    for (String command : List.of("json", "heads", "history", "verify", "import")) {
      assertThat(run(command, file.toString())).as(command).isEqualTo(3);
      assertOneLine("BAD_CHECKSUM", file.toString());
      assertThat(out()).isEmpty();
    }
    Files.writeString(file, "this is no document");
    assertThat(run("json", file.toString())).isEqualTo(3);
    assertOneLine("BAD_MAGIC");
  }

  @Test
  void anyCommand_shouldExplainAnUnreadableFile() {
    assertThat(run("json", folder.resolve("absent").toString())).isEqualTo(1);
    assertOneLine("no such file");
    assertThat(run("json", folder.toString())).isEqualTo(1);
    assertOneLine("cannot read");
  }

  @Test
  void anyCommand_shouldRefuseInputAboveTheLimit() {
    assertThat(run("json", file.toString(), "--max-bytes", "20")).isEqualTo(1);
    assertOneLine("larger than 20 bytes");
    assertThat(run("json", file.toString(), "--max-bytes", "0")).isEqualTo(2);
    assertThat(run("json", file.toString(), "--max-bytes", Long.toString(file.toFile().length())))
        .isZero();
  }

  @Test
  void merge_shouldJoinFilesAndReplaceTheOutput() throws IOException, AutomergeFormatException {
    Document bob = alice.fork(BOB);
    put(bob, "b", new ScalarValue.Int(1), "");
    put(alice, "a", new ScalarValue.Int(1), "");
    Path left = folder.resolve("left");
    Path right = folder.resolve("right");
    Files.write(left, alice.save());
    Files.write(right, bob.save());
    assertThat(run("merge", left.toString(), right.toString(), "-o", left.toString())).isZero();
    Document merged = Document.load(Files.readAllBytes(left), ALICE);
    alice.merge(bob);
    assertThat(merged.heads()).isEqualTo(alice.heads()).hasSize(2);
    try (var files = Files.list(folder)) {
      assertThat(files).as("no temporary files left").hasSize(3);
    }
    standardInput = bob.save();
    assertThat(run("merge", left.toString(), "-", "-o", "-")).isZero();
    assertThat(Document.load(out.toByteArray(), ALICE).heads()).isEqualTo(merged.heads());
  }

  @Test
  void merge_shouldRefuseHistoriesThatContradictEachOther() throws IOException {
    Document twin = Document.create(ALICE);
    put(twin, "other", new ScalarValue.Int(1), "");
    Path other = folder.resolve("twin");
    Files.write(other, twin.save());
    assertThat(
            run("merge", file.toString(), other.toString(), "-o", folder.resolve("out").toString()))
        .isEqualTo(3);
    assertOneLine("contradicts");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void merge_shouldReportAnOutputThatCannotBeWritten() {
    assertThat(
            run(
                "merge",
                file.toString(),
                file.toString(),
                "-o",
                folder.resolve("no/such/file").toString()))
        .isEqualTo(1);
    assertOneLine("cannot write");
    assertThat(run("merge", file.toString(), file.toString(), "-o", folder.toString()))
        .isEqualTo(1);
    assertOneLine("cannot write");
  }

  @Test
  void usage_shouldBeExplained() {
    assertThat(run()).isEqualTo(2);
    assertThat(err()).contains("Usage: peerstead doc", "Exit codes:");
    assertThat(run("help")).isZero();
    assertThat(out()).contains("Usage: peerstead doc");
    assertThat(run("jsn", "x")).isEqualTo(2);
    assertOneLine("no such command");
    assertThat(run("json")).isEqualTo(2);
    assertThat(run("json", "a", "b")).isEqualTo(2);
    assertThat(run("json", "--frobnicate", "1", "x")).isEqualTo(2);
    assertOneLine("unknown option --frobnicate");
    assertThat(run("merge", "a", "b", "-o")).isEqualTo(2);
    assertThat(run("merge", "a", "b")).isEqualTo(2);
    assertThat(run("merge", "-", "-", "-o", "c")).isNotZero();
    assertThat(run("export", "not an id")).isEqualTo(2);
    assertThat(run("export", DOCUMENT_ID, "--node", "ftp://x")).isEqualTo(2);
  }

  // A node that is an HTTP server of the JDK.

  private HttpServer server = unstarted();
  private String lastRequest = "";
  private byte[] lastBody = new byte[0];
  private int status = 200;
  private byte[] answer = new byte[0];

  private static HttpServer unstarted() {
    try {
      return HttpServer.create();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  private String startNode() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          lastRequest =
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization");
          lastBody = exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Test
  void export_shouldSaveTheDocumentOfANode() throws IOException {
    String node = startNode();
    answer = alice.save();
    Path target = folder.resolve("exported");
    assertThat(
            run(
                "export",
                "automerge:" + DOCUMENT_ID,
                "-o",
                target.toString(),
                "--node",
                node,
                "--token",
                "t"))
        .isZero();
    assertThat(Files.readAllBytes(target)).isEqualTo(answer);
    assertThat(lastRequest)
        .isEqualTo("GET /api/v1/documents/" + DOCUMENT_ID + ".automerge Bearer t");
    assertThat(
            runWith(Map.of("PEERSTEAD_NODE", node, "PEERSTEAD_TOKEN", "e"), "export", DOCUMENT_ID))
        .isZero();
    assertThat(out.toByteArray()).isEqualTo(answer);
    assertThat(lastRequest).endsWith("Bearer e");
    assertThat(run("export", DOCUMENT_ID, "--node", node + "/", "--max-bytes", "10")).isEqualTo(1);
    assertThat(run("export", "automerge:" + DOCUMENT_ID + "#a|b", "--node", node)).isZero();
    assertThat(lastRequest)
        .isEqualTo("GET /api/v1/documents/" + DOCUMENT_ID + ".automerge?heads=a%7Cb null");
  }

  @Test
  void importFile_shouldStoreAndPrintTheUrl() throws IOException {
    String node = startNode();
    status = 201;
    answer = ("{\"id\":\"" + DOCUMENT_ID + "\"}").getBytes(StandardCharsets.UTF_8);
    assertThat(run("import", file.toString(), "--node", node)).isZero();
    assertThat(out().strip()).isEqualTo("automerge:" + DOCUMENT_ID);
    assertThat(lastRequest).isEqualTo("POST /api/v1/documents null");
    assertThat(lastBody).isEqualTo(alice.save());
    assertThat(run("import", file.toString(), "--node", node, "--to", DOCUMENT_ID)).isZero();
    assertThat(lastRequest).isEqualTo("PUT /api/v1/documents/" + DOCUMENT_ID + " null");
  }

  @Test
  void nodeCommands_shouldExplainRefusals() throws IOException {
    String node = startNode();
    for (int code : new int[] {401, 404, 410, 413, 500, 507}) {
      status = code;
      answer = "{\"detail\":\"because\"}".getBytes(StandardCharsets.UTF_8);
      assertThat(run("export", DOCUMENT_ID, "--node", node)).isEqualTo(4);
      assertOneLine("because");
    }
    server.stop(0);
    assertThat(run("export", DOCUMENT_ID, "--node", node)).isEqualTo(4);
    assertOneLine("no node answers at " + node);
  }
}
