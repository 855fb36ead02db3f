package org.peerstead.node.relay;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.peerstead.node.DataFolder;
import org.peerstead.node.doc.Arguments;
import org.peerstead.node.doc.CommandFailure;
import org.peerstead.node.doc.ExitCode;
import org.peerstead.node.doc.JsonClient;
import org.peerstead.node.doc.JsonClient.NoNodeException;
import org.peerstead.relaynode.RelayFiles;

/**
 * The {@code relay} command. Stateless apart from the environment it was made with; every {@link
 * #execute} stands alone and may run in any thread.
 */
public final class RelayCommand {
  private static final String RELAY = "relay";
  private static final String JSON = "--json";
  private static final String USER = "--user";

  private static final String HELP =
      """
      Usage: peerstead relay COMMAND ...

      Makes credentials for a STUN and TURN relay, and asks a running one.

      With the files of a data folder, whether the relay runs or not:
        credentials --user NAME    prints time-limited credentials as the iceServers of a WebRTC app
          --ttl 1d                 how long they count: 90s, 30m, 12h, 7d (default 1d)
          --host HOST              name or address of the relay (default $PEERSTEAD_RELAY_PUBLIC_NAME,
                                   $PEERSTEAD_RELAY_ADVERTISE, $PEERSTEAD_RELAY_HOST or 127.0.0.1)
          --port N, --tls-port N   its ports (default 3478; a turns: address only with --tls-port)
          --node URL               let a running relay make them instead
        secret rotate              makes a new shared secret; the one before still counts
        secret retire              drops the one before: what was made with it counts no more
        user add NAME              adds a static user, or gives it another password
          --password-file FILE     the password; - is standard input (default: one is made and printed)
          --realm REALM            default $PEERSTEAD_RELAY_REALM or relay
        user list                  names of the static users
        user remove NAME           takes a static user away
          --data DIR               the data folder (default $PEERSTEAD_DATA or as of the node)

      A running relay:
        status                     addresses, allocations, certificate, warnings
        sessions [--user NAME]     allocations that live
        users                      the busiest users (with peerstead.relay.metrics.top-users)
        disconnect ID              ends an allocation
        explain ADDRESS            whether clients may reach a peer, and which rule says so
        drain                      takes no new allocations until it is restarted
          --json                   the relay's answer as JSON
          --node URL               the node (default $PEERSTEAD_NODE or http://127.0.0.1:8080)
          --token TOKEN            access token (better: $PEERSTEAD_TOKEN, which other users cannot see)

      Exit codes: 0 done, 1 failed, 2 wrong command line, 4 the relay cannot be reached or refused.
      """;

  private final Map<String, String> environment;

  /**
   * @param environment as of {@link System#getenv()}
   */
  public RelayCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Runs one command.
   *
   * @param args the words after {@code relay}
   * @return the process exit status, see {@link ExitCode}
   */
  public static int run(List<String> args, InputStream in, PrintStream out, PrintStream err) {
    return new RelayCommand(System.getenv()).execute(args, in, out, err);
  }

  /** As {@link #run}, with this instance's environment. */
  public int execute(List<String> args, InputStream in, PrintStream out, PrintStream err) {
    if (args.isEmpty()) {
      err.print(HELP);
      return ExitCode.USAGE.code();
    }
    String command = args.getFirst();
    if (Arguments.askForHelp(args)) {
      out.print(HELP);
      return ExitCode.OK.code();
    }
    try {
      dispatch(command, args.subList(1, args.size()), in, out, err);
      out.flush();
      return ExitCode.OK.code();
    } catch (CommandFailure e) {
      out.flush();
      err.println("peerstead relay " + command + ": " + oneLine(e.getMessage()));
      return e.exitCode().code();
    } catch (NoNodeException e) {
      err.println("peerstead relay " + command + ": " + e.getMessage());
      return ExitCode.NODE.code();
    }
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\R", " ");
  }

  private void dispatch(
      String command, List<String> words, InputStream in, PrintStream out, PrintStream err)
      throws CommandFailure, NoNodeException {
    switch (command) {
      case "credentials" -> credentials(words, out, err);
      case "secret" -> secret(words, err);
      case "user" -> user(words, in, out, err);
      case "status" -> status(asking(words, 0), out);
      case "sessions" -> sessions(asking(words, 0, USER), out);
      case "users" -> users(asking(words, 0), out);
      case "disconnect" -> disconnect(asking(words, 1), out);
      case "explain" -> explain(asking(words, 1), out);
      case "drain" -> drain(asking(words, 0), out);
      default ->
          throw new CommandFailure(ExitCode.USAGE, "no such command; see peerstead relay help");
    }
  }

  private static Arguments asking(List<String> words, int operands, String... options)
      throws CommandFailure {
    var allowed = new HashSet<>(Set.of("--node", "--token"));
    allowed.addAll(Set.of(options));
    return Arguments.parse(words, allowed, Set.of(JSON), operands, operands);
  }

  // ------------------------------------------------------------------------------------ files

  private void credentials(List<String> words, PrintStream out, PrintStream err)
      throws CommandFailure, NoNodeException {
    Arguments arguments =
        Arguments.parse(
            words,
            Set.of(USER, "--ttl", "--host", "--port", "--tls-port", "--data", "--node", "--token"),
            0,
            0);
    String user =
        arguments
            .option(USER)
            .orElseThrow(() -> new CommandFailure(ExitCode.USAGE, "say for whom: --user NAME"));
    if (arguments.option("--node").isPresent()) {
      JsonNode answer =
          ask(
              arguments,
              "POST",
              "/credentials?user="
                  + encoded(user)
                  + (arguments.option("--ttl").isPresent()
                      ? "&ttl=" + LocalCredentials.ttl(arguments.option("--ttl")).toSeconds()
                      : ""));
      out.println(
          JsonClient.object().set("iceServers", answer.path("iceServers")).toPrettyString());
      return;
    }
    LocalCredentials.print(arguments, user, files(arguments), environment, out, err);
  }

  private void secret(List<String> words, PrintStream err) throws CommandFailure {
    Arguments arguments = Arguments.parse(words, Set.of("--data"), 1, 1);
    LocalCredentials.secret(arguments.operands().getFirst(), files(arguments), err);
  }

  private void user(List<String> words, InputStream in, PrintStream out, PrintStream err)
      throws CommandFailure {
    Arguments arguments =
        Arguments.parse(words, Set.of("--data", "--realm", "--password-file"), 1, 2);
    StaticUsersFile users = new StaticUsersFile(files(arguments).users());
    String action = arguments.operands().getFirst();
    if (action.equals("list") && arguments.operands().size() == 1) {
      users.list(out);
      return;
    }
    if (arguments.operands().size() != 2 || !(action.equals("add") || action.equals("remove"))) {
      throw new CommandFailure(
          ExitCode.USAGE, "user needs add NAME, list or remove NAME; see peerstead relay help");
    }
    String name = arguments.operands().getLast();
    if (action.equals("remove")) {
      users.remove(name, err);
      return;
    }
    String realm =
        arguments
            .option("--realm")
            .orElse(environment.getOrDefault("PEERSTEAD_RELAY_REALM", "relay"));
    users.add(name, realm, arguments.option("--password-file"), in, out, err);
  }

  private RelayFiles files(Arguments arguments) throws CommandFailure {
    String data =
        arguments
            .option("--data")
            .orElse(
                environment.getOrDefault(
                    "PEERSTEAD_DATA", DataFolder.defaultPath(environment).toString()));
    try {
      return RelayFiles.in(Path.of(data).toAbsolutePath().normalize());
    } catch (InvalidPathException e) {
      throw new CommandFailure(ExitCode.USAGE, data + " is no path");
    }
  }

  /** What went wrong with a file, for the user. */
  static CommandFailure failed(IOException e) {
    return new CommandFailure(
        ExitCode.FAILED,
        e instanceof FileSystemException file && file.getReason() == null
            ? "cannot read or write "
                + file.getFile()
                + " ("
                + e.getClass().getSimpleName()
                + "); run this as the user that runs the relay, or name its folder with --data"
            : String.valueOf(e.getMessage()));
  }

  // -------------------------------------------------------------------------------- the node

  private JsonNode ask(Arguments arguments, String method, String path)
      throws CommandFailure, NoNodeException {
    try (JsonClient client = JsonClient.of(arguments, environment)) {
      return client.json(method, RELAY + path, null);
    }
  }

  /** Prints the answer as it is when that is wanted. */
  private static boolean isPrinted(Arguments arguments, JsonNode answer, PrintStream out) {
    if (!arguments.has(JSON)) {
      return false;
    }
    out.println(answer.toPrettyString());
    return true;
  }

  private void status(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    JsonNode status = ask(arguments, "GET", "");
    if (isPrinted(arguments, status, out)) {
      return;
    }
    status.path("uris").forEach(uri -> line(out, "address", uri.asText()));
    line(out, "listens on", joined(status.path("listeners")));
    status
        .path("dataPath")
        .properties()
        .forEach(path -> line(out, path.getKey(), "by " + path.getValue().asText()));
    var live = new StringJoiner(", ", " (", ")");
    status
        .path("allocationsByTransport")
        .properties()
        .forEach(count -> live.add(count.getKey() + " " + count.getValue().asText()));
    line(out, "allocations", status.path("allocations").asText() + live);
    if (status.hasNonNull("certificateSeconds")) {
      line(
          out,
          "certificate",
          "ends in " + status.path("certificateSeconds").asLong() / 86_400 + " days");
    }
    if (status.path("draining").asBoolean()) {
      line(out, "DRAINING", "takes no new allocations");
    }
    status.path("warnings").forEach(warning -> line(out, "WARNING", warning.asText()));
  }

  private void sessions(Arguments arguments, PrintStream out)
      throws CommandFailure, NoNodeException {
    String filter = arguments.option(USER).map(user -> "?user=" + encoded(user)).orElse("");
    JsonNode answer = ask(arguments, "GET", "/sessions" + filter);
    if (isPrinted(arguments, answer, out)) {
      return;
    }
    for (JsonNode session : answer.path("sessions")) {
      out.printf(
          Locale.ROOT,
          "%s  %s  %s %s -> %s  age %d s, expires in %d s  up %d B, down %d B, dropped %d%n",
          session.path("id").asText(),
          session.path("user").asText(),
          session.path("transport").asText(),
          session.path("client").asText(),
          joined(session.path("relayed")),
          session.path("ageSeconds").asLong(),
          session.path("expiresInSeconds").asLong(),
          session.path("bytesUp").asLong(),
          session.path("bytesDown").asLong(),
          session.path("drops").asLong());
    }
    out.println(answer.path("sessions").size() + " session(s)");
  }

  private void users(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    JsonNode answer = ask(arguments, "GET", "/users");
    if (isPrinted(arguments, answer, out)) {
      return;
    }
    int rank = 0;
    for (JsonNode user : answer.path("users")) {
      out.printf(
          Locale.ROOT,
          "%2d  %-24s %6d allocation(s)  %.0f bit/s  up %d B, down %d B%n",
          ++rank,
          user.path("userId").asText(),
          user.path("allocations").asInt(),
          user.path("bitsPerSecond").asDouble(),
          user.path("bytesUp").asLong(),
          user.path("bytesDown").asLong());
    }
  }

  private void disconnect(Arguments arguments, PrintStream out)
      throws CommandFailure, NoNodeException {
    String id = arguments.operands().getFirst();
    JsonNode answer = ask(arguments, "DELETE", "/sessions/" + encoded(id));
    if (!isPrinted(arguments, answer, out)) {
      out.println(id + " ended");
    }
  }

  private void explain(Arguments arguments, PrintStream out)
      throws CommandFailure, NoNodeException {
    JsonNode answer = ask(arguments, "GET", "/peers/" + encoded(arguments.operands().getFirst()));
    if (isPrinted(arguments, answer, out)) {
      return;
    }
    out.println(
        answer.path("address").asText()
            + (answer.path("allowed").asBoolean()
                ? answer.path("onlyRelayedPorts").asBoolean()
                    ? " is allowed on relayed ports only"
                    : " is allowed"
                : " is refused")
            + " by the rule: "
            + answer.path("rule").asText());
  }

  private void drain(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    JsonNode answer = ask(arguments, "POST", "/drain");
    if (!isPrinted(arguments, answer, out)) {
      out.println("takes no new allocations; " + answer.path("allocations").asText() + " live");
    }
  }

  private static String joined(JsonNode texts) {
    var joined = new StringJoiner(", ");
    texts.forEach(text -> joined.add(text.asText()));
    return joined.toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static void line(PrintStream out, String name, String value) {
    out.printf("%-12s %s%n", name, value);
  }
}
