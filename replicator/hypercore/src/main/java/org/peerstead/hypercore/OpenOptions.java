package org.peerstead.hypercore;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a session is opened. Immutable.
 *
 * @param encryptionKey of the blocks, or null when they are not encrypted or the key is not known
 * @param isReplicated whether the session wants the core from peers and offers it to them; without
 *     it the core is served to peers that ask for it, as every stored core is
 */
public record OpenOptions(@Nullable EncryptionKey encryptionKey, boolean isReplicated) {
  /** Not encrypted, replicated. */
  public static final OpenOptions DEFAULT = new OpenOptions(null, true);

  /** Replicated and encrypted. */
  public static OpenOptions encrypted(EncryptionKey key) {
    return new OpenOptions(key, true);
  }

  /** The same, but nothing is wanted from peers. */
  public OpenOptions local() {
    return new OpenOptions(encryptionKey, false);
  }

  /** The key, if there is one. */
  public Optional<EncryptionKey> encryption() {
    return Optional.ofNullable(encryptionKey);
  }
}
