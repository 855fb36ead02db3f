package org.peerstead.relaynode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A file with one secret per line: the first is the current one, others still count while they are
 * being replaced. A secret is the text itself, as coturn's {@code static-auth-secret} is, so that
 * programs that make credentials for other relays make them for this one. Lines that begin with
 * {@code #} say nothing. Never shown, never logged. Stateless.
 *
 * @param path may be missing
 */
public record SecretFile(Path path) {
  /** Shorter ones can be guessed. */
  public static final int MIN_CHARACTERS = 16;

  private static final int MAX_SECRETS = 8;
  private static final int NEW_SECRET_BYTES = 32;

  /** Whether there is such a file. */
  public boolean exists() {
    return Files.exists(path);
  }

  /**
   * The secrets, the current one first.
   *
   * @throws IOException with a message fit for an operator
   */
  public List<byte[]> read() throws IOException {
    return lines().stream().map(line -> line.getBytes(StandardCharsets.UTF_8)).toList();
  }

  private List<String> lines() throws IOException {
    List<String> secrets = new ArrayList<>();
    for (String line : PrivateFiles.read(path)) {
      String secret = line.strip();
      if (secret.isEmpty() || secret.startsWith("#")) {
        continue;
      }
      if (secret.length() < MIN_CHARACTERS) {
        throw new IOException(
            "a secret in " + path + " is shorter than " + MIN_CHARACTERS + " characters");
      }
      secrets.add(secret);
    }
    if (secrets.isEmpty() || secrets.size() > MAX_SECRETS) {
      throw new IOException(
          path + " holds " + secrets.size() + " secrets; 1 to " + MAX_SECRETS + " are possible");
    }
    return secrets;
  }

  /**
   * Makes a file with a new secret.
   *
   * @return the secret
   */
  public byte[] create(SecureRandom random) throws IOException {
    String secret = fresh(random);
    PrivateFiles.write(path, List.of(secret));
    return secret.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Puts a new secret before the current one, which still counts; older ones go.
   *
   * @return how many secrets the file holds now
   */
  public int rotate(SecureRandom random) throws IOException {
    List<String> secrets = List.of(fresh(random), lines().getFirst());
    PrivateFiles.write(path, secrets);
    return secrets.size();
  }

  /** Drops all secrets but the current one. */
  public void retire() throws IOException {
    PrivateFiles.write(path, List.of(lines().getFirst()));
  }

  private static String fresh(SecureRandom random) {
    byte[] bytes = new byte[NEW_SECRET_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
