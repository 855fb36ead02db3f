package org.peerstead.node;

import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.peerstead.node.core.CoreCommand;
import org.peerstead.node.dht.DhtCommand;
import org.peerstead.node.doc.Arguments;
import org.peerstead.node.doc.DocCommand;
import org.peerstead.node.relay.RelayCommand;

/** The program. Looks at its first argument; only {@code up} starts the server. */
@QuarkusMain
public final class Main {
  private static final Set<String> HAVE_NO_HELP_OF_THEIR_OWN = Set.of("up", "token", "status");

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String... args) {
    int exitCode = run(Arrays.asList(args), System.out, System.err);
    System.out.flush();
    System.exit(exitCode);
  }

  private static int run(List<String> args, PrintStream out, PrintStream err) {
    String command = args.isEmpty() ? "help" : args.getFirst();
    List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
    if (HAVE_NO_HELP_OF_THEIR_OWN.contains(command)
        && !rest.isEmpty()
        && Arguments.askForHelp(rest)) {
      command = "help";
    }
    try {
      return switch (command) {
        case "up" -> UpCommand.run(UpOptions.parse(rest, System.getenv(), System.getProperties()));
        case "token" -> TokenCommand.run(rest, System.getenv(), out, err);
        case "doc" -> DocCommand.run(rest, System.in, out, err);
        case "core" -> CoreCommand.run(rest, System.in, out, err);
        case "dht" -> DhtCommand.run(rest, System.in, out, err);
        case "relay" -> RelayCommand.run(rest, System.in, out, err);
        case "status" -> StatusCommand.run(rest, System.getenv(), out);
        case "version", "--version", "-V" -> {
          out.println("peerstead " + ProgramVersion.read());
          yield 0;
        }
        case "help", "--help", "-h" -> {
          out.print(HelpText.TEXT);
          yield 0;
        }
        default -> throw CommandException.usage("There is no command " + command + ".");
      };
    } catch (CommandException e) {
      err.println("peerstead: " + e.getMessage());
      return e.exitCode();
    }
  }
}
