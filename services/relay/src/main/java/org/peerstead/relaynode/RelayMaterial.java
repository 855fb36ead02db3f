package org.peerstead.relaynode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.AllCredentials;
import org.peerstead.relay.auth.Credentials;
import org.peerstead.relay.auth.OAuthTokens;
import org.peerstead.relay.auth.OAuthTokens.SharedKey;
import org.peerstead.relay.auth.StaticUsers;
import org.peerstead.relay.auth.TimeLimitedCredentials;
import org.peerstead.relay.net.tls.TlsMaterial;

/** Reads what a relay keeps in files. Stateless apart from where they are. */
final class RelayMaterial {
  private final RelayFiles files;
  private final RelayConfig config;

  RelayMaterial(RelayFiles files, RelayConfig config) {
    this.files = files;
    this.config = config;
  }

  RelayFiles files() {
    return files;
  }

  /** Whether anybody could come in. */
  boolean hasCredentials() {
    return files.secret().exists() || files.users().exists() || Files.exists(files.oauthKeys());
  }

  /**
   * Who may come in, besides holders of access tokens.
   *
   * @throws IOException with a message fit for an operator
   */
  Credentials credentials() throws IOException {
    List<Credentials> sources = new ArrayList<>();
    if (files.users().exists()) {
      sources.add(users());
    }
    if (files.secret().exists()) {
      Duration maxFuture = config.credentials().maxTtl();
      sources.add(new TimeLimitedCredentials(files.secret().read(), maxFuture));
    }
    return new AllCredentials(sources);
  }

  private StaticUsers users() throws IOException {
    StaticUsers users = files.users().read();
    if (!users.namesOutside(config.realm()).isEmpty()) {
      throw new IOException(
          files.users().path()
              + " has users of another realm than "
              + config.realm()
              + ": "
              + String.join(", ", users.namesOutside(config.realm()))
              + "; add them again, or set peerstead.relay.realm");
    }
    return users;
  }

  /** The secrets of nonces; made when there are none. */
  List<byte[]> nonceSecrets(SecureRandom random) throws IOException {
    return files.nonceSecret().exists()
        ? files.nonceSecret().read()
        : List.of(files.nonceSecret().create(random));
  }

  /** The certificate and its key. */
  TlsMaterial certificate() throws IOException {
    return TlsMaterial.load(
        Path.of(config.certificateFile().orElse("")), Path.of(config.keyFile().orElse("")));
  }

  /** Lines of a file of ranges; none when there is no file. */
  static List<String> lines(Path path) throws IOException {
    try {
      return PrivateFiles.readOpen(path);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /**
   * Keys shared with authorization servers, one per line: {@code kid key [from until]}, the key in
   * base64, times in seconds since 1970. Null when there is no file.
   */
  @Nullable OAuthTokens oauth() throws IOException {
    if (!Files.exists(files.oauthKeys())) {
      return null;
    }
    List<SharedKey> keys = new ArrayList<>();
    int number = 0;
    for (String line : PrivateFiles.read(files.oauthKeys())) {
      number++;
      String[] words = line.strip().split("\\s+");
      if (words[0].isEmpty() || words[0].startsWith("#")) {
        continue;
      }
      try {
        keys.add(
            new SharedKey(
                words[0],
                Base64.getDecoder().decode(words[1]),
                words.length > 2 ? Long.parseLong(words[2]) : 0,
                words.length > 3 ? Long.parseLong(words[3]) : Long.MAX_VALUE));
      } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
        // The cause would show the key.
        throw new IOException(
            files.oauthKeys()
                + ": line "
                + number
                + " is not of the form: kid key [from until], with a key of 16 or 32 bytes in base64");
      }
    }
    return new OAuthTokens(config.oauthServerName().orElse(config.realm()), keys);
  }
}
