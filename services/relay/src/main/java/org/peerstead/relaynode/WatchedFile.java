package org.peerstead.relaynode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Notices by looking that a file came, went or changed. Owned by one thread. */
final class WatchedFile {
  /** What tells one state of a file from another; links are followed. */
  private record Stamp(long modifiedMillis, long bytes, @Nullable Object key) {}

  private final Path path;
  private @Nullable Stamp seen;

  /** The file as it is now counts as seen. */
  WatchedFile(Path path) {
    this.path = path;
    seen = stamp();
  }

  Path path() {
    return path;
  }

  /** Whether it is another than at the last look. */
  boolean hasChanged() {
    Stamp now = stamp();
    boolean isOther = now == null ? seen != null : !now.equals(seen);
    seen = now;
    return isOther;
  }

  private @Nullable Stamp stamp() {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return new Stamp(
          attributes.lastModifiedTime().toMillis(), attributes.size(), attributes.fileKey());
    } catch (IOException e) {
      return null;
    }
  }
}
