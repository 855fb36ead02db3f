package org.peerstead.interop;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs of others that judge the relay. They come with the system, unlike the npm packages;
 * where one is missing its tests are skipped, which is said and counted as such.
 */
enum Referee {
  /** The clients of coturn. */
  COTURN("turnutils_uclient", "coturn"),
  CHROMIUM("chromium", "chromium"),
  PYTHON("python3", "python3");

  private final String program;
  private final String debianPackage;

  Referee(String program, String debianPackage) {
    this.program = program;
    this.debianPackage = debianPackage;
  }

  /** Skips the test, and says so, when the program is not there. */
  void require() {
    String reason =
        program
            + " is missing; as root: apt-get install "
            + debianPackage
            + " (./peerstead test does it where it can)";
    boolean isThere = isThere();
    if (!isThere) {
      System.out.println("SKIPPED: " + reason);
    }
    Assumptions.assumeTrue(isThere, reason);
  }

  /** Whether the program is there. */
  boolean isThere() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(folder -> Path.of(folder, program))
        .anyMatch(Files::isExecutable);
  }
}
