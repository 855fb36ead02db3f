package org.peerstead.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A data folder that this process has for itself until it is closed. Not thread-safe. */
public final class DataFolder implements AutoCloseable {
  /** Free space below which a start makes no sense. */
  static final long MIN_FREE_BYTES = 16L * 1024 * 1024;

  private static final String LOCK_FILE = "node.lock";

  private final FileChannel channel;
  private final FileLock lock;

  private DataFolder(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /** {@code $XDG_DATA_HOME/peerstead}, or {@code ~/.local/share/peerstead}. */
  public static Path defaultPath(Map<String, String> environment) {
    String base = environment.getOrDefault("XDG_DATA_HOME", "");
    // The XDG specification says that a relative path is to be ignored.
    return base.isBlank() || !Path.of(base).isAbsolute()
        ? Path.of(System.getProperty("user.home"), ".local", "share", "peerstead")
        : Path.of(base, "peerstead");
  }

  /**
   * Creates the folder when needed and locks it.
   *
   * @throws CommandException when it is in use, cannot be written, or its disk is full
   */
  static DataFolder open(Path path) throws CommandException {
    FileChannel channel = null;
    try {
      createPrivately(path);
      channel =
          FileChannel.open(
              path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw CommandException.failed(
            "the data folder "
                + path
                + " is in use by another node; stop it, or choose another folder with --data");
      }
      long free = Files.getFileStore(path).getUsableSpace();
      if (free < MIN_FREE_BYTES) {
        channel.close();
        throw CommandException.failed(
            "the disk of the data folder "
                + path
                + " is full ("
                + free / 1024
                + " KiB free); free some space, or choose another folder with --data");
      }
      return new DataFolder(channel, lock);
    } catch (IOException e) {
      throw CommandException.failed(
          "cannot write to the data folder "
              + path
              + " ("
              + reason(e)
              + "); give this user write permission, or choose another folder with --data");
    }
  }

  /** Documents are for the user that runs the node; a folder that exists keeps its permissions. */
  private static void createPrivately(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (Files.isDirectory(path)) {
      return;
    }
    boolean isPosix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (isPosix) {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectory(path);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException exists -> exists.getFile() + " is a file";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> e.getClass().getSimpleName();
    };
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
