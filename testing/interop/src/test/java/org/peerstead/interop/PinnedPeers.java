package org.peerstead.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The folder with the pinned npm packages and the programs that use them. Installs the packages
 * when they do not come from the current lock file, and fails with the remedy when Node.js is
 * missing: tests that need it are never skipped.
 */
final class PinnedPeers {
  private static final int MIN_NODE_MAJOR = 20;
  private static final long INSTALL_TIMEOUT_SECONDS = 300;

  private PinnedPeers() {}

  /** The folder {@code peers}, with its packages installed. */
  static synchronized Path directory() {
    Path directory = Path.of(System.getProperty("peerstead.peers", "peers")).toAbsolutePath();
    Path lock = directory.resolve("package-lock.json");
    Path installed = directory.resolve("node_modules/.installed-lock.json");
    try {
      if (!Files.exists(installed) || Files.mismatch(lock, installed) != -1) {
        requireNode();
        run(directory, INSTALL_TIMEOUT_SECONDS, "npm", "ci", "--no-audit", "--no-fund");
        Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new AssertionError("cannot prepare the npm packages in " + directory, e);
    }
    return directory;
  }

  /** A command line that runs one of the programs of {@link #directory()}. */
  static List<String> program(String name) {
    Path directory = directory();
    requireNode();
    return List.of("node", "--no-warnings", directory.resolve(name).toString());
  }

  private static void requireNode() {
    String version;
    try {
      version = run(Path.of("."), 20, "node", "--version").strip();
    } catch (AssertionError e) {
      throw new AssertionError(
          "Node.js "
              + MIN_NODE_MAJOR
              + " or newer with npm is needed to run the other peers, and was not found on the"
              + " PATH. Install it (Debian, Ubuntu: apt install nodejs npm; others:"
              + " https://nodejs.org) and run the tests again.",
          e);
    }
    int major = Integer.parseInt(version.replaceFirst("^v(\\d+).*$", "$1"));
    if (major < MIN_NODE_MAJOR) {
      throw new AssertionError(
          "Node.js "
              + MIN_NODE_MAJOR
              + " or newer is needed to run the other peers, not "
              + version);
    }
  }

  private static String run(Path directory, long timeoutSeconds, String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      String output =
          new String(
              process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(String.join(" ", command) + " did not end: " + output);
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(String.join(" ", command) + " failed: " + output);
      }
      return output;
    } catch (IOException e) {
      throw new AssertionError("cannot run " + String.join(" ", command), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted during " + String.join(" ", command), e);
    }
  }
}
