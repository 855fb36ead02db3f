package org.peerstead.node.dht;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.peerstead.dhtseed.TopicHash;

/** The command against a node that runs and is the only one of its network. */
@QuarkusTest
class DhtCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final String name = UUID.randomUUID().toString();
  private String standardInput = "";

  private int run(String... args) {
    return runWith(Map.of("PEERSTEAD_NODE", "http://127.0.0.1:" + RestAssured.port), args);
  }

  private int runWith(Map<String, String> environment, String... args) {
    out.reset();
    err.reset();
    return new DhtCommand(environment)
        .execute(
            Arrays.asList(args),
            new ByteArrayInputStream(standardInput.getBytes(StandardCharsets.UTF_8)),
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

  @Test
  void status_shouldTellWhoIsServed() {
    assertThat(run("status")).isZero();
    assertThat(out())
        .contains("bootstrap    ['127.0.0.1:", "reachable    local: ", "topic_record")
        .doesNotContain("WARNING");
    assertThat(run("status", "--json")).isZero();
    assertThat(out()).contains("\"reachable\" : \"local\"", "\"seed\" : \"127.0.0.1:");
    assertThat(run("nodes")).isZero();
  }

  @Test
  void announce_shouldBeFoundUntilItIsTakenBack() {
    String topic = TopicHash.ofName(name).toString();
    assertThat(run("announce", "--name", name)).isZero();
    assertThat(out()).contains(topic + " announced at 1 node(s)");
    assertThat(run("lookup", topic)).isZero();
    assertThat(out()).contains("relays 127.0.0.1:", "1 peer(s) of " + topic);
    assertThat(run("announcements")).isZero();
    assertThat(out()).contains(topic);

    assertThat(run("unannounce", topic)).isZero();
    assertThat(run("lookup", "--name", name)).isZero();
    assertThat(out()).contains("0 peer(s) of " + topic);
    assertThat(run("announcements")).isZero();
    assertThat(out()).doesNotContain(topic);
  }

  @Test
  void values_shouldComeBack() {
    assertThat(run("put", name)).isZero();
    String hash = out().strip();
    assertThat(hash).isEqualTo(TopicHash.ofName(name).toString());
    assertThat(run("get", hash)).isZero();
    assertThat(out()).isEqualTo(name + System.lineSeparator());

    standardInput = "from a pipe";
    assertThat(run("put", "--mutable", "-", "--seq", "1000")).isZero();
    assertThat(out()).contains(" seq 1000 at 1 node(s)");
    String key = out().split(" ", 2)[0];
    assertThat(run("put", "--mutable", "next")).isZero();
    assertThat(out()).contains(" seq 1001 ");
    assertThat(run("get", "--mutable", key)).isZero();
    assertThat(out()).isEqualTo("next" + System.lineSeparator());
    assertThat(run("put", "--mutable", "old", "--seq=7")).isEqualTo(4);
    assertOneLine("greater number");
    assertThat(run("get", "--mutable", key, "--seq", "9999")).isEqualTo(4);
    assertOneLine("not found");
  }

  @Test
  void wrongCommandLines_shouldEndInOneLine() {
    assertThat(run("dance")).isEqualTo(2);
    assertOneLine("no such command");
    assertThat(run("lookup")).isEqualTo(2);
    assertOneLine("either a TOPIC or --name");
    assertThat(run("lookup", "nonsense")).isEqualTo(2);
    assertOneLine("neither 64 hexadecimal digits");
    assertThat(run("put", "x".repeat(1_001))).isEqualTo(2);
    assertOneLine("1 to 1000 bytes");
    assertThat(run("put", "x", "--seq", "1")).isEqualTo(2);
    assertOneLine("--mutable only");
    assertThat(run("get", "ab".repeat(32))).isEqualTo(4);
    assertOneLine("not found");
    assertThat(runWith(Map.of("PEERSTEAD_NODE", "http://127.0.0.1:1"), "status")).isEqualTo(4);
    assertOneLine("no node answers");
  }

  @Test
  void help_shouldNameEveryCommand() {
    assertThat(run("help")).isZero();
    assertThat(out())
        .contains("status", "nodes", "lookup", "announce", "unannounce", "put", "get", "--mutable");
  }
}
