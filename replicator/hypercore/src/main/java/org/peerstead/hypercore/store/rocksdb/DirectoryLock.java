package org.peerstead.hypercore.store.rocksdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.StorageException;

/** Keeps other processes, and this one a second time, out of a directory while it is held. */
final class DirectoryLock implements AutoCloseable {
  /** Name of the file that is locked; it stays behind and means nothing by itself. */
  static final String FILE = "peerstead.lock";

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Creates the directory when it is missing and locks it.
   *
   * @throws StorageException fit for an operator: in use, or not writable
   */
  static DirectoryLock take(Path directory) {
    FileChannel channel = null;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new DirectoryLock(channel);
      }
    } catch (OverlappingFileLockException e) {
      close(channel);
      throw inUse(directory);
    } catch (IOException e) {
      close(channel);
      throw new StorageException(
          "The folder of cores "
              + directory
              + " cannot be written ("
              + e.getMessage()
              + "): make it writable or choose another one",
          e);
    }
    close(channel);
    throw inUse(directory);
  }

  private static StorageException inUse(Path directory) {
    return new StorageException(
        "The folder of cores "
            + directory
            + " is in use by another process: stop that one or choose another folder");
  }

  private static void close(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    close(channel);
  }
}
