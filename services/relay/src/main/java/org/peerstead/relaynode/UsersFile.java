package org.peerstead.relaynode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.peerstead.relay.auth.StaticUsers;

/**
 * The file with static users: one line each, see {@link StaticUsers}. It holds no passwords, but
 * who reads it can come in, so it is for its owner alone. Stateless.
 *
 * @param path may be missing
 */
public record UsersFile(Path path) {
  /** Whether there is such a file. */
  public boolean exists() {
    return Files.exists(path);
  }

  /**
   * The users.
   *
   * @throws IOException with a message fit for an operator
   */
  public StaticUsers read() throws IOException {
    return parse(PrivateFiles.read(path));
  }

  private StaticUsers parse(List<String> lines) throws IOException {
    try {
      return StaticUsers.parse(lines);
    } catch (IllegalArgumentException e) {
      throw new IOException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Adds a user, or gives it another password.
   *
   * @return whether the user is new
   * @throws IllegalArgumentException when the name cannot be one
   */
  public boolean put(String name, String realm, String password) throws IOException {
    String line = StaticUsers.line(name, realm, password);
    List<String> lines = new ArrayList<>(lines());
    boolean isNew = !lines.removeIf(other -> isOf(other, name));
    lines.add(line);
    var unused = parse(lines);
    PrivateFiles.write(path, lines);
    return isNew;
  }

  /**
   * Takes a user away.
   *
   * @return whether there was one
   */
  public boolean remove(String name) throws IOException {
    List<String> lines = new ArrayList<>(lines());
    boolean isFound = lines.removeIf(other -> isOf(other, name));
    if (isFound) {
      PrivateFiles.write(path, lines);
    }
    return isFound;
  }

  private static boolean isOf(String line, String name) {
    return line.strip().startsWith(name + ":");
  }

  private List<String> lines() throws IOException {
    try {
      return PrivateFiles.read(path);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
