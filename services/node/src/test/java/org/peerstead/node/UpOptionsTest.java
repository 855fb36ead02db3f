package org.peerstead.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpOptionsTest {
  @Test
  void parse_shouldHaveSafeDefaults() throws CommandException {
    UpOptions options = parse(Map.of("XDG_DATA_HOME", "/x"));
    assertThat(options.services())
        .containsExactlyInAnyOrder("gateway", "crdt-merge", "storage-peer", "dht-seed", "relay");
    assertThat(options.host()).isEqualTo("127.0.0.1");
    assertThat(options.port()).isEqualTo(8080);
    assertThat(options.data()).isEqualTo(Path.of("/x/peerstead"));
    assertThat(options.isOpen()).isTrue();
    assertThat(options.isForcedOpen()).isFalse();
  }

  @Test
  void parse_shouldReadOptionsWithAndWithoutEquals() throws CommandException {
    UpOptions options =
        parse(
            Map.of(),
            "--data=/a",
            "--http-host",
            "0.0.0.0",
            "--http-port",
            "0",
            "--json-logs",
            "--peerstead.access=token",
            "-Dquarkus.log.level=DEBUG");
    assertThat(options.data()).isEqualTo(Path.of("/a"));
    assertThat(options.host()).isEqualTo("0.0.0.0");
    assertThat(options.port()).isZero();
    assertThat(options.isOpen()).isFalse();
    assertThat(options.properties())
        .containsEntry("quarkus.log.level", "DEBUG")
        .containsEntry("quarkus.log.console.json.enabled", "true");
  }

  @Test
  void parse_shouldTakeTheEnvironmentBelowTheCommandLine() throws CommandException {
    Map<String, String> environment =
        Map.of(
            "QUARKUS_HTTP_PORT", "9000",
            "QUARKUS_HTTP_HOST", "::1",
            "PEERSTEAD_DATA", "/env",
            "PEERSTEAD_ACCESS", "token");
    UpOptions options = parse(environment, "--http-port", "9001");
    assertThat(options.port()).isEqualTo(9001);
    assertThat(options.host()).isEqualTo("::1");
    assertThat(options.data()).isEqualTo(Path.of("/env"));
    assertThat(options.isOpen()).isFalse();
  }

  @Test
  void parse_shouldSwitchOffServicesThatAreNotNamed() throws CommandException {
    UpOptions options = parse(Map.of(), "crdt-merge");
    assertThat(options.services()).containsExactly("crdt-merge");
    assertThat(options.properties())
        .containsEntry("peerstead.gateway.enabled", "false")
        .doesNotContainKey("peerstead.documents.enabled");
  }

  @Test
  void parse_shouldInsistOnThePortOfASeedThatWasAskedForOnly() throws CommandException {
    String anyPort = "peerstead.dht-seed.any-port";
    assertThat(parse(Map.of()).properties())
        .containsEntry(anyPort, "true")
        .containsEntry("peerstead.dht-seed.port", "49737")
        .doesNotContainKey("peerstead.dht-seed.host");
    assertThat(parse(Map.of(), "dht-seed").properties())
        .containsEntry(anyPort, "false")
        .containsEntry("peerstead.gateway.enabled", "false")
        .doesNotContainKey("peerstead.dht-seed.enabled");
    assertThat(parse(Map.of(), "--dht-port", "49738").properties())
        .containsEntry(anyPort, "false")
        .containsEntry("peerstead.dht-seed.port", "49738");
    assertThat(
            parse(Map.of(), "--dht-host=198.51.100.7", "--dht-bootstrap", "a.example:49737")
                .properties())
        .containsEntry(anyPort, "false")
        .containsEntry("peerstead.dht-seed.host", "198.51.100.7")
        .containsEntry("peerstead.dht-seed.bootstrap", "a.example:49737")
        .containsEntry("peerstead.storage-peer.lan-dht-port", "49737");
    assertThat(parse(Map.of("PEERSTEAD_DHT_SEED_PORT", "0")).properties())
        .containsEntry(anyPort, "false")
        .containsEntry("peerstead.dht-seed.port", "0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "relais",
        "--unknown",
        "--unknown=1",
        "-x",
        "-D=1",
        "--data",
        "--http-port=x",
        "--http-port=65536",
        "--dht-port=x",
        "--dht-host"
      })
  void parse_shouldRefuseWhatItDoesNotKnow(String argument) {
    var thrown = catchThrowableOfType(CommandException.class, () -> parse(Map.of(), argument));
    assertThat(thrown).isNotNull();
    assertThat(thrown.exitCode()).isEqualTo(CommandException.USAGE);
  }

  @Test
  void defaultPath_shouldIgnoreRelativeXdgFolders() {
    Path home = Path.of(System.getProperty("user.home"), ".local", "share", "peerstead");
    assertThat(DataFolder.defaultPath(Map.of())).isEqualTo(home);
    assertThat(DataFolder.defaultPath(Map.of("XDG_DATA_HOME", "relative"))).isEqualTo(home);
  }

  private static UpOptions parse(Map<String, String> environment, String... args)
      throws CommandException {
    return UpOptions.parse(List.of(args), environment, new Properties());
  }
}
