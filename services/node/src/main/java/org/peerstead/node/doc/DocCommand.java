package org.peerstead.node.doc;

import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeGraph;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;

/**
 * The {@code doc} command. Stateless apart from the environment it was made with; every {@link
 * #run} stands alone and may run in any thread.
 */
public final class DocCommand {
  /** Environment variable with the access token for a node. */
  public static final String TOKEN_VARIABLE = "PEERSTEAD_TOKEN";

  /** Environment variable with the address of a node. */
  public static final String NODE_VARIABLE = "PEERSTEAD_NODE";

  /** Where a node listens unless told otherwise. */
  public static final String DEFAULT_NODE = "http://127.0.0.1:8080";

  /** Largest input without {@code --max-bytes}: 256 MiB. */
  public static final int DEFAULT_MAX_BYTES = 256 << 20;

  /** Never signs a change: reading and merging make none. */
  private static final ActorId READER = ActorId.of(new byte[16]);

  private static final String HELP =
      """
      Usage: peerstead doc COMMAND ...

      Files (no server needed; - is standard input or output):
        json FILE [--heads HASH,...]     the content as JSON, now or at given heads
        heads FILE                       the hashes of the newest changes, one per line
        history FILE                     one line per change: hash, time, actor, sequence number, operations, message
        verify FILE                      checks every byte and that the file can be rebuilt from its changes
        merge FILE FILE... -o FILE       joins the changes of all files

      Documents of a running node:
        export URL|ID [-o FILE]          saves a document as an .automerge file (a URL with heads: as it was then)
        import FILE [--to URL|ID]        stores a file as a new document, or merges it into one; prints the URL

      Options:
        -o, --output FILE                where to write; - or nothing: standard output
        --max-bytes N                    largest input accepted (default 268435456)
        --node URL                       the node (default $PEERSTEAD_NODE or http://127.0.0.1:8080)
        --token TOKEN                    access token (better: $PEERSTEAD_TOKEN, which other users cannot see)

      Exit codes:
      """;

  private final Map<String, String> environment;

  /**
   * @param environment as of {@link System#getenv()}
   */
  public DocCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Runs one command.
   *
   * @param args the words after {@code doc}
   * @return the process exit status, see {@link ExitCode}
   */
  public static int run(List<String> args, InputStream in, PrintStream out, PrintStream err) {
    return new DocCommand(System.getenv()).execute(args, in, out, err);
  }

  /** As {@link #run}, with this instance's environment. */
  public int execute(List<String> args, InputStream in, PrintStream out, PrintStream err) {
    if (args.isEmpty()) {
      err.println(help());
      return ExitCode.USAGE.code();
    }
    String command = args.getFirst();
    if (Arguments.askForHelp(args)) {
      out.println(help());
      return ExitCode.OK.code();
    }
    try {
      dispatch(command, args.subList(1, args.size()), in, out);
      out.flush();
      return ExitCode.OK.code();
    } catch (CommandFailure e) {
      out.flush();
      err.println("peerstead doc " + command + ": " + oneLine(String.valueOf(e.getMessage())));
      return e.exitCode().code();
    }
  }

  private static String help() {
    StringJoiner help = new StringJoiner("\n", HELP, "");
    for (ExitCode code : ExitCode.values()) {
      help.add("  " + code.code() + "  " + code.meaning());
    }
    return help.toString();
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\R", " ");
  }

  private void dispatch(String command, List<String> words, InputStream in, PrintStream out)
      throws CommandFailure {
    switch (command) {
      case "json" -> json(Arguments.parse(words, Set.of("--max-bytes", "--heads"), 1, 1), in, out);
      case "heads" -> heads(Arguments.parse(words, Set.of("--max-bytes"), 1, 1), in, out);
      case "history" -> history(Arguments.parse(words, Set.of("--max-bytes"), 1, 1), in, out);
      case "verify" -> verify(Arguments.parse(words, Set.of("--max-bytes"), 1, 1), in, out);
      case "merge" ->
          merge(
              Arguments.parse(words, Set.of("--max-bytes", "-o", "--output"), 2, Integer.MAX_VALUE),
              in,
              out);
      case "export" ->
          export(
              Arguments.parse(
                  words, Set.of("--max-bytes", "-o", "--output", "--node", "--token"), 1, 1),
              in,
              out);
      case "import" ->
          importFile(
              Arguments.parse(words, Set.of("--max-bytes", "--to", "--node", "--token"), 1, 1),
              in,
              out);
      default ->
          throw new CommandFailure(ExitCode.USAGE, "no such command; see peerstead doc help");
    }
  }

  // Files.

  private static void json(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure {
    String file = arguments.operands().getFirst();
    Document document = load(file, files(arguments, in, out).read(file));
    Optional<String> heads = arguments.option("--heads");
    String json =
        heads.isPresent()
            ? document.at(known(document, heads.get())).toJson()
            : document.now().toJson();
    out.println(json);
  }

  private static List<ChangeHash> known(Document document, String list) throws CommandFailure {
    List<ChangeHash> heads = new ArrayList<>();
    for (String text : list.split(",", -1)) {
      ChangeHash hash;
      try {
        hash = ChangeHash.fromHex(text.strip());
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(
            ExitCode.USAGE, "not a change hash (64 hexadecimal digits): " + text);
      }
      if (document.graph().row(hash) < 0) {
        throw new CommandFailure(ExitCode.FAILED, "the document has no change " + hash);
      }
      heads.add(hash);
    }
    return heads;
  }

  private static void heads(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure {
    String file = arguments.operands().getFirst();
    load(file, files(arguments, in, out).read(file)).heads().forEach(out::println);
  }

  private static void history(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure {
    String file = arguments.operands().getFirst();
    ChangeGraph graph = load(file, files(arguments, in, out).read(file)).graph();
    for (int row = 0; row < graph.size(); row++) {
      String message = oneLine(graph.message(row));
      out.println(
          "%s  %s  %s  %d  %d%s"
              .formatted(
                  graph.hash(row),
                  time(graph.time(row)),
                  graph.actor(row),
                  graph.seq(row),
                  graph.opCount(row),
                  message.isEmpty() ? "" : "  " + message));
    }
  }

  /** Change times are seconds by convention; 0 means that the author told none. */
  private static String time(long seconds) {
    if (seconds == 0) {
      return "-";
    }
    try {
      return Instant.ofEpochSecond(seconds).toString();
    } catch (DateTimeException e) {
      return Long.toString(seconds);
    }
  }

  /**
   * Loading alone checks checksums, columns, references and heads. What is left: that nothing is
   * missing, and that a save of what was read gives the same history again.
   */
  private static void verify(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure {
    String file = arguments.operands().getFirst();
    byte[] bytes = files(arguments, in, out).read(file);
    Document document = load(file, bytes);
    List<String> problems = new ArrayList<>();
    if (document.queuedCount() > 0) {
      problems.add(
          "%d change(s) wait for %d missing one(s)"
              .formatted(document.queuedCount(), document.missingDependencies(List.of()).size()));
    }
    try {
      Document again = Document.load(document.save(), READER);
      if (!again.heads().equals(document.heads())
          || again.changeCount() != document.changeCount()) {
        problems.add("a save of it has another history");
      } else if (!again.now().toJson().equals(document.now().toJson())) {
        problems.add("a save of it has another content");
      }
    } catch (AutomergeFormatException e) {
      problems.add("a save of it does not load: " + e.getMessage());
    }
    if (!problems.isEmpty()) {
      throw new CommandFailure(ExitCode.FAILED, file + ": " + String.join("; ", problems));
    }
    Set<ActorId> actors = new HashSet<>();
    for (int row = 0; row < document.graph().size(); row++) {
      actors.add(document.graph().actor(row));
    }
    out.println(
        "ok: %d bytes, %d changes by %d actors, %d operations, %d head(s)"
            .formatted(
                bytes.length,
                document.changeCount(),
                actors.size(),
                document.opCount(),
                document.heads().size()));
  }

  private static void merge(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure {
    DocumentFiles files = files(arguments, in, out);
    String output =
        output(arguments)
            .orElseThrow(() -> new CommandFailure(ExitCode.USAGE, "-o FILE is missing"));
    String first = arguments.operands().getFirst();
    Document merged = load(first, files.read(first));
    for (String file : arguments.operands().subList(1, arguments.operands().size())) {
      byte[] bytes = files.read(file);
      load(file, bytes);
      try {
        merged.loadIncremental(bytes);
      } catch (AutomergeFormatException e) {
        throw new CommandFailure(
            ExitCode.MALFORMED, file + " contradicts " + first + ": " + e.getMessage());
      }
    }
    files.write(output, merged.save());
  }

  private static Document load(String file, byte[] bytes) throws CommandFailure {
    try {
      return Document.load(bytes, READER);
    } catch (AutomergeFormatException e) {
      throw new CommandFailure(
          ExitCode.MALFORMED, file + ": " + e.reason() + ": " + e.getMessage());
    }
  }

  // A running node.

  private void export(Arguments arguments, InputStream in, PrintStream out) throws CommandFailure {
    byte[] bytes = node(arguments).export(arguments.operands().getFirst(), maxBytes(arguments));
    files(arguments, in, out).write(output(arguments).orElse(DocumentFiles.STANDARD_STREAM), bytes);
  }

  private void importFile(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure {
    String file = arguments.operands().getFirst();
    byte[] bytes = files(arguments, in, out).read(file);
    Document document = load(file, bytes);
    if (document.changeCount() == 0) {
      throw new CommandFailure(ExitCode.FAILED, file + " has no complete change to import");
    }
    out.println(node(arguments).store(bytes, arguments.option("--to")));
  }

  private NodeClient node(Arguments arguments) throws CommandFailure {
    String address =
        arguments
            .option("--node")
            .or(() -> Optional.ofNullable(environment.get(NODE_VARIABLE)))
            .orElse(DEFAULT_NODE);
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "not a URL: " + address);
    }
    if (uri.getHost() == null
        || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
      throw new CommandFailure(ExitCode.USAGE, "not an http or https URL: " + address);
    }
    Optional<String> token =
        arguments.option("--token").or(() -> Optional.ofNullable(environment.get(TOKEN_VARIABLE)));
    return new NodeClient(uri, token.filter(text -> !text.isBlank()));
  }

  // Options.

  private static Optional<String> output(Arguments arguments) throws CommandFailure {
    Optional<String> shortForm = arguments.option("-o");
    Optional<String> longForm = arguments.option("--output");
    if (shortForm.isPresent() && longForm.isPresent()) {
      throw new CommandFailure(ExitCode.USAGE, "-o and --output are the same option");
    }
    return shortForm.or(() -> longForm);
  }

  private static DocumentFiles files(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure {
    return new DocumentFiles(in, out, maxBytes(arguments));
  }

  private static int maxBytes(Arguments arguments) throws CommandFailure {
    Optional<String> text = arguments.option("--max-bytes");
    if (text.isEmpty()) {
      return DEFAULT_MAX_BYTES;
    }
    try {
      int value = Integer.parseInt(text.get());
      if (value > 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for every unusable number.
    }
    throw new CommandFailure(
        ExitCode.USAGE, "--max-bytes takes a number from 1 to 2147483647, not " + text.get());
  }
}
