package org.peerstead.node.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.peerstead.node.doc.CommandFailure;
import org.peerstead.node.doc.ExitCode;
import org.peerstead.relaynode.UsersFile;

/**
 * What {@code relay user} does.
 *
 * @param file in the data folder
 */
record StaticUsersFile(UsersFile file) {
  private static final int NEW_PASSWORD_BYTES = 18;
  private static final int MAX_PASSWORD_BYTES = 512;

  void list(PrintStream out) throws CommandFailure {
    if (!file.exists()) {
      return;
    }
    try {
      file.read().names().forEach(out::println);
    } catch (IOException e) {
      throw RelayCommand.failed(e);
    }
  }

  void remove(String name, PrintStream err) throws CommandFailure {
    try {
      if (!file.remove(name)) {
        throw new CommandFailure(ExitCode.FAILED, "there is no user " + name + "; see: user list");
      }
      err.println("User " + name + " was taken away; allocations that live end at their refresh.");
    } catch (IOException e) {
      throw RelayCommand.failed(e);
    }
  }

  void add(
      String name,
      String realm,
      Optional<String> passwordFile,
      InputStream in,
      PrintStream out,
      PrintStream err)
      throws CommandFailure {
    try {
      String password =
          passwordFile.isPresent() ? read(passwordFile.get(), in) : fresh(new SecureRandom());
      boolean isNew = file.put(name, realm, password);
      err.println(
          "User "
              + name
              + (isNew ? " was added to " : " has another password in ")
              + file.path()
              + ", which holds no password"
              + (passwordFile.isPresent() ? "." : "; it is shown only now:"));
      if (passwordFile.isEmpty()) {
        out.println(password);
      }
    } catch (IOException e) {
      throw RelayCommand.failed(e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }

  private static String read(String source, InputStream in) throws IOException, CommandFailure {
    byte[] bytes;
    if (source.equals("-")) {
      bytes = in.readNBytes(MAX_PASSWORD_BYTES + 1);
    } else {
      try (InputStream open = Files.newInputStream(Path.of(source))) {
        bytes = open.readNBytes(MAX_PASSWORD_BYTES + 1);
      }
    }
    String password = new String(bytes, StandardCharsets.UTF_8).stripTrailing();
    if (password.isEmpty() || bytes.length > MAX_PASSWORD_BYTES) {
      throw new CommandFailure(
          ExitCode.USAGE, "a password has 1 to " + MAX_PASSWORD_BYTES + " bytes");
    }
    return password;
  }

  private static String fresh(SecureRandom random) {
    byte[] bytes = new byte[NEW_PASSWORD_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
