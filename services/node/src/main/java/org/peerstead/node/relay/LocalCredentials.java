package org.peerstead.node.relay;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.peerstead.node.doc.Arguments;
import org.peerstead.node.doc.CommandFailure;
import org.peerstead.node.doc.ExitCode;
import org.peerstead.node.doc.JsonClient;
import org.peerstead.relay.auth.TimeLimitedCredentials;
import org.peerstead.relay.auth.TimeLimitedCredentials.Issued;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relaynode.IceServers;
import org.peerstead.relaynode.RelayFiles;
import org.peerstead.relaynode.SecretFile;

/** Credentials made with the shared secret in a data folder. Stateless. */
final class LocalCredentials {
  private static final Pattern TTL = Pattern.compile("([1-9][0-9]{0,8})([smhd]?)");
  private static final Duration USUAL_TTL = Duration.ofDays(1);

  private LocalCredentials() {}

  /** How long credentials are to count. */
  static Duration ttl(Optional<String> text) throws CommandFailure {
    if (text.isEmpty()) {
      return USUAL_TTL;
    }
    Matcher matcher = TTL.matcher(text.get());
    if (!matcher.matches()) {
      throw new CommandFailure(
          ExitCode.USAGE, "--ttl must be like 90s, 30m, 12h or 7d, not " + text.get());
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      case "d" -> Duration.ofDays(number);
      default -> Duration.ofSeconds(number);
    };
  }

  static void print(
      Arguments arguments,
      String user,
      RelayFiles files,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err)
      throws CommandFailure {
    Duration ttl = ttl(arguments.option("--ttl"));
    IceServers servers = servers(arguments, environment);
    SecretFile file = files.secret();
    try {
      byte[] secret;
      if (file.exists()) {
        secret = file.read().getFirst();
      } else {
        secret = file.create(new SecureRandom());
        err.println(
            "A shared secret was made: "
                + file.path()
                + " (mode 600). A relay on this data folder accepts what is made with it; one that"
                + " runs without a secret must be restarted once.");
      }
      Issued issued =
          TimeLimitedCredentials.issue(user, ttl, secret, System.currentTimeMillis() / 1_000);
      out.println(json(servers.entries(issued)).toPrettyString());
    } catch (IOException e) {
      throw RelayCommand.failed(e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--user: " + e.getMessage());
    }
  }

  private static IceServers servers(Arguments arguments, Map<String, String> environment)
      throws CommandFailure {
    String host =
        Stream.of(
                arguments.option("--host"),
                Optional.ofNullable(environment.get("PEERSTEAD_RELAY_PUBLIC_NAME")),
                Optional.ofNullable(environment.get("PEERSTEAD_RELAY_ADVERTISE")),
                Optional.ofNullable(environment.get("PEERSTEAD_RELAY_HOST")))
            .flatMap(Optional::stream)
            // Lists of addresses have the IPv4 address first by convention.
            .map(text -> text.split(",", 2)[0].strip())
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse("127.0.0.1");
    Optional<String> tlsPort =
        arguments
            .option("--tls-port")
            .or(() ->
                Optional.ofNullable(environment.get("PEERSTEAD_RELAY_CERTIFICATE_FILE"))
                    .map(set -> environment.getOrDefault("PEERSTEAD_RELAY_TLS_PORT", "5349")));
    Set<ClientTransport> transports = EnumSet.of(ClientTransport.UDP, ClientTransport.TCP);
    if (tlsPort.isPresent()) {
      transports.add(ClientTransport.TLS);
    }
    return IceServers.of(
        host,
        port(
            arguments
                .option("--port")
                .orElse(environment.getOrDefault("PEERSTEAD_RELAY_PORT", "3478"))),
        port(tlsPort.orElse("5349")),
        transports);
  }

  private static int port(String text) throws CommandFailure {
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Answered below, like numbers out of range.
    }
    throw new CommandFailure(ExitCode.USAGE, "a port is 1 to 65535, not " + text);
  }

  private static ObjectNode json(List<IceServers.Entry> entries) {
    ObjectNode all = JsonClient.object();
    ArrayNode servers = all.putArray("iceServers");
    for (IceServers.Entry entry : entries) {
      ObjectNode server = servers.addObject();
      ArrayNode urls = server.putArray("urls");
      entry.urls().forEach(urls::add);
      if (!entry.username().isEmpty()) {
        server.put("username", entry.username()).put("credential", entry.credential());
      }
    }
    return all;
  }

  static void secret(String action, RelayFiles files, PrintStream err) throws CommandFailure {
    SecretFile file = files.secret();
    if (!file.exists()) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "there is no secret in " + file.path() + "; relay credentials makes one");
    }
    try {
      switch (action) {
        case "rotate" -> {
          var unused = file.rotate(new SecureRandom());
          err.println(
              "A new secret stands first in "
                  + file.path()
                  + "; the one before still counts. A running relay notices within seconds. Give"
                  + " the new one to programs that make credentials, wait until the last ones made"
                  + " with the old one have ended, then: relay secret retire");
        }
        case "retire" -> {
          file.retire();
          err.println("Only the newest secret is left in " + file.path() + ".");
        }
        default -> throw new CommandFailure(ExitCode.USAGE, "secret needs rotate or retire");
      }
    } catch (IOException e) {
      throw RelayCommand.failed(e);
    }
  }
}
