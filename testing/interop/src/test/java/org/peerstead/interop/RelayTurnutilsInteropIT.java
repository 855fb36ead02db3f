package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;

/**
 * The clients of coturn against our relay: every transport, channels and indications, both
 * families, many clients at once, TCP peers, mobility, and NAT behaviour discovery.
 */
class RelayTurnutilsInteropIT {
  /** The clients wait most of the time. */
  private static final int AT_ONCE = 6;

  private static final int MESSAGES = 40;

  /** Of {@link Expectation#ALL_OF_A_RUN}; about every second one goes well. */
  private static final int MAX_ATTEMPTS = 12;

  /** Of a run with many clients on a busy machine: what the kernel may drop. */
  private static final double TOLERATED_LOSS = 0.02;

  /** On a busy machine the client loses messages over TLS with coturn's own server, too. */
  private static final double TOLERATED_TLS_LOSS = 0.1;

  /** The second address of the relay for NAT behaviour discovery. */
  private static final String ALTERNATE_HOST = "127.0.0.5";

  private static @TempDir Path folder;
  private static RelayUnderTest relay;
  private static ExecutorService runs;
  private static final List<Process> echoes = new ArrayList<>();
  private static int echoPort;

  /** What a run must come to. */
  private enum Expectation {
    /** Every message comes back. */
    ALL,
    /** But for {@link #TOLERATED_LOSS}. */
    MOST,
    /** But for {@link #TOLERATED_TLS_LOSS}. */
    NEARLY_ALL,
    /**
     * Every message comes back, if not at once: the client often ends by itself while it moves a
     * connection with TLS, with coturn's own server as with ours.
     */
    ALL_OF_A_RUN,
    /** Nothing is relayed. */
    NOTHING
  }

  private record Case(String name, Expectation expectation, List<String> arguments) {}

  @BeforeAll
  static void start() throws IOException {
    if (!Referee.COTURN.isThere()) {
      return;
    }
    relay =
        RelayUnderTest.start(
            folder,
            Map.of(
                "peerstead.relay.alternate-address",
                ALTERNATE_HOST + ":" + ServerProcess.freePort(),
                "peerstead.relay.peers.allow",
                RelayUnderTest.PEER + "," + RelayUnderTest.PEER_V6,
                // All of them are one user, and come from one address.
                "peerstead.relay.limits.allocations-per-user",
                "1000",
                "peerstead.relay.limits.allocations-per-source",
                "1000",
                "peerstead.relay.oauth-keys-file",
                accessTokenKeys().toString()));
    echoPort = ServerProcess.freeUdpPort();
    for (String host : List.of(RelayUnderTest.PEER, RelayUnderTest.PEER_V6)) {
      echoes.add(
          new ProcessBuilder("turnutils_peer", "-L", host, "-p", Integer.toString(echoPort))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start());
    }
    runs = Executors.newFixedThreadPool(AT_ONCE);
  }

  /** The keys with which coturn's client makes access tokens of its own (RFC 7635). */
  private static Path accessTokenKeys() throws IOException {
    Path file =
        Files.createFile(
            folder.resolve("oauth-keys"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(
        file,
        """
        north MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=
        union MTIzNDU2Nzg5MDEyMzQ1Ng==
        oldempire MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=
        """);
  }

  @BeforeEach
  void require() {
    Referee.COTURN.require();
  }

  @AfterAll
  static void stop() {
    if (runs != null) {
      runs.shutdownNow();
    }
    echoes.forEach(Process::destroyForcibly);
    if (relay != null) {
      relay.close();
    }
  }

  /**
   * Against the peer that echoes: {@code -c} leaves out the pair of ports that RTP and RTCP had.
   */
  private static Case echo(String name, Expectation expectation, String options) {
    return toPeer(name, expectation, RelayUnderTest.PEER, options);
  }

  private static Case toPeer(String name, Expectation expectation, String peer, String options) {
    return between(
        name, expectation, options + " -e " + peer + " -r " + echoPort + " -n " + MESSAGES);
  }

  /** Without a peer: the clients talk to each other. */
  private static Case between(String name, Expectation expectation, String options) {
    List<String> arguments = new ArrayList<>(Arrays.asList(options.split(" ")));
    int port = arguments.contains("-S") ? relay.tlsPort() : relay.port();
    if (!arguments.contains("-l")) {
      arguments.addAll(List.of("-l", "170"));
    }
    if (!arguments.contains("-w") && !arguments.contains("-W")) {
      arguments.addAll(List.of("-w", relay.password()));
    }
    arguments.addAll(
        List.of("-u", relay.username(), "-p", Integer.toString(port), RelayUnderTest.HOST));
    return new Case(name, expectation, arguments);
  }

  private static List<Case> cases() throws IOException {
    String secret = Files.readString(relay.node().data().resolve("relay/secret")).strip();
    String between = " -n " + MESSAGES;
    return List.of(
        echo("UDP, channels", Expectation.ALL, "-c"),
        echo("UDP, indications", Expectation.ALL, "-c -s"),
        echo("UDP, a pair of ports by a reservation", Expectation.ALL, "-v"),
        echo("UDP, 20 clients, channels", Expectation.MOST, "-c -m 20"),
        echo("UDP, 20 clients, indications", Expectation.MOST, "-c -s -m 20"),
        echo("UDP, long messages", Expectation.ALL, "-c -l 1300"),
        echo("UDP, not to be fragmented", Expectation.ALL, "-c -g"),
        echo("UDP, permissions and channels again and again", Expectation.ALL, "-c -G"),
        echo("UDP, clients that move", Expectation.ALL, "-c -M"),
        echo("UDP, a wrong password", Expectation.NOTHING, "-c -w wrong"),
        echo("UDP, credentials made with the shared secret", Expectation.ALL, "-c -W " + secret),
        echo("UDP, access tokens", Expectation.ALL, "-c -J"),
        echo("TCP, access tokens", Expectation.ALL, "-t -c -J"),
        between("UDP, client to client", Expectation.ALL, "-y -c -m 2" + between),
        echo("TCP, channels", Expectation.ALL, "-t -c"),
        echo("TCP, indications", Expectation.ALL, "-t -c -s"),
        echo("TCP, 20 clients", Expectation.MOST, "-t -c -m 20"),
        echo("TCP, clients that move", Expectation.ALL, "-t -c -M"),
        between("TCP to TCP peers", Expectation.ALL, "-T" + between),
        between("TCP to TCP peers, access tokens", Expectation.ALL, "-T -J" + between),
        toPeer("UDP, IPv6 peers", Expectation.ALL, RelayUnderTest.PEER_V6, "-c -x"),
        toPeer("TCP, IPv6 peers", Expectation.ALL, RelayUnderTest.PEER_V6, "-t -c -x"),
        between("UDP, both families", Expectation.ALL, "-y -Z" + between),
        echo("TLS, channels", Expectation.NEARLY_ALL, "-t -S -c"),
        echo("TLS, indications", Expectation.NEARLY_ALL, "-t -S -c -s"),
        echo("TLS, 20 clients", Expectation.NEARLY_ALL, "-t -S -c -m 20"),
        echo("TLS, clients that move", Expectation.ALL_OF_A_RUN, "-t -S -c -M"),
        between("TLS to TCP peers", Expectation.ALL, "-T -S" + between),
        echo("DTLS, channels", Expectation.ALL, "-S -c"),
        echo("DTLS, indications", Expectation.ALL, "-S -c -s"),
        echo("DTLS, clients that move", Expectation.ALL_OF_A_RUN, "-S -c -M"),
        echo("DTLS, 20 clients", Expectation.MOST, "-S -c -m 20"));
  }

  @TestFactory
  Stream<DynamicTest> uclient_shouldGetItsMessagesBack() throws IOException {
    record Started(Case wanted, CompletableFuture<TurnClientRun> run) {}
    return cases().stream()
        .map(wanted -> new Started(wanted, CompletableFuture.supplyAsync(() -> run(wanted), runs)))
        // All are started before the first one is waited for.
        .toList()
        .stream()
        .map(started ->
            DynamicTest.dynamicTest(
                started.wanted.name(), () -> check(started.wanted, started.run.join())));
  }

  private static TurnClientRun run(Case wanted) {
    int attempts = wanted.expectation() == Expectation.ALL_OF_A_RUN ? MAX_ATTEMPTS : 1;
    while (true) {
      TurnClientRun run = TurnClientRun.of(folder, "turnutils_uclient", wanted.arguments());
      attempts--;
      if (attempts == 0 || isWhole(run)) {
        return run;
      }
    }
  }

  private static boolean isWhole(TurnClientRun run) {
    return run.status() == 0 && run.sent() > 0 && run.received() == run.sent();
  }

  private static void check(Case wanted, TurnClientRun run) {
    boolean isRight =
        switch (wanted.expectation()) {
          case ALL, ALL_OF_A_RUN -> isWhole(run);
          case MOST -> isEnough(run, TOLERATED_LOSS);
          case NEARLY_ALL -> isEnough(run, TOLERATED_TLS_LOSS);
          case NOTHING -> run.received() == 0;
        };
    if (!isRight) {
      throw new AssertionFailedError(
          wanted.name() + ": " + String.join(" ", wanted.arguments()) + "\n" + run);
    }
  }

  private static boolean isEnough(TurnClientRun run, double loss) {
    return run.status() == 0 && run.sent() > 0 && run.received() >= run.sent() * (1 - loss);
  }

  @Test
  void relay_shouldLiveOnWhenClientsVanish() {
    // -B ends clients at random; what they get back is up to chance.
    TurnClientRun.of(
        folder, "turnutils_uclient", echo("", Expectation.MOST, "-c -B -m 4").arguments());
    Case after = echo("after clients that vanished", Expectation.ALL, "-c");
    check(after, TurnClientRun.of(folder, "turnutils_uclient", after.arguments()));
  }

  @Test
  void natdiscovery_shouldSeeThatThereIsNoNat() {
    String port = Integer.toString(relay.port());
    for (String test : List.of("-m", "-f")) {
      TurnClientRun run =
          TurnClientRun.of(
              folder, "turnutils_natdiscovery", List.of(test, "-p", port, RelayUnderTest.HOST));
      assertThat(run.status()).as(run.output()).isZero();
      assertThat(run.output()).containsPattern("No NAT|NAT with Endpoint Independent");
    }
  }

  @Test
  void stunclient_shouldLearnItsAddress() {
    String port = Integer.toString(relay.port());
    TurnClientRun run =
        TurnClientRun.of(folder, "turnutils_stunclient", List.of("-p", port, RelayUnderTest.HOST));
    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output()).contains("reflexive addr").contains(ALTERNATE_HOST);
  }
}
