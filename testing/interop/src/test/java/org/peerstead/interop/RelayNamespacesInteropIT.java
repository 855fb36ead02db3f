package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two clients in networks that keep them apart, which is shown, and the packaged relay between
 * them. The networks are Linux network namespaces; without the right to make them the test is
 * skipped and says so. The relay's own relayed addresses are the only peers here, so each call also
 * goes from one allocation to another.
 */
class RelayNamespacesInteropIT {
  private static final Path PEERS =
      Path.of(System.getProperty("peerstead.peers", "peers")).toAbsolutePath();
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int END_SECONDS = 20;

  private @TempDir Path folder;
  private final String name = "ps" + ProcessHandle.current().pid();
  private final List<Process> processes = new ArrayList<>();

  /** A client in its namespace, asked line by line. */
  private record Client(BufferedReader answers, Writer questions, List<String> addresses) {
    void ask(String question) throws IOException {
      questions.write(question + "\n");
      questions.flush();
    }

    String answer() throws IOException {
      return String.valueOf(answers.readLine());
    }

    String relayed() {
      return addresses.get(1);
    }

    String mapped() {
      return addresses.get(2);
    }

    String local() {
      return addresses.get(3);
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (Process process : processes.reversed()) {
      // The relay would wait for its allocations to end.
      process.destroyForcibly();
      assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
    networks("down");
  }

  @ParameterizedTest
  @CsvSource({
    "symmetric, 203.0.113.1, 203.0.113.1",
    "guest, 203.0.113.1, 203.0.113.1",
    "behind, 10.84.0.2, 203.0.113.21"
  })
  void clientsKeptApart_shouldReachEachOtherThroughTheRelay(
      String networks, String host, String advertised) throws Exception {
    assumeTrue(
        runs("python3", "--version") && runs("ip", "-V") && runs("nft", "--version"),
        "skipped: python3, iproute2 and nftables are needed");
    assumeTrue(
        networks(networks),
        "skipped: network namespaces cannot be made here (root on Linux is needed)");

    List<String> credentials = credentials(advertised);
    startRelay(host, advertised);
    Client a = client("a", advertised, credentials);
    Client b = client("b", advertised, credentials);

    a.ask("direct " + b.mapped() + " " + b.local());
    b.ask("direct " + a.mapped() + " " + a.local());
    assertThat(a.answer()).as("the networks keep them apart").isEqualTo("direct no");
    assertThat(b.answer()).as("the networks keep them apart").isEqualTo("direct no");

    assertThat(a.relayed()).startsWith(advertised + ":");
    a.ask("relay " + b.relayed());
    b.ask("relay " + a.relayed());
    assertThat(a.answer()).isEqualTo("relay yes");
    assertThat(b.answer()).isEqualTo("relay yes");
  }

  private boolean networks(String kind) {
    return runs("sh", PEERS.resolve("relay-networks.sh").toString(), name, kind);
  }

  private static boolean runs(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(END_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** User name and password, made by the command for operators. */
  private List<String> credentials(String advertised) throws Exception {
    Process process =
        new ProcessBuilder(
                program(
                    "relay",
                    "credentials",
                    "--user",
                    "alice",
                    "--ttl",
                    "1h",
                    "--host",
                    advertised,
                    "--data",
                    folder.resolve("data").toString()))
            .redirectError(folder.resolve("credentials.log").toFile())
            .start();
    String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
    return List.of(value(json, "username"), value(json, "credential"));
  }

  private static String value(String json, String key) {
    Matcher matcher = Pattern.compile("\"" + key + "\"\\s*:\\s*\"([^\"]+)\"").matcher(json);
    assertThat(matcher.find()).as("%s in %s", key, json).isTrue();
    return matcher.group(1);
  }

  private void startRelay(String host, String advertised) throws IOException {
    Path log = folder.resolve("relay.log");
    processes.add(
        new ProcessBuilder(
                inside(
                    "relay",
                    program(
                        "up",
                        "relay",
                        "--relay-host",
                        host,
                        "--relay-advertise",
                        advertised,
                        "--data",
                        folder.resolve("data").toString())))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start());
    await()
        .alias("the relay listens; its log is " + log)
        .atMost(SOON)
        .until(() -> runs(inside("relay", List.of("sh", "-c", "ss -lun | grep -q :3478"))));
  }

  private static boolean runs(List<String> command) {
    return runs(command.toArray(String[]::new));
  }

  private Client client(String host, String server, List<String> credentials) throws IOException {
    Process process =
        new ProcessBuilder(
                inside(
                    host,
                    List.of(
                        "python3",
                        PEERS.resolve("relay-caller.py").toString(),
                        server,
                        "3478",
                        credentials.getFirst(),
                        credentials.getLast())))
            .redirectError(folder.resolve(host + ".log").toFile())
            .start();
    processes.add(process);
    BufferedReader answers = process.inputReader(StandardCharsets.UTF_8);
    String line = String.valueOf(answers.readLine());
    assertThat(line).as(Files.readString(folder.resolve(host + ".log"))).startsWith("ready ");
    return new Client(
        answers, process.outputWriter(StandardCharsets.UTF_8), List.of(line.split(" ")));
  }

  private List<String> inside(String host, List<String> command) {
    List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name + "-" + host));
    line.addAll(command);
    return line;
  }

  private static List<String> program(String... arguments) {
    Path jar = Path.of(System.getProperty("peerstead.runner", "peerstead-node-runner.jar"));
    assertThat(jar).as("the packaged node; build it first: ./peerstead build").isRegularFile();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-jar", jar.toString()));
    command.addAll(List.of(arguments));
    return command;
  }
}
