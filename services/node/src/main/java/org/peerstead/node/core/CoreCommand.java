package org.peerstead.node.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.node.DataFolder;
import org.peerstead.node.doc.Arguments;
import org.peerstead.node.doc.CommandFailure;
import org.peerstead.node.doc.DocCommand;
import org.peerstead.node.doc.ExitCode;
import org.peerstead.node.doc.JsonClient;
import org.peerstead.node.doc.JsonClient.NoNodeException;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The {@code core} command. Stateless apart from the environment it was made with; every {@link
 * #execute} stands alone and may run in any thread.
 */
public final class CoreCommand {
  private static final int DEFAULT_BLOCK_BYTES = 64 << 10;

  /** As npm hypercore's. */
  private static final int MAX_BLOCK_BYTES = 15 << 20;

  /** Bytes and blocks that travel in one request. */
  private static final int MAX_BATCH_BYTES = 4 << 20;

  private static final int MAX_BATCH_BLOCKS = 10_000;
  private static final long TO_THE_END = Long.MAX_VALUE >> 1;

  private static final String LINES = "--lines";
  private static final String PIN = "--pin";
  private static final Set<String> FLAGS = Set.of(LINES, PIN);
  private static final Set<String> NODE = Set.of("--node", "--token");

  private static final String HELP =
      """
      Usage: peerstead core COMMAND ...

      Cores are hypercores: signed append-only logs. KEY is a core's public key in z-base-32 or
      hexadecimal, or the name under which this node made it.

      Of this node:
        create NAME                      makes a core and prints its key; the same name is the same core
        append KEY [FILE]                appends a file (or standard input) in blocks of 64 KiB
          --lines                        one block per line instead
          --block-size N                 blocks of N bytes (at most 15728640)
        delete KEY                       deletes a core; nothing brings an own one back but a peer that has it

      Of others:
        follow KEY [--from HOST:PORT]    keeps a core: everything it has and everything to come
          --priority 0|1|2               what is given up last when space runs out (default 1)
          --max-bytes N                  takes no more than this of it
          --pin                          never gives it up
        unfollow KEY                     no longer keeps it, and deletes its blocks
        pin KEY, unpin KEY               whether its blocks may be given up

      Any:
        cat KEY [--from N] [--to N]      writes the blocks one after the other; --lines ends each with a newline
        info KEY                         length, size, peers, and why it is kept
        list                             all cores: key, length, bytes here, name
        backup                           copies all cores consistently while the node runs; prints the folder.
                                         The key file is not in it: keep storage-peer.keys elsewhere
        verify [KEY] [--data DIR]        hashes all blocks again and checks the signed head; without a running
                                         node it opens the data folder itself

      Options:
        --node URL                       the node (default $PEERSTEAD_NODE or http://127.0.0.1:8080)
        --token TOKEN                    access token (better: $PEERSTEAD_TOKEN, which other users cannot see)

      Exit codes: 0 done, 1 failed or a check found defects, 2 wrong command line, 4 the node cannot be
      reached or refused.
      """;

  private final Map<String, String> environment;

  /**
   * @param environment as of {@link System#getenv()}
   */
  public CoreCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Runs one command.
   *
   * @param args the words after {@code core}
   * @return the process exit status, see {@link ExitCode}
   */
  public static int run(List<String> args, InputStream in, PrintStream out, PrintStream err) {
    return new CoreCommand(System.getenv()).execute(args, in, out, err);
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
      err.println("peerstead core " + command + ": " + oneLine(e.getMessage()));
      return e.exitCode().code();
    } catch (NoNodeException e) {
      err.println("peerstead core " + command + ": " + e.getMessage());
      return ExitCode.NODE.code();
    }
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\R", " ");
  }

  private void dispatch(String command, List<String> words, InputStream in, PrintStream out)
      throws CommandFailure, NoNodeException {
    switch (command) {
      case "create" -> create(parse(words, 1, 1), out);
      case "append" -> append(parse(words, 1, 2, LINES, "--block-size"), in, out);
      case "cat" -> cat(parse(words, 1, 1, LINES, "--from", "--to"), out);
      case "info" -> info(parse(words, 1, 1), out);
      case "follow" -> follow(parse(words, 1, 1, "--from", "--priority", "--max-bytes", PIN), out);
      case "unfollow" -> unfollow(parse(words, 1, 1));
      case "pin" -> pin(parse(words, 1, 1), true);
      case "unpin" -> pin(parse(words, 1, 1), false);
      case "delete" -> delete(parse(words, 1, 1));
      case "list" -> list(parse(words, 0, 0), out);
      case "backup" -> backup(parse(words, 0, 0), out);
      case "verify" -> verify(parse(words, 0, 1, "--data"), out);
      default ->
          throw new CommandFailure(ExitCode.USAGE, "no such command; see peerstead core help");
    }
  }

  private static Arguments parse(List<String> words, int min, int max, String... options)
      throws CommandFailure {
    var allowed = new HashSet<>(NODE);
    allowed.addAll(List.of(options));
    allowed.removeAll(FLAGS);
    var flags = new HashSet<>(FLAGS);
    flags.retainAll(List.of(options));
    return Arguments.parse(words, allowed, flags, min, max);
  }

  private CoresClient client(Arguments arguments) throws CommandFailure {
    return new CoresClient(JsonClient.of(arguments, environment));
  }

  private void create(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    try (CoresClient client = client(arguments)) {
      out.println(client.create(arguments.operands().getFirst()).path("key").asText());
    }
  }

  private void append(Arguments arguments, InputStream in, PrintStream out)
      throws CommandFailure, NoNodeException {
    long blockBytes =
        number(arguments, "--block-size", 1, MAX_BLOCK_BYTES).orElse((long) DEFAULT_BLOCK_BYTES);
    boolean isByLine = arguments.has(LINES);
    int limit = isByLine ? MAX_BLOCK_BYTES : (int) blockBytes;
    try (CoresClient client = client(arguments);
        InputStream input = open(arguments, in)) {
      String key = client.keyOf(arguments.operands().getFirst());
      var source = new BlockSource(input, limit, isByLine);
      long appended = 0;
      JsonNode last = null;
      var batch = new ArrayList<byte[]>();
      long bytes = 0;
      for (byte[] block = source.next(); block != null; block = source.next()) {
        batch.add(block);
        bytes += block.length;
        if (bytes >= MAX_BATCH_BYTES || batch.size() == MAX_BATCH_BLOCKS) {
          last = client.append(key, batch);
          appended += batch.size();
          batch.clear();
          bytes = 0;
        }
      }
      if (!batch.isEmpty()) {
        last = client.append(key, batch);
        appended += batch.size();
      }
      if (last == null) {
        throw new CommandFailure(ExitCode.FAILED, "there is nothing to append");
      }
      out.println(
          "%d block(s) appended, length %d".formatted(appended, last.path("length").asLong()));
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.FAILED, "cannot read the input: " + e.getMessage());
    }
  }

  private static InputStream open(Arguments arguments, InputStream in)
      throws IOException, CommandFailure {
    if (arguments.operands().size() < 2 || arguments.operands().get(1).equals("-")) {
      return new BufferedInputStream(in);
    }
    return new BufferedInputStream(Files.newInputStream(path(arguments.operands().get(1))));
  }

  private static Path path(String name) throws CommandFailure {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new CommandFailure(ExitCode.USAGE, "not a file name: " + name);
    }
  }

  private void cat(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    long from = number(arguments, "--from", 0, TO_THE_END).orElse(0L);
    long to = number(arguments, "--to", from, TO_THE_END).orElse(TO_THE_END);
    boolean isByLine = arguments.has(LINES);
    try (CoresClient client = client(arguments)) {
      String key = client.keyOf(arguments.operands().getFirst());
      long length = client.info(key).path("length").asLong();
      long end = Math.min(to, length);
      long next = from;
      while (next < end) {
        JsonNode page = client.blockList(key, next, end);
        JsonNode blocks = page.path("blocks");
        if (blocks.isEmpty()) {
          throw new CommandFailure(
              ExitCode.FAILED, "block " + next + " of " + length + " is not here");
        }
        for (JsonNode block : blocks) {
          byte[] bytes = block.binaryValue();
          out.write(bytes, 0, bytes.length);
          if (isByLine) {
            out.write('\n');
          }
        }
        next += blocks.size();
        if (out.checkError()) {
          throw new CommandFailure(ExitCode.FAILED, "cannot write to standard output");
        }
      }
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.NODE, "the node's answer holds no blocks");
    }
  }

  private void info(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    try (CoresClient client = client(arguments)) {
      JsonNode core = client.info(client.keyOf(arguments.operands().getFirst()));
      for (String field :
          List.of("key", "hex", "discoveryKey", "name", "fork", "length", "byteLength")) {
        line(out, field, core.path(field));
      }
      line(out, "stored blocks", core.path("storedBlocks"));
      line(out, "stored bytes", core.path("storedBytes"));
      line(out, "contiguous", core.path("contiguousLength"));
      line(out, "lag blocks", core.path("lagBlocks"));
      line(out, "peers", core.path("peers"));
      line(out, "writable", core.path("writable"));
      line(out, "frozen", core.path("frozen"));
      line(out, "takes none", core.path("refusesBlocks"));
      JsonNode follow = core.path("follow");
      for (String field :
          List.of(
              "owner",
              "own",
              "pinned",
              "announced",
              "priority",
              "source",
              "addedAt",
              "activeAt",
              "wantedFrom",
              "clearedBlocks")) {
        line(out, field, follow.path(field));
      }
    }
  }

  private static void line(PrintStream out, String name, JsonNode value) {
    if (!value.isMissingNode() && !value.isNull()) {
      out.printf("%-14s %s%n", name, value.asText());
    }
  }

  private void follow(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    ObjectNode wish = JsonClient.object();
    arguments.option("--from").ifPresent(source -> wish.put("source", source));
    number(arguments, "--priority", 0, 2).ifPresent(value -> wish.put("priority", value));
    number(arguments, "--max-bytes", 0, TO_THE_END).ifPresent(value -> wish.put("maxBytes", value));
    if (arguments.has(PIN)) {
      wish.put("pinned", true);
    }
    try (CoresClient client = client(arguments)) {
      String key = key(arguments);
      client.follow(key, wish);
      out.println("following " + key);
    }
  }

  private static String key(Arguments arguments) throws CommandFailure {
    String text = arguments.operands().getFirst();
    return CoresClient.key(text)
        .map(KeyText::encode)
        .orElseThrow(() ->
            new CommandFailure(
                ExitCode.USAGE, "not a key (52 characters of z-base-32, or 64 digits): " + text));
  }

  private void unfollow(Arguments arguments) throws CommandFailure, NoNodeException {
    try (CoresClient client = client(arguments)) {
      client.unfollow(key(arguments));
    }
  }

  private void pin(Arguments arguments, boolean isPinned) throws CommandFailure, NoNodeException {
    try (CoresClient client = client(arguments)) {
      client.pin(key(arguments), isPinned);
    }
  }

  private void delete(Arguments arguments) throws CommandFailure, NoNodeException {
    try (CoresClient client = client(arguments)) {
      client.delete(client.keyOf(arguments.operands().getFirst()));
    }
  }

  private void backup(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    try (CoresClient client = client(arguments)) {
      out.println(client.backup());
    }
  }

  private void list(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    try (CoresClient client = client(arguments)) {
      for (JsonNode core : all(client)) {
        JsonNode follow = core.path("follow");
        String marks =
            (follow.path("pinned").asBoolean() ? " pinned" : "")
                + (follow.path("announced").asBoolean() ? " announced" : "")
                + (core.path("frozen").asBoolean() ? " frozen" : "");
        out.println(
            "%s  %d  %d  %s%s"
                .formatted(
                    core.path("key").asText(),
                    core.path("length").asLong(),
                    core.path("storedBytes").asLong(),
                    core.path("name").asText(follow.isMissingNode() ? "-" : "followed"),
                    marks));
      }
    }
  }

  private static List<JsonNode> all(CoresClient client) throws CommandFailure, NoNodeException {
    var cores = new ArrayList<JsonNode>();
    String after = null;
    do {
      JsonNode page = client.list(after);
      page.path("cores").forEach(cores::add);
      after = page.path("next").isMissingNode() ? null : page.path("next").asText();
    } while (after != null);
    return cores;
  }

  private void verify(Arguments arguments, PrintStream out) throws CommandFailure, NoNodeException {
    Optional<String> folder = arguments.option("--data");
    if (folder.isEmpty()) {
      try (CoresClient client = client(arguments)) {
        verifyAt(client, arguments, out);
        return;
      } catch (NoNodeException e) {
        boolean isNamed =
            arguments.option("--node").isPresent()
                || environment.containsKey(DocCommand.NODE_VARIABLE);
        if (isNamed) {
          throw e;
        }
        // No node at the usual place: the store is free to be opened here.
      }
    }
    Path data =
        path(
            folder.orElseGet(() ->
                environment.getOrDefault(
                    "PEERSTEAD_DATA", DataFolder.defaultPath(environment).toString())));
    @Nullable Fixed32 only =
        arguments.operands().isEmpty()
            ? null
            : CoresClient.key(key(arguments)).orElseThrow(IllegalStateException::new);
    OfflineVerification.run(data, only, out);
  }

  private static void verifyAt(CoresClient client, Arguments arguments, PrintStream out)
      throws CommandFailure, NoNodeException {
    var keys = new ArrayList<String>();
    if (arguments.operands().isEmpty()) {
      for (JsonNode core : all(client)) {
        keys.add(core.path("key").asText());
      }
    } else {
      keys.add(client.keyOf(arguments.operands().getFirst()));
    }
    int damaged = 0;
    for (String key : keys) {
      JsonNode result = client.verify(key);
      boolean isSound = result.path("sound").asBoolean();
      damaged += isSound ? 0 : 1;
      out.println(
          "%s  %s  %d of %d blocks, %d bytes"
              .formatted(
                  key,
                  isSound ? "ok" : result.path("defectCount").asLong() + " defect(s)",
                  result.path("blocksChecked").asLong(),
                  result.path("length").asLong(),
                  result.path("bytesChecked").asLong()));
      for (JsonNode defect : result.path("defects")) {
        out.println(
            "  %s at %d: %s"
                .formatted(
                    defect.path("kind").asText(),
                    defect.path("index").asLong(),
                    defect.path("detail").asText()));
      }
    }
    if (damaged > 0) {
      throw new CommandFailure(ExitCode.FAILED, damaged + " core(s) are damaged");
    }
  }

  private static Optional<Long> number(Arguments arguments, String name, long min, long max)
      throws CommandFailure {
    Optional<String> text = arguments.option(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= min && value <= max) {
        return Optional.of(value);
      }
    } catch (NumberFormatException e) {
      // Answered below, like numbers out of range.
    }
    throw new CommandFailure(
        ExitCode.USAGE, name + " must be a number of at least " + min + ", not " + text.get());
  }
}
