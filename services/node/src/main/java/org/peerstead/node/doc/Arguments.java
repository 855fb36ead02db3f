package org.peerstead.node.doc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A parsed command line: operands in order, and options that each take one value ({@code --name
 * VALUE}, {@code --name=VALUE}, {@code -o VALUE}). {@code --} ends the options; a lone {@code -} is
 * an operand.
 *
 * @param operands in order
 * @param options by name, dashes included
 */
public record Arguments(List<String> operands, Map<String, String> options) {
  public Arguments {
    operands = List.copyOf(operands);
    options = Map.copyOf(options);
  }

  /**
   * Whether somebody wants to be told how to use a command: {@code help} in place of one, or {@code
   * --help} behind it.
   *
   * @param words not empty
   */
  public static boolean askForHelp(List<String> words) {
    String last = words.getLast();
    return words.getFirst().equals("help") || last.equals("--help") || last.equals("-h");
  }

  /**
   * Parses the words after the command's name.
   *
   * @param allowed option names with their dashes
   * @throws CommandFailure with {@link ExitCode#USAGE} for an unknown, repeated or incomplete
   *     option, or another number of operands
   */
  public static Arguments parse(
      List<String> words, Set<String> allowed, int minOperands, int maxOperands)
      throws CommandFailure {
    return parse(words, allowed, Set.of(), minOperands, maxOperands);
  }

  /**
   * As above, with options that take no value.
   *
   * @param flags their names with their dashes
   */
  public static Arguments parse(
      List<String> words, Set<String> allowed, Set<String> flags, int minOperands, int maxOperands)
      throws CommandFailure {
    List<String> operands = new ArrayList<>();
    Map<String, String> options = new HashMap<>();
    boolean onlyOperands = false;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (onlyOperands || word.equals("-") || !word.startsWith("-")) {
        operands.add(word);
        continue;
      }
      if (word.equals("--")) {
        onlyOperands = true;
        continue;
      }
      if (flags.contains(word)) {
        options.put(word, "");
        continue;
      }
      int equals = word.startsWith("--") ? word.indexOf('=') : -1;
      String name = equals < 0 ? word : word.substring(0, equals);
      if (!allowed.contains(name)) {
        throw new CommandFailure(ExitCode.USAGE, "unknown option " + name);
      }
      String value;
      if (equals >= 0) {
        value = word.substring(equals + 1);
      } else if (i + 1 < words.size()) {
        value = words.get(++i);
      } else {
        throw new CommandFailure(ExitCode.USAGE, "option " + name + " needs a value");
      }
      if (options.put(name, value) != null) {
        throw new CommandFailure(ExitCode.USAGE, "option " + name + " is given twice");
      }
    }
    if (operands.size() < minOperands || operands.size() > maxOperands) {
      String expected = minOperands == maxOperands ? "" + minOperands : "at least " + minOperands;
      throw new CommandFailure(
          ExitCode.USAGE, "expected " + expected + " operand(s), got " + operands.size());
    }
    return new Arguments(operands, options);
  }

  /** The value of an option; empty when it was not given. */
  public Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }

  /** Whether an option without a value was given. */
  public boolean has(String flag) {
    return options.containsKey(flag);
  }
}
