package org.peerstead.node.doc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole files up to a size, and writes whole files or nothing. {@code -} names standard input
 * and output.
 */
final class DocumentFiles {
  /** The name that stands for standard input or output. */
  static final String STANDARD_STREAM = "-";

  private final InputStream in;
  private final PrintStream out;
  private final int maxBytes;
  private boolean inputConsumed;

  /**
   * @param maxBytes largest input accepted, in bytes
   */
  DocumentFiles(InputStream in, PrintStream out, int maxBytes) {
    this.in = in;
    this.out = out;
    this.maxBytes = maxBytes;
  }

  /** The content of a file, or of standard input for {@code -}, which can be read once. */
  byte[] read(String name) throws CommandFailure {
    try {
      if (name.equals(STANDARD_STREAM)) {
        if (inputConsumed) {
          throw new CommandFailure(ExitCode.USAGE, "standard input can be read only once");
        }
        inputConsumed = true;
        return readCapped(in, "standard input");
      }
      try (InputStream file = Files.newInputStream(path(name))) {
        return readCapped(file, name);
      }
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.FAILED, "cannot read " + name + ": " + describe(e));
    }
  }

  private byte[] readCapped(InputStream source, String name) throws IOException, CommandFailure {
    byte[] bytes = source.readNBytes(maxBytes);
    if (bytes.length == maxBytes && source.read() >= 0) {
      throw new CommandFailure(
          ExitCode.FAILED,
          name + " is larger than " + maxBytes + " bytes; raise the limit with --max-bytes");
    }
    return bytes;
  }

  /**
   * Replaces a file, or writes to standard output for {@code -}. An interrupted write leaves the
   * old file.
   */
  void write(String name, byte[] content) throws CommandFailure {
    if (name.equals(STANDARD_STREAM)) {
      out.write(content, 0, content.length);
      out.flush();
      if (out.checkError()) {
        throw new CommandFailure(ExitCode.FAILED, "cannot write to standard output");
      }
      return;
    }
    Path target = path(name).toAbsolutePath();
    Path parent = target.getParent();
    if (parent == null || Files.isDirectory(target)) {
      throw new CommandFailure(ExitCode.FAILED, "cannot write " + name + ": is a directory");
    }
    Path temporary = null;
    try {
      temporary = Files.createTempFile(parent, ".peerstead-", ".tmp");
      try (OutputStream file = Files.newOutputStream(temporary)) {
        file.write(content);
      }
      Files.move(
          temporary, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      discard(temporary);
      throw new CommandFailure(ExitCode.FAILED, "cannot write " + name + ": " + describe(e));
    }
  }

  private static void discard(@Nullable Path temporary) {
    if (temporary != null) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException e) {
        // The failure that brought us here is the one worth reporting.
      }
    }
  }

  private static Path path(String name) throws CommandFailure {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new CommandFailure(ExitCode.USAGE, "not a file name: " + e.getMessage());
    }
  }

  private static String describe(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException file && file.getReason() != null) {
      return file.getReason();
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
