package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two packaged nodes on a cable between two computers, with no server and no address in any
 * configuration. The computers are network namespaces; without the right to make them the test is
 * skipped and says so.
 */
class LocalNetworkInteropIT {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String NO_NAMESPACES =
      "network namespaces cannot be made here (root, unshare, nsenter and ip are needed)";

  private @TempDir Path folder;
  private final List<NetworkNamespace> computers = new ArrayList<>();
  private final List<Process> nodes = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    nodes.forEach(Process::destroy);
    for (Process node : nodes) {
      if (!node.waitFor(20, TimeUnit.SECONDS)) {
        node.destroyForcibly();
      }
    }
    computers.forEach(NetworkNamespace::close);
  }

  @Test
  void nodesOnOneCable_shouldFindEachOtherAndReplicate() throws Exception {
    NetworkNamespace alice = computer();
    NetworkNamespace bob = computer();
    assumeTrue(NetworkNamespace.connect(alice, bob), "no cable can be made: veth is missing");
    startNode(alice, "alice");
    startNode(bob, "bob");
    await().atMost(SOON).until(() -> run(alice, "", "status").contains("in the local network"));
    await().atMost(SOON).until(() -> run(bob, "", "status").contains("in the local network"));

    String key = run(alice, "", "core", "create", "notes").strip();
    run(alice, "one\ntwo\nthree\n", "core", "append", key, "--lines");
    run(bob, "", "core", "follow", key);

    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(run(bob, "", "core", "cat", key, "--lines")).isEqualTo("one\ntwo\nthree\n"));
    assertThat(run(alice, "", "status")).contains("1 nodes in the local network");
    assertThat(run(bob, "", "status")).contains("1 nodes in the local network");
  }

  private NetworkNamespace computer() {
    Optional<NetworkNamespace> computer = NetworkNamespace.open();
    assumeTrue(computer.isPresent(), NO_NAMESPACES);
    computers.add(computer.get());
    return computer.get();
  }

  private void startNode(NetworkNamespace computer, String name) throws IOException {
    nodes.add(
        computer.start(
            program(
                "up",
                "storage-peer",
                "--peer-host",
                "0.0.0.0",
                "--data",
                folder.resolve(name).toString()),
            folder.resolve(name + ".log")));
  }

  private static List<String> program(String... arguments) {
    Path jar = Path.of(System.getProperty("peerstead.runner", "peerstead-node-runner.jar"));
    assertThat(jar).as("the packaged node; build it first: ./peerstead build").isRegularFile();
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-jar", jar.toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** What a command against the node of this computer prints, errors included. */
  private String run(NetworkNamespace computer, String input, String... arguments)
      throws Exception {
    Path output = Files.createTempFile(folder, "command", ".txt");
    Process child = computer.start(program(arguments), output);
    try (var in = child.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(child.waitFor(60, TimeUnit.SECONDS)).as("%s ended", List.of(arguments)).isTrue();
    return Files.readString(output);
  }
}
