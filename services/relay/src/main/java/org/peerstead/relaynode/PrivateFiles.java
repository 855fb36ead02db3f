package org.peerstead.relaynode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Text files that only their owner can read, and that others must not be able to. Stateless. */
final class PrivateFiles {
  private static final long MAX_BYTES = 64L * 1024 * 1024;

  private PrivateFiles() {}

  /**
   * The lines of a file.
   *
   * @throws NoSuchFileException when there is none
   * @throws IOException with a message fit for an operator when others can read it or it cannot be
   *     read
   */
  static List<String> read(Path path) throws IOException {
    if (isPosix(path)) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      if (permissions.contains(PosixFilePermission.OTHERS_READ)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE)
          || permissions.contains(PosixFilePermission.GROUP_WRITE)) {
        throw new IOException(
            path
                + " can be read by others: chmod 600 it, and take what is in it for known to them");
      }
    }
    return readOpen(path);
  }

  /** As {@link #read}, for what everybody may know. */
  static List<String> readOpen(Path path) throws IOException {
    if (Files.size(path) > MAX_BYTES) {
      throw new IOException(path + " is larger than 64 MiB");
    }
    return Files.readAllLines(path, StandardCharsets.UTF_8);
  }

  /** Replaces a file in one step; its folder is made when needed, for its owner alone. */
  static void write(Path path, List<String> lines) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      Path above = folder.getParent();
      if (above != null) {
        createFolders(above);
      }
      createFolder(folder);
    }
    String text = String.join("\n", lines) + "\n";
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    var open = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel channel =
        isPosix(path)
            ? FileChannel.open(
                fresh,
                open,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
            : FileChannel.open(fresh, open)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void createFolders(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path above = folder.getParent();
    if (above != null) {
      createFolders(above);
    }
    createFolder(folder);
  }

  private static void createFolder(Path folder) throws IOException {
    if (isPosix(folder)) {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectory(folder);
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
