package org.peerstead.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program as a process: what it prints, and how it ends. */
class CommandLineIT {
  private static final long TIMEOUT_SECONDS = 60;

  @TempDir Path folder;

  @Test
  void help_shouldNotStartAServer() throws Exception {
    Result result = run("help");
    assertThat(result.exitCode()).isZero();
    assertThat(result.output()).contains("peerstead up").doesNotContain("ws://");
    assertThat(run("version").output()).startsWith("peerstead ");
    assertThat(run("up", "relay", "--help")).isEqualTo(result);
    Result ofRelay = run("relay", "credentials", "--user", "alice", "--help");
    assertThat(ofRelay.exitCode()).isZero();
    assertThat(ofRelay.output()).contains("credentials --user NAME");
  }

  @Test
  void wrongCommandLines_shouldEndInOneLine() throws Exception {
    assertOneLine(run("dance"), 2, "no command dance");
    assertOneLine(run("up", "relais"), 2, "Unknown service relais");
    assertOneLine(run("up", "--colour"), 2, "Unknown option --colour");
    assertOneLine(run("up", "--http-port", "many"), 2, "port must be a number");
    assertOneLine(run("status", "--node", "http://127.0.0.1:1"), 1, "no node answers");
  }

  @Test
  void portInUse_shouldEndInOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertOneLine(
          run("up", "--data", data(), "--http-port", Integer.toString(taken.getLocalPort())),
          1,
          "is in use; stop the other program, or choose another port with --http-port");
    }
  }

  @Test
  void openAccessOnTheNetwork_shouldEndInOneLine() throws Exception {
    assertOneLine(
        run(
            "up",
            "--data",
            data(),
            "--http-port",
            "0",
            "--peer-port",
            "0",
            "--http-host",
            "0.0.0.0"),
        1,
        "--peerstead.access=token");
  }

  @Test
  void folderThatIsAFile_shouldEndInOneLine() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertOneLine(
        run("up", "--data", file.toString(), "--http-port", "0", "--peer-port", "0"),
        1,
        "cannot write to the data");
  }

  @Test
  void badConfiguration_shouldEndWithoutStackTrace() throws Exception {
    Result result =
        run(
            "up",
            "--data",
            data(),
            "--http-port",
            "0",
            "--peer-port",
            "0",
            "--peerstead.gateway.max-connections=x");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("max-connections").doesNotContain("\tat ");
  }

  @Test
  void node_shouldSayWhatRunsAndDrainOnSigterm() throws Exception {
    Path log = folder.resolve("up.log");
    Process process =
        new ProcessBuilder(command("up", "--data", data(), "--http-port", "0", "--peer-port", "0"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Awaitility.await()
          .atMost(TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .until(() -> Files.readString(log).contains("access "));
      String banner = Files.readString(log);
      assertThat(banner)
          .contains(
              "crdt-merge, storage-peer, dht-seed, gateway",
              "ws://127.0.0.1:",
              "dht        udp 127.0.0.1:",
              data());
      Matcher port = Pattern.compile("ws://127\\.0\\.0\\.1:(\\d+)/sync").matcher(banner);
      assertThat(port.find()).isTrue();

      assertOneLine(
          run("up", "--data", data(), "--http-port", "0", "--peer-port", "0"),
          1,
          "in use by another node");
      Result status = run("status", "--node", "http://127.0.0.1:" + port.group(1));
      assertThat(status.exitCode()).isZero();
      assertThat(status.output()).contains("connections", "documents");

      long start = System.nanoTime();
      process.destroy();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(10));
      assertThat(Files.readString(log)).doesNotContain("Exception");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void storagePeerAlone_shouldServeCoresOnly() throws Exception {
    Path log = folder.resolve("up.log");
    Process process =
        new ProcessBuilder(
                command(
                    "up", "storage-peer", "--data", data(), "--http-port", "0", "--peer-port", "0"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Awaitility.await()
          .atMost(TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .until(() -> Files.readString(log).contains("access "));
      String banner = Files.readString(log);
      assertThat(banner).contains(": storage-peer", "peers      tcp 127.0.0.1:", "device     ");
      assertThat(banner).doesNotContain("ws://");
      Matcher api = Pattern.compile("api +(http://127\\.0\\.0\\.1:\\d+)/api").matcher(banner);
      assertThat(api.find()).isTrue();
      String node = api.group(1);

      Result created = run("core", "create", "notes", "--node", node);
      assertThat(created.output().strip()).hasSize(52);
      assertThat(run("core", "list", "--node", node).output()).contains("  0  0  notes");
      assertThat(run("status", "--node", node).output()).contains("device", "cores        1");

      process.destroy();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
      Result verified = run("core", "verify", "--data", data());
      assertThat(verified.output()).contains(created.output().strip() + "  ok");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void dhtSeedAlone_shouldServeTheDhtOnly() throws Exception {
    Path log = folder.resolve("up.log");
    String[] up = {
      "up",
      "dht-seed",
      "--data",
      data(),
      "--http-port",
      "0",
      "--dht-host",
      "127.0.0.1",
      "--dht-port",
      "0"
    };
    Process process =
        new ProcessBuilder(command(up))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Awaitility.await()
          .atMost(TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .until(() -> Files.readString(log).contains("access "));
      String banner = Files.readString(log);
      assertThat(banner)
          .contains(": dht-seed", "bootstrap: ['127.0.0.1:", "WARNING    127.0.0.1 is this machine")
          .doesNotContain("ws://", "tcp ");
      Matcher api = Pattern.compile("api +(http://127\\.0\\.0\\.1:\\d+)/api").matcher(banner);
      assertThat(api.find()).isTrue();
      String node = api.group(1);
      Matcher port = Pattern.compile("dht +udp 127\\.0\\.0\\.1:(\\d+)").matcher(banner);
      assertThat(port.find()).isTrue();

      String hash = run("dht", "put", "kept", "--node", node).output().strip();
      assertThat(hash).hasSize(64);
      assertThat(run("status", "--node", node).output()).contains("dht on       udp 127.0.0.1:");
      Result second =
          run(
              "up",
              "dht-seed",
              "--data",
              folder.resolve("second").toString(),
              "--http-port",
              "0",
              "--dht-port",
              port.group(1));
      assertOneLine(second, 1, "choose another port with --dht-port");

      process.destroyForcibly().waitFor();
      process = new ProcessBuilder(command(up)).redirectOutput(log.toFile()).start();
      Awaitility.await()
          .atMost(TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .until(() -> Files.readString(log).contains("access "));
      Matcher again =
          Pattern.compile("api +(http://127\\.0\\.0\\.1:\\d+)/api").matcher(Files.readString(log));
      assertThat(again.find()).isTrue();
      assertThat(run("dht", "get", hash, "--node", again.group(1)).output().strip())
          .isEqualTo("kept");

      process.destroy();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void addressNobodyCouldUse_shouldEndInOneLine() throws Exception {
    assertOneLine(
        run("up", "dht-seed", "--data", data(), "--http-port", "0", "--dht-host", "0.0.0.0"),
        1,
        "state the public address of this machine");
  }

  @Test
  void relayWithoutCredentials_shouldSayHowToMakeSome() throws Exception {
    assertOneLine(
        run("up", "relay", "--data", data(), "--http-port", "0"),
        1,
        "peerstead relay credentials --user NAME --data " + data());
    assertOneLine(
        run("up", "relay", "--data", data(), "--http-port", "0", "--relay-port", "x"),
        2,
        "port must be a number");
  }

  @Test
  void relayAlone_shouldServeHoldersOfTokensAndDrainOnSigterm() throws Exception {
    Path log = folder.resolve("up.log");
    Result made = run("relay", "credentials", "--user", "ann", "--data", data());
    assertThat(made.exitCode()).isZero();
    assertThat(made.output()).contains("iceServers", "turn:127.0.0.1:3478?transport=udp");
    String token = run("token", "create", "--data", data()).output().strip();
    Process process =
        new ProcessBuilder(
                command(
                    "up",
                    "relay",
                    "--data",
                    data(),
                    "--http-port",
                    "0",
                    "--relay-port",
                    "0",
                    "--peerstead.access=token"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Awaitility.await()
          .atMost(TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .until(() -> Files.readString(log).contains("access "));
      String banner = Files.readString(log);
      assertThat(banner).contains(": relay", "turn:127.0.0.1:").doesNotContain("ws://");
      Matcher api = Pattern.compile("api +(http://127\\.0\\.0\\.1:\\d+)/api").matcher(banner);
      assertThat(api.find()).isTrue();
      String node = api.group(1);

      assertThat(run("relay", "sessions", "--node", node).exitCode()).isEqualTo(4);
      Result sessions = run("relay", "sessions", "--node", node, "--token", token);
      assertThat(sessions.output()).isEqualTo("0 session(s)\n");
      assertThat(run("status", "--node", node, "--token", token).output())
          .contains("relay        turn:127.0.0.1:", "allocations  0");
      Result credentials =
          run("relay", "credentials", "--user", "ben", "--node", node, "--token", token);
      assertThat(credentials.output()).contains(":ben\"", "\"credential\"", "turn:127.0.0.1:");
      assertThat(run("relay", "explain", "10.0.0.1", "--node", node, "--token", token).output())
          .contains("refused by the rule");

      process.destroy();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private record Result(int exitCode, String output, String errors) {}

  private static void assertOneLine(Result result, int exitCode, String part) {
    assertThat(result.errors().lines()).hasSize(1);
    assertThat(result.errors()).startsWith("peerstead: ").contains(part);
    assertThat(result.output()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(exitCode);
  }

  private Result run(String... args) throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    Process process =
        new ProcessBuilder(command(args))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still running: " + List.of(args));
    }
    return new Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private static List<String> command(String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-jar");
    command.add(System.getProperty("peerstead.runner"));
    command.addAll(List.of(args));
    return command;
  }
}
