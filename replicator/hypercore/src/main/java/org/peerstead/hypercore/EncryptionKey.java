package org.peerstead.hypercore;

import org.peerstead.hypercore.encryption.BlockEncryption;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * 32 secret bytes that blocks of a core are encrypted with. Immutable and thread-safe; never shown.
 */
public final class EncryptionKey {
  private final byte[] bytes;
  private final boolean isBlockKey;

  private EncryptionKey(byte[] bytes, boolean isBlockKey) {
    if (bytes.length != Fixed32.SIZE) {
      throw new IllegalArgumentException("an encryption key has 32 bytes, not " + bytes.length);
    }
    this.bytes = bytes.clone();
    this.isBlockKey = isBlockKey;
  }

  /** From which the key of each core is derived: what npm's {@code encryptionKey} is. */
  public static EncryptionKey of(byte[] bytes) {
    return new EncryptionKey(bytes, false);
  }

  /** That blocks are encrypted with as it is: npm's {@code encryption.block}. */
  public static EncryptionKey ofBlocks(byte[] bytes) {
    return new EncryptionKey(bytes, true);
  }

  /** What encrypts the blocks of one core. */
  BlockEncryption forCore(Fixed32 coreKey, boolean isCompat) {
    return isBlockKey
        ? BlockEncryption.ofBlockKey(bytes)
        : BlockEncryption.of(coreKey, bytes, isCompat);
  }

  @Override
  public String toString() {
    return "EncryptionKey[secret]";
  }
}
