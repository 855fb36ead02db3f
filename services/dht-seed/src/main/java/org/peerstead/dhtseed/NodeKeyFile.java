package org.peerstead.dhtseed;

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
import org.peerstead.discovery.store.StorageException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;

/**
 * The key pair with which a node signs its announcements and mutable values: text in a file that
 * only its owner can read.
 *
 * <pre>
 * peerstead-dht-key 1
 * seed 64 hexadecimal digits
 * </pre>
 *
 * <p>Whoever loses the file cannot replace the node's mutable values any more; whoever copies it
 * can. Never shown and never logged. Stateless.
 */
final class NodeKeyFile {
  private static final String HEADER = "peerstead-dht-key 1";
  private static final String SEED = "seed ";
  private static final int MAX_BYTES = 4096;

  private NodeKeyFile() {}

  /**
   * Reads the file, or makes it at the first start.
   *
   * @throws StorageException with a message fit for an operator
   */
  static KeyPair open(Path path, Entropy entropy) {
    try {
      return read(path);
    } catch (NoSuchFileException e) {
      return create(path, entropy);
    } catch (IOException e) {
      throw new StorageException("the key file " + path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static KeyPair read(Path path) throws IOException {
    if (Files.size(path) > MAX_BYTES) {
      throw malformed(path);
    }
    if (isPosix(path)) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      if (permissions.contains(PosixFilePermission.OTHERS_READ)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE)
          || permissions.contains(PosixFilePermission.GROUP_WRITE)) {
        throw new StorageException(
            "the key file "
                + path
                + " can be read by others: chmod 600 it, and take its key for known to them");
      }
    }
    List<String> lines = Files.readAllLines(path, StandardCharsets.US_ASCII);
    if (lines.size() < 2
        || !lines.get(0).equals(HEADER)
        || !lines.get(1).startsWith(SEED)
        || lines.get(1).length() != SEED.length() + 2 * KeyPair.SEED_BYTES) {
      throw malformed(path);
    }
    try {
      return KeyPair.fromSeed(HexFormat.of().parseHex(lines.get(1).substring(SEED.length())));
    } catch (IllegalArgumentException e) {
      // The cause would show the secret.
      throw malformed(path);
    }
  }

  private static StorageException malformed(Path path) {
    return new StorageException(
        "the key file "
            + path
            + " is damaged or no key file: put it back from a backup, or move it away to begin with"
            + " a new key");
  }

  private static KeyPair create(Path path, Entropy entropy) {
    byte[] seed = entropy.next(KeyPair.SEED_BYTES);
    String text = HEADER + "\n" + SEED + HexFormat.of().formatHex(seed) + "\n";
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
          "the key file " + path + " cannot be written: " + e.getMessage(), e);
    }
    return KeyPair.fromSeed(seed);
  }

  /** Without this a power cut may take the name of the file back, and with it the key. */
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
