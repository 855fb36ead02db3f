package org.peerstead.storagepeer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;

/**
 * The secrets of a device: the seed of its key pair, which names it to peers, and the primary key
 * from which the key pairs of its own logs are derived. They are text in one file that only its
 * owner can read:
 *
 * <pre>
 * peerstead-keys 1
 * device-seed 64 hexadecimal digits
 * primary-key 64 hexadecimal digits
 * </pre>
 *
 * <p>Whoever loses the file can never write to its logs again; whoever copies it can write in its
 * place. Never shown and never logged.
 */
public final class KeyFile {
  private static final String HEADER = "peerstead-keys 1";
  private static final String SEED = "device-seed ";
  private static final String PRIMARY = "primary-key ";
  private static final int MAX_BYTES = 4096;

  private final KeyPair device;
  private final byte[] primaryKey;

  private KeyFile(KeyPair device, byte[] primaryKey) {
    this.device = device;
    this.primaryKey = primaryKey;
  }

  /** The device's key pair. */
  public KeyPair device() {
    return device;
  }

  /** A copy of the 32 bytes that named logs are derived from. */
  public byte[] primaryKey() {
    return primaryKey.clone();
  }

  @Override
  public String toString() {
    return "KeyFile[" + device.publicKey() + "]";
  }

  /**
   * Reads the file, or makes it at the first start.
   *
   * @param hasLogs whether there are logs already: then a file that is not there was lost
   * @throws StorageException with a message fit for an operator
   */
  public static KeyFile open(Path path, boolean hasLogs, Entropy entropy) {
    try {
      return read(path);
    } catch (NoSuchFileException e) {
      if (hasLogs) {
        throw new StorageException(
            "The key file "
                + path
                + " is gone, but there are cores that belong to it: put it back from a backup."
                + " Without it this device cannot write to its cores any more; to begin anew, move"
                + " the cores away as well",
            e);
      }
      return create(path, entropy);
    } catch (IOException e) {
      throw new StorageException("The key file " + path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static KeyFile read(Path path) throws IOException {
    if (Files.size(path) > MAX_BYTES) {
      throw malformed(path);
    }
    if (isPosix(path)) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      if (permissions.contains(PosixFilePermission.OTHERS_READ)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE)
          || permissions.contains(PosixFilePermission.GROUP_WRITE)) {
        throw new StorageException(
            "The key file "
                + path
                + " can be read by others: chmod 600 it, and take its keys for"
                + " known to them");
      }
    }
    List<String> lines = Files.readAllLines(path, StandardCharsets.US_ASCII);
    if (lines.size() < 3
        || !lines.get(0).equals(HEADER)
        || !lines.get(1).startsWith(SEED)
        || !lines.get(2).startsWith(PRIMARY)) {
      throw malformed(path);
    }
    return new KeyFile(
        KeyPair.fromSeed(secret(path, lines.get(1).substring(SEED.length()))),
        secret(path, lines.get(2).substring(PRIMARY.length())));
  }

  private static byte[] secret(Path path, String hex) {
    if (hex.length() != 2 * KeyPair.SEED_BYTES) {
      throw malformed(path);
    }
    try {
      return HexFormat.of().parseHex(hex);
    } catch (IllegalArgumentException e) {
      // The cause would show the secret.
      throw malformed(path);
    }
  }

  private static StorageException malformed(Path path) {
    return new StorageException(
        "The key file " + path + " is damaged or no key file: put it back from a backup");
  }

  private static KeyFile create(Path path, Entropy entropy) {
    byte[] seed = entropy.next(KeyPair.SEED_BYTES);
    byte[] primaryKey = entropy.next(KeyPair.SEED_BYTES);
    String text =
        HEADER
            + "\n"
            + SEED
            + HexFormat.of().formatHex(seed)
            + "\n"
            + PRIMARY
            + HexFormat.of().formatHex(primaryKey)
            + "\n";
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    try {
      Files.deleteIfExists(fresh);
      var open = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      try (FileChannel channel =
          isPosix(path)
              ? FileChannel.open(
                  fresh,
                  open,
                  PosixFilePermissions.asFileAttribute(
                      PosixFilePermissions.fromString("rw-------")))
              : FileChannel.open(fresh, open)) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
      syncFolder(path);
    } catch (IOException e) {
      throw new StorageException(
          "The key file " + path + " cannot be written: " + e.getMessage(), e);
    }
    return new KeyFile(KeyPair.fromSeed(seed), primaryKey);
  }

  /** Without this a power cut may take the name of the file back, and with it the keys. */
  private static void syncFolder(Path path) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null && isPosix(path)) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
