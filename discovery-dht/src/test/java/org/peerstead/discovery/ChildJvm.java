package org.peerstead.discovery;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.util.Environment;

/** Processes with the class path of this one, to be killed. */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * Starts {@code main}; what it complains about goes to this process's error output.
   *
   * @param library folder made by {@link #nativeLibrary}
   */
  public static Process start(Path library, Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.library.path=" + library,
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /**
   * Unpacks RocksDB's native part, once for many children: each would do it for itself, and leave
   * it behind when it is killed.
   */
  public static Path nativeLibrary(Path folder) throws IOException {
    try (InputStream packed =
        ChildJvm.class.getResourceAsStream("/" + Environment.getJniLibraryFileName("rocksdb"))) {
      if (packed == null) {
        throw new IOException("no native part of RocksDB for this platform");
      }
      Files.copy(packed, folder.resolve(Environment.getSharedLibraryFileName("rocksdb")));
    }
    return folder;
  }
}
