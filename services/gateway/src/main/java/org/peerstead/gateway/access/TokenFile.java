package org.peerstead.gateway.access;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The access tokens of a data folder: {@code access-tokens}, one line per token, readable by its
 * owner only. A change replaces the file in one step, so a running node sees the old or the new
 * one; changes by several processes at once are put in order by a lock file beside it.
 *
 * <table>
 * <caption>A line: four fields separated by tabs</caption>
 * <tr><th>field</th><th>meaning</th></tr>
 * <tr><td>1</td><td>id, 8 hexadecimal digits</td></tr>
 * <tr><td>2</td><td>SHA-256 of the token, 64 hexadecimal digits</td></tr>
 * <tr><td>3</td><td>creation time, ISO 8601 in UTC</td></tr>
 * <tr><td>4</td><td>name</td></tr>
 * </table>
 *
 * <p>Lines that are something else are ignored, and kept when the file is rewritten. Thread-safe:
 * it holds no state.
 */
public final class TokenFile {
  /** Name of the file in the data folder. */
  public static final String FILE_NAME = "access-tokens";

  private static final int MAX_FILE_BYTES = 16 * 1024 * 1024;

  private final Path path;

  /**
   * @param dataFolder need not exist yet
   */
  public TokenFile(Path dataFolder) {
    path = dataFolder.resolve(FILE_NAME);
  }

  /** Where the file is or will be. */
  public Path path() {
    return path;
  }

  /** All tokens, oldest first; none when there is no file. */
  public List<AccessToken> read() throws IOException {
    List<AccessToken> tokens = new ArrayList<>();
    for (String line : lines()) {
      AccessToken.parse(line).ifPresent(tokens::add);
    }
    return tokens;
  }

  /** Adds a token. */
  public void add(AccessToken token) throws IOException {
    change(lines -> lines.add(token.toLine()));
  }

  /** Removes the token with this id; answers whether there was one. */
  public boolean remove(String id) throws IOException {
    return change(lines ->
        lines.removeIf(
            line -> AccessToken.parse(line).filter(token -> token.id().equals(id)).isPresent()));
  }

  @FunctionalInterface
  private interface Change {
    /** Changes the lines; answers whether it did. */
    boolean apply(List<String> lines);
  }

  private boolean change(Change change) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(path + " has no folder");
    }
    Files.createDirectories(folder);
    Path lockPath = folder.resolve(FILE_NAME + ".lock");
    try (FileChannel lockFile = openPrivately(lockPath);
        FileLock lock = lockFile.lock()) {
      List<String> lines = new ArrayList<>(lines());
      if (!lock.isValid() || !change.apply(lines)) {
        return false;
      }
      Path next = folder.resolve(FILE_NAME + ".new");
      Files.deleteIfExists(next);
      try (FileChannel file = openPrivately(next)) {
        String text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
        file.force(true);
      }
      Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return true;
    }
  }

  private static FileChannel openPrivately(Path file) throws IOException {
    boolean isPosix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes =
        isPosix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    return FileChannel.open(
        file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), attributes);
  }

  private List<String> lines() throws IOException {
    try {
      if (Files.size(path) > MAX_FILE_BYTES) {
        throw new IOException(path + " is larger than " + MAX_FILE_BYTES + " bytes");
      }
      return Files.readAllLines(path, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
