package org.peerstead.node;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version this program was built as. */
final class ProgramVersion {
  private ProgramVersion() {}

  static String read() {
    var properties = new Properties();
    try (InputStream file =
        ProgramVersion.class.getResourceAsStream("/peerstead-version.properties")) {
      if (file != null) {
        properties.load(file);
      }
    } catch (IOException e) {
      return "unknown";
    }
    return properties.getProperty("version", "unknown");
  }
}
