package org.peerstead.node.dht;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.dhtseed.TopicHash;
import org.peerstead.node.doc.Arguments;
import org.peerstead.node.doc.CommandFailure;
import org.peerstead.node.doc.ExitCode;
import org.peerstead.node.doc.JsonClient;
import org.peerstead.node.doc.JsonClient.NoNodeException;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The {@code dht} command. Stateless apart from the environment it was made with; every {@link
 * #execute} stands alone and may run in any thread.
 */
public final class DhtCommand {
  private static final String DHT = "dht";
  private static final String NAME = "--name";
  private static final String MUTABLE = "--mutable";
  private static final String SEQ = "--seq";
  private static final String JSON = "--json";
  private static final Set<String> FLAGS = Set.of(MUTABLE, JSON);
  private static final Set<String> NODE = Set.of("--node", "--token");
  private static final int MAX_VALUE_BYTES = 1_000;

  private static final String HELP =
      """
      Usage: peerstead dht COMMAND ...

      Asks a running node about the distributed hash table (HyperDHT) that it is a part of. TOPIC, HASH
      and KEY are 64 hexadecimal digits or 52 characters of z-base-32; instead of a TOPIC, --name TEXT
      stands for the BLAKE2b-256 of TEXT in UTF-8, as DHT.hash(Buffer.from(TEXT)) of npm hyperdht.

        status                     address, whether others reach it, NAT, warnings, table, stores, traffic
        nodes                      other nodes that it knows: address, shared bits of the id, last heard of
        lookup TOPIC               the peers of a topic: public key, addresses of their relays
        announce TOPIC             announces the node itself, and again every five minutes until:
        unannounce TOPIC           takes that back
        announcements              the topics that are kept announced
        put VALUE                  stores text for 48 hours and prints its hash; - is standard input
        put --mutable VALUE        stores it under the key of the node and prints key and number
          --seq N                  its number (default: one more than the latest)
        get HASH                   writes the value with this hash
        get --mutable KEY          writes the latest value of the owner of a key
          --seq N                  takes no older one

      Options:
        --json                     the node's answer as JSON
        --node URL                 the node (default $PEERSTEAD_NODE or http://127.0.0.1:8080)
        --token TOKEN              access token (better: $PEERSTEAD_TOKEN, which other users cannot see)

      Exit codes: 0 done, 1 failed, 2 wrong command line, 4 the node cannot be reached or refused, or
      the network has no such value.
      """;

  private final Map<String, String> environment;

  /**
   * @param environment as of {@link System#getenv()}
   */
  public DhtCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Runs one command.
   *
   * @param args the words after {@code dht}
   * @return the process exit status, see {@link ExitCode}
   */
  public static int run(List<String> args, InputStream in, PrintStream out, PrintStream err) {
    return new DhtCommand(System.getenv()).execute(args, in, out, err);
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
      dispatch(command, args.subList(1, args.size()), in, out);
      out.flush();
      return ExitCode.OK.code();
    } catch (CommandFailure e) {
      out.flush();
      err.println("peerstead dht " + command + ": " + oneLine(e.getMessage()));
      return e.exitCode().code();
    } catch (NoNodeException e) {
      err.println("peerstead dht " + command + ": " + e.getMessage());
      return ExitCode.NODE.code();
    }
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\R", " ");
  }

  private void dispatch(String command, List<String> words, InputStream in, PrintStream out)
      throws CommandFailure, NoNodeException {
    switch (command) {
      case "status" -> status(parse(words, 0, 0), out);
      case "nodes" -> nodes(parse(words, 0, 0), out);
      case "lookup" -> lookup(parse(words, 0, 1, NAME), out);
      case "announce" -> announce(parse(words, 0, 1, NAME), "PUT", "announced", out);
      case "unannounce" -> announce(parse(words, 0, 1, NAME), "DELETE", "taken back", out);
      case "announcements" -> announcements(parse(words, 0, 0), out);
      case "put" -> put(parse(words, 1, 1, MUTABLE, SEQ), in, out);
      case "get" -> get(parse(words, 1, 1, MUTABLE, SEQ), out);
      default ->
          throw new CommandFailure(ExitCode.USAGE, "no such command; see peerstead dht help");
    }
  }

  private static Arguments parse(List<String> words, int min, int max, String... options)
      throws CommandFailure {
    var given = Set.of(options);
    var allowed = new HashSet<>(NODE);
    allowed.addAll(given);
    allowed.removeAll(FLAGS);
    var flags = new HashSet<>(FLAGS);
    flags.removeIf(flag -> !flag.equals(JSON) && !given.contains(flag));
    return Arguments.parse(words, allowed, flags, min, max);
  }

  private JsonNode ask(Arguments arguments, String method, String path, @Nullable ObjectNode body)
      throws CommandFailure, NoNodeException {
    try (JsonClient client = JsonClient.of(arguments, environment)) {
      return client.json(method, DHT + path, body);
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

  // ------------------------------------------------------------------------------------ views

  private void status(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    JsonNode status = ask(arguments, "GET", "", null);
    if (isPrinted(arguments, status, out)) {
      return;
    }
    line(out, "key", status.path("publicKey").asText());
    if (status.hasNonNull("seed")) {
      line(out, "bootstrap", "['" + status.path("seed").asText() + "']");
    }
    line(out, "listens on", "udp " + status.path("bound").asText());
    line(out, "mode", status.path("mode").asText());
    line(out, "id", status.path("id").asText("none: it serves nobody"));
    line(
        out,
        "reachable",
        status.path("reachable").asText() + ": " + status.path("reason").asText());
    line(out, "nat", status.path("nat").asText());
    line(
        out,
        "seen as",
        status.hasNonNull("observedHost")
            ? status.path("observedHost").asText()
                + ":"
                + status.path("observedPort").asText()
                + " ("
                + status.path("observations").asText()
                + " observations)"
            : "not known");
    line(out, "network", status.path("connectivity").asText());
    line(out, "nodes", status.path("nodes").asText());
    JsonNode stores = status.path("stores");
    stores
        .properties()
        .forEach(store ->
            line(
                out,
                store.getKey(),
                "%s held from %s hosts, %s refused, %s evicted"
                    .formatted(
                        store.getValue().path("held").asText(),
                        store.getValue().path("hosts").asText(),
                        store.getValue().path("refused").asText(),
                        store.getValue().path("evicted").asText())));
    line(out, "topics", status.path("topics").asText());
    line(out, "requests", status.path("requests").asText());
    JsonNode traffic = status.path("traffic");
    line(
        out,
        "traffic",
        "%s packets in (%s bytes), %s out (%s bytes)"
            .formatted(
                traffic.path("packetsIn").asText(),
                traffic.path("bytesIn").asText(),
                traffic.path("packetsOut").asText(),
                traffic.path("bytesOut").asText()));
    line(out, "uptime", status.path("uptimeSeconds").asText() + " s");
    status.path("warnings").forEach(warning -> line(out, "WARNING", warning.asText()));
  }

  private void nodes(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    JsonNode answer = ask(arguments, "GET", "/nodes", null);
    if (isPrinted(arguments, answer, out)) {
      return;
    }
    for (JsonNode node : answer.path("nodes")) {
      out.printf(
          "%-21s %s  %d bits  %d s ago%n",
          node.path("address").asText(),
          node.path("id").asText(),
          node.path("bucket").asInt(),
          node.path("seenSeconds").asLong());
    }
  }

  private void lookup(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    JsonNode answer = ask(arguments, "GET", "/topics/" + topic(arguments), null);
    if (isPrinted(arguments, answer, out)) {
      return;
    }
    for (JsonNode peer : answer.path("peers")) {
      out.println(
          peer.path("publicKey").asText()
              + "  relays "
              + joined(peer.path("relays"))
              + "  named by "
              + peer.path("nodes").size()
              + " node(s)");
    }
    out.println(
        answer.path("peers").size()
            + " peer(s) of "
            + answer.path("topic").asText()
            + ", "
            + answer.path("answered").asText()
            + " other node(s) answered");
  }

  private static String joined(JsonNode texts) {
    var joined = new StringBuilder();
    texts.forEach(text -> joined.append(joined.isEmpty() ? "" : ",").append(text.asText()));
    return joined.isEmpty() ? "none" : joined.toString();
  }

  private void announce(Arguments arguments, String method, String done, PrintStream out)
      throws CommandFailure, NoNodeException {
    JsonNode answer = ask(arguments, method, "/topics/" + topic(arguments) + "/announcement", null);
    if (!isPrinted(arguments, answer, out)) {
      out.println(
          answer.path("topic").asText()
              + " "
              + done
              + " at "
              + answer.path("nodes").asText()
              + " node(s) for "
              + answer.path("publicKey").asText());
    }
  }

  private void announcements(Arguments arguments, PrintStream out)
      throws CommandFailure, NoNodeException {
    JsonNode answer = ask(arguments, "GET", "/announcements", null);
    if (isPrinted(arguments, answer, out)) {
      return;
    }
    for (JsonNode kept : answer.path("announcements")) {
      out.println(
          kept.path("topic").asText()
              + "  at "
              + kept.path("nodes").asText()
              + " node(s)  "
              + kept.path("announced").asText("not yet")
              + (kept.hasNonNull("problem") ? "  " + kept.path("problem").asText() : ""));
    }
  }

  // ----------------------------------------------------------------------------------- values

  private void put(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure, NoNodeException {
    String text = arguments.operands().getFirst();
    byte[] value;
    try {
      value =
          text.equals("-")
              ? in.readNBytes(MAX_VALUE_BYTES + 1)
              : text.getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.FAILED, "cannot read the input: " + e.getMessage());
    }
    if (value.length == 0 || value.length > MAX_VALUE_BYTES) {
      throw new CommandFailure(ExitCode.USAGE, "a value has 1 to " + MAX_VALUE_BYTES + " bytes");
    }
    ObjectNode body = JsonClient.object().put("value", value);
    boolean isMutable = arguments.has(MUTABLE);
    Optional<Long> seq = seq(arguments, isMutable);
    seq.ifPresent(number -> body.put("seq", number));
    JsonNode answer = ask(arguments, "POST", isMutable ? "/mutable-values" : "/values", body);
    if (isPrinted(arguments, answer, out)) {
      return;
    }
    if (isMutable) {
      out.println(
          answer.path("publicKey").asText()
              + " seq "
              + answer.path("seq").asText()
              + " at "
              + answer.path("nodes").asText()
              + " node(s)");
    } else {
      out.println(answer.path("hash").asText());
    }
  }

  private void get(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    boolean isMutable = arguments.has(MUTABLE);
    Optional<Long> seq = seq(arguments, isMutable);
    Fixed32 name = key(arguments.operands().getFirst());
    JsonNode answer =
        ask(
            arguments,
            "GET",
            isMutable
                ? "/mutable-values/" + name + seq.map(number -> "?seq=" + number).orElse("")
                : "/values/" + name,
            null);
    if (isPrinted(arguments, answer, out)) {
      return;
    }
    byte[] value;
    try {
      value = answer.path("value").binaryValue();
    } catch (IOException e) {
      value = null;
    }
    if (value == null) {
      throw new CommandFailure(ExitCode.NODE, "the node's answer holds no value");
    }
    out.write(value, 0, value.length);
    out.println();
  }

  private static Optional<Long> seq(Arguments arguments, boolean isMutable) throws CommandFailure {
    Optional<String> text = arguments.option(SEQ);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!isMutable) {
      throw new CommandFailure(ExitCode.USAGE, SEQ + " goes with " + MUTABLE + " only");
    }
    try {
      long seq = Long.parseLong(text.get());
      if (seq >= 0 && seq < 1L << 53) {
        return Optional.of(seq);
      }
    } catch (NumberFormatException e) {
      // Answered below, like numbers out of range.
    }
    throw new CommandFailure(
        ExitCode.USAGE, SEQ + " must be a number of 0 to 2^53 - 1, not " + text.get());
  }

  private static Fixed32 topic(Arguments arguments) throws CommandFailure {
    Optional<String> name = arguments.option(NAME);
    if (name.isPresent() == !arguments.operands().isEmpty()) {
      throw new CommandFailure(ExitCode.USAGE, "give either a TOPIC or --name TEXT");
    }
    return name.isPresent() ? TopicHash.ofName(name.get()) : key(arguments.operands().getFirst());
  }

  private static Fixed32 key(String text) throws CommandFailure {
    try {
      return KeyText.parse(text);
    } catch (CryptoException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "neither 64 hexadecimal digits nor 52 characters of z-base-32: " + text);
    }
  }

  private static void line(PrintStream out, String name, String value) {
    out.printf("%-12s %s%n", name, value);
  }
}
