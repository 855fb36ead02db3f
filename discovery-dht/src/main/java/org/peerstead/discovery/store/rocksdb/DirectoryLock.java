package org.peerstead.discovery.store.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.store.StorageException;

/** Keeps other processes, and this one a second time, out of a directory while it is held. */
final class DirectoryLock implements AutoCloseable {
  /** The file that is locked; it stays behind and means nothing by itself. */
  private static final String FILE = "peerstead.lock";

  private final Path directory;
  private final FileChannel channel;

  private DirectoryLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Creates the directory when it is missing and locks it.
   *
   * @throws StorageException fit for an operator: in use, or not writable
   */
  static DirectoryLock take(Path directory) {
    FileChannel channel;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new StorageException("Cannot write to " + directory, e);
    }
    var lock = new DirectoryLock(directory, channel);
    try {
      if (tryLock(channel) != null) {
        return lock;
      }
    } catch (IOException e) {
      lock.close();
      throw new StorageException("Cannot lock " + directory, e);
    }
    lock.close();
    throw new StorageException(directory + " is in use by another node");
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StorageException("Cannot unlock " + directory, e);
    }
  }
}
