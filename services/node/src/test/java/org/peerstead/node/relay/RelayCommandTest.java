package org.peerstead.node.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.auth.PasswordAlgorithm;
import org.peerstead.relay.auth.TimeLimitedCredentials;
import org.peerstead.relay.stun.LongTermKey;
import org.peerstead.relaynode.RelayFiles;

/** The commands that work on files. */
class RelayCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path data;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private String standardInput = "";

  private int run(String... args) {
    return runWith(Map.of(), args);
  }

  private int runWith(Map<String, String> environment, String... args) {
    out.reset();
    err.reset();
    var all = new HashMap<>(environment);
    all.put("PEERSTEAD_DATA", data.toString());
    return new RelayCommand(all)
        .execute(
            Arrays.asList(args),
            new ByteArrayInputStream(standardInput.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void credentials_shouldMakeTheSecretAndPrintIceServers() throws IOException {
    assertThat(run("credentials", "--user", "ann", "--ttl", "2h", "--host", "192.0.2.7")).isZero();
    assertThat(err()).contains("A shared secret was made", "relay/secret");

    JsonNode servers = JSON.readTree(out()).path("iceServers");
    assertThat(servers.get(0).path("urls").get(0).asText()).isEqualTo("stun:192.0.2.7:3478");
    assertThat(servers.get(0).has("username")).isFalse();
    JsonNode turn = servers.get(1);
    assertThat(turn.path("urls"))
        .extracting(JsonNode::asText)
        .containsExactly("turn:192.0.2.7:3478?transport=udp", "turn:192.0.2.7:3478?transport=tcp");
    String username = turn.path("username").asText();
    long expiry = Long.parseLong(username.substring(0, username.indexOf(':')));
    assertThat(expiry - System.currentTimeMillis() / 1_000).isBetween(7_100L, 7_200L);
    var known = new TimeLimitedCredentials(RelayFiles.in(data).secret().read(), Duration.ofDays(1));
    assertThat(known.find(username, "relay", PasswordAlgorithm.MD5, expiry - 1).key())
        .isEqualTo(LongTermKey.md5(username, "relay", turn.path("credential").asText()));

    assertThat(run("credentials", "--user", "ann")).isZero();
    assertThat(err()).isEmpty();
    assertThat(out()).contains("turn:127.0.0.1:3478");
  }

  @Test
  void credentials_shouldTakeTheRelaysAddressFromTheEnvironment() {
    Map<String, String> environment =
        Map.of(
            "PEERSTEAD_RELAY_HOST",
            "10.0.0.5",
            "PEERSTEAD_RELAY_ADVERTISE",
            "192.0.2.7,2001:db8::7",
            "PEERSTEAD_RELAY_CERTIFICATE_FILE",
            "/x.pem");
    assertThat(runWith(environment, "credentials", "--user", "ann")).isZero();
    assertThat(out()).contains("turn:192.0.2.7:3478", "turns:192.0.2.7:5349?transport=tcp");
  }

  @Test
  void users_shouldBeKeptWithoutTheirPasswords() throws IOException {
    assertThat(run("user", "add", "ann")).isZero();
    String password = out().strip();
    assertThat(password).hasSizeGreaterThan(20);
    standardInput = "sesame\n";
    assertThat(run("user", "add", "ben", "--password-file", "-")).isZero();
    assertThat(out()).isEmpty();
    assertThat(run("user", "list")).isZero();
    assertThat(out().lines()).containsExactly("ann", "ben");
    Path file = RelayFiles.in(data).users().path();
    assertThat(Files.readString(file)).doesNotContain(password, "sesame");
    assertThat(run("user", "remove", "ann")).isZero();
    assertThat(run("user", "remove", "ann")).isOne();
    assertThat(err()).contains("there is no user ann");
  }

  @Test
  void secret_shouldBeRotatedAndRetired() throws IOException {
    assertThat(run("secret", "rotate")).isOne();
    assertThat(err()).contains("relay credentials makes one");
    assertThat(run("credentials", "--user", "ann")).isZero();
    assertThat(run("secret", "rotate")).isZero();
    assertThat(RelayFiles.in(data).secret().read()).hasSize(2);
    assertThat(run("secret", "retire")).isZero();
    assertThat(RelayFiles.in(data).secret().read()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "what",
        "credentials",
        "credentials --user",
        "credentials --user ann --ttl 1y",
        "credentials --user ann --port 0",
        "user",
        "user add",
        "user add a:b",
        "user rename ann",
        "secret show",
        "sessions --who",
        "disconnect"
      })
  void wrongCommandLines_shouldBeToldInOneLine(String line) {
    String[] words = line.isEmpty() ? new String[0] : line.split(" ");
    if (line.startsWith("secret")) {
      assertThat(run("credentials", "--user", "ann")).isZero();
    }
    assertThat(run(words)).isEqualTo(2);
    if (!line.isEmpty()) {
      assertThat(err().strip().lines()).hasSize(1);
    }
  }

  @Test
  void noNode_shouldBeToldWithExitCodeFour() {
    assertThat(run("sessions", "--node", "http://127.0.0.1:1")).isEqualTo(4);
    assertThat(err()).contains("no node answers at http://127.0.0.1:1");
  }
}
