package org.peerstead.node;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.peerstead.gateway.access.AccessToken;
import org.peerstead.gateway.access.TokenFile;

/** {@code token create|list|revoke}: works on the token file of a data folder, server or not. */
final class TokenCommand {
  private TokenCommand() {}

  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err)
      throws CommandException {
    List<String> words = new ArrayList<>();
    String data =
        environment.getOrDefault("PEERSTEAD_DATA", DataFolder.defaultPath(environment).toString());
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      if (arg.startsWith("--data=")) {
        data = arg.substring("--data=".length());
      } else if (arg.equals("--data")) {
        if (++i == args.size()) {
          throw CommandException.usage("Option --data needs a value.");
        }
        data = args.get(i);
      } else if (arg.startsWith("-")) {
        throw CommandException.usage("Unknown option " + arg + ".");
      } else {
        words.add(arg);
      }
    }
    var file = new TokenFile(Path.of(data).toAbsolutePath().normalize());
    String action = words.isEmpty() ? "" : words.removeFirst();
    try {
      return switch (action) {
        case "create" -> create(file, String.join(" ", words), out, err);
        case "list" -> list(file, words, out);
        case "revoke" -> revoke(file, words, err);
        default -> throw CommandException.usage("token needs create, list or revoke.");
      };
    } catch (IOException e) {
      throw CommandException.failed(
          "cannot change or read "
              + file.path()
              + " ("
              + e.getClass().getSimpleName()
              + "); run this as the user that runs the node, or name its folder with --data");
    }
  }

  private static int create(TokenFile file, String name, PrintStream out, PrintStream err)
      throws IOException {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    AccessToken.Issued issued = AccessToken.issue(name, now, new SecureRandom());
    file.add(issued.token());
    err.println(
        "Token "
            + issued.token().id()
            + " was added to "
            + file.path()
            + "; it is shown only now:");
    out.println(issued.secret());
    return 0;
  }

  private static int list(TokenFile file, List<String> words, PrintStream out)
      throws IOException, CommandException {
    if (!words.isEmpty()) {
      throw CommandException.usage("token list takes no arguments.");
    }
    for (AccessToken token : file.read()) {
      out.println(token.id() + "  " + token.createdAt() + "  " + token.name());
    }
    return 0;
  }

  private static int revoke(TokenFile file, List<String> words, PrintStream err)
      throws IOException, CommandException {
    if (words.size() != 1) {
      throw CommandException.usage("token revoke needs one id.");
    }
    String id = words.getFirst();
    if (!file.remove(id)) {
      throw CommandException.failed(
          "there is no token " + id + " in " + file.path() + "; see: token list");
    }
    err.println("Token " + id + " was revoked.");
    return 0;
  }
}
