package org.peerstead.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.hypercore.Hypercore;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.HypercoresConfig;
import org.peerstead.hypercore.HypercoresListener;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Slice;

/** The command against a node that runs, and against the folder of one that does not. */
@QuarkusTest
class CoreCommandTest {
  private static final String KEY = "y".repeat(51) + "y";

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private byte[] standardInput = new byte[0];
  private String name = "";

  @BeforeEach
  void chooseName() {
    name = UUID.randomUUID().toString();
  }

  private int run(String... args) {
    return runWith(Map.of("PEERSTEAD_NODE", "http://127.0.0.1:" + RestAssured.port), args);
  }

  private int runWith(Map<String, String> environment, String... args) {
    out.reset();
    err.reset();
    return new CoreCommand(environment)
        .execute(
            Arrays.asList(args),
            new ByteArrayInputStream(standardInput),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private void assertOneLine(String... parts) {
    String text = err.toString(StandardCharsets.UTF_8);
    assertThat(text.strip().lines()).hasSize(1);
    assertThat(text).contains(parts).doesNotContain("Exception", "\tat ");
  }

  private String create() {
    assertThat(run("create", name)).isZero();
    return out().strip();
  }

  @Test
  void lines_shouldComeBackAsLines() {
    String key = create();
    assertThat(key).hasSize(52);
    standardInput = "one\ntwo\n\nfour".getBytes(StandardCharsets.UTF_8);
    assertThat(run("append", name, "--lines")).isZero();
    assertThat(out()).contains("4 block(s) appended, length 4");

    assertThat(run("cat", key, "--lines")).isZero();
    assertThat(out()).isEqualTo("one\ntwo\n\nfour\n");
    assertThat(run("cat", name, "--from", "1", "--to=2")).isZero();
    assertThat(out()).isEqualTo("two");
  }

  @Test
  void files_shouldComeBackUnchanged() throws IOException {
    create();
    byte[] content = new byte[(9 << 20) + 17];
    new Random(3).nextBytes(content);
    Path file = Files.write(folder.resolve("content"), content);
    assertThat(run("append", name, file.toString())).isZero();
    assertThat(out()).contains("145 block(s)");

    assertThat(run("cat", name)).isZero();
    assertThat(out.toByteArray()).isEqualTo(content);
    assertThat(run("append", name, file.toString(), "--block-size", "1000000")).isZero();
    assertThat(out()).contains("10 block(s) appended, length 155");
  }

  @Test
  void info_list_and_verify_shouldShowTheCore() {
    String key = create();
    standardInput = new byte[10];
    assertThat(run("append", name)).isZero();

    assertThat(run("info", name)).isZero();
    assertThat(out()).contains(key, "length         1", "writable       true");
    assertThat(run("list")).isZero();
    assertThat(out()).contains(key + "  1  10  " + name);
    assertThat(run("verify", name)).isZero();
    assertThat(out()).isEqualTo(key + "  ok  1 of 1 blocks, 10 bytes\n");
    assertThat(run("verify")).isZero();
    assertThat(out()).contains(key + "  ok");
    assertThat(run("delete", name)).isZero();
    assertThat(run("info", key)).isEqualTo(4);
    assertOneLine("not found");
  }

  @Test
  void backup_shouldBeAStoreThatVerifies() {
    String key = create();
    standardInput = new byte[10];
    assertThat(run("append", name)).isZero();
    assertThat(run("backup")).isZero();
    String copy = out().strip();
    assertThat(Path.of(copy, "follows")).isDirectory();
    assertThat(run("verify", key, "--data", copy)).isZero();
    assertThat(out()).contains(key + "  ok  1 of 1 blocks, 10 bytes");
  }

  @Test
  void follow_shouldBeEndedByUnfollow() {
    String hex = "cd".repeat(32);
    assertThat(run("follow", hex, "--priority", "2", "--max-bytes=1000", "--pin")).isZero();
    assertThat(run("info", hex)).isZero();
    assertThat(out()).contains("pinned         true", "priority       2");
    assertThat(run("unpin", hex)).isZero();
    assertThat(run("pin", hex)).isZero();
    assertThat(run("unfollow", hex)).isZero();
    assertThat(run("unfollow", hex)).isEqualTo(4);
    assertOneLine("not followed");
  }

  @Test
  void wrongCommandLines_shouldEndInOneLine() {
    assertThat(run("dance")).isEqualTo(2);
    assertOneLine("no such command");
    assertThat(run("follow", "nonsense")).isEqualTo(2);
    assertOneLine("not a key");
    assertThat(run("cat", KEY, "--from", "x")).isEqualTo(2);
    assertOneLine("--from must be a number");
    assertThat(run("cat", "no core of this name")).isEqualTo(1);
    assertOneLine("no core named");
    assertThat(run("append", KEY)).isEqualTo(1);
    assertOneLine("nothing to append");
    standardInput = new byte[1];
    assertThat(run("append", KEY)).isEqualTo(4);
    assertOneLine("not found");
    assertThat(runWith(Map.of("PEERSTEAD_NODE", "http://127.0.0.1:1"), "list")).isEqualTo(4);
    assertOneLine("no node answers");
  }

  @Test
  void help_shouldNameEveryCommand() {
    assertThat(run("help")).isZero();
    assertThat(out())
        .contains("create", "append", "cat", "info", "follow", "unfollow", "pin", "verify", "list");
  }

  @Test
  void verify_shouldOpenTheFolderOfANodeThatDoesNotRun() {
    Entropy entropy = new Random(5)::nextBytes;
    try (CoreStore store =
            RocksCoreStore.open(folder.resolve("cores"), RocksCoreStoreConfig.DEFAULT);
        Hypercores engine =
            Hypercores.start(
                HypercoresConfig.DEFAULT,
                store,
                new byte[32],
                KeyPair.generate(entropy),
                entropy,
                HypercoresListener.NONE);
        Hypercore core = engine.create("log").join()) {
      core.append(Slice.of(new byte[100])).join();
      assertThat(run("verify", "--data", folder.toString())).isEqualTo(1);
      assertOneLine("use");
    }

    assertThat(run("verify", "--data", folder.toString())).isZero();
    assertThat(out()).contains("ok  1 of 1 blocks, 100 bytes");
    assertThat(run("verify", "--data", folder.resolve("none").toString())).isEqualTo(1);
    assertOneLine("no cores in");
  }
}
