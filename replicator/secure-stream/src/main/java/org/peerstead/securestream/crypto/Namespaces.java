package org.peerstead.securestream.crypto;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Values that keep hashes for different purposes apart, {@code hypercore-crypto}'s {@code
 * namespace}, and what is derived with them. Stateless and thread-safe.
 */
public final class Namespaces {
  /** Namespaces of npm {@code @hyperswarm/secret-stream}. */
  public static final String SECRET_STREAM = "hyperswarm/secret-stream";

  private static final Slice DISCOVERY = ascii("hypercore");

  private Namespaces() {}

  /**
   * Namespaces 0 to {@code count} - 1 of {@code name}: namespace i = H(H(name) | byte i).
   *
   * @param count 0 to 256
   */
  public static List<Fixed32> of(String name, int count) {
    if (count < 0 || count > 256) {
      throw new IllegalArgumentException(count + " namespaces outside 0-256");
    }
    Slice base = Blake2b.hash(Slice.of(name.getBytes(StandardCharsets.UTF_8))).toSlice();
    List<Fixed32> namespaces = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      namespaces.add(Blake2b.hash(base, Slice.of(new byte[] {(byte) i})));
    }
    return List.copyOf(namespaces);
  }

  /**
   * The discovery key of a core: what peers look for without telling who does not know the key.
   * Keyed BLAKE2b-256 of the text {@code hypercore}.
   */
  public static Fixed32 discoveryKey(Fixed32 coreKey) {
    return Blake2b.keyedHash(coreKey.toSlice(), DISCOVERY);
  }

  /**
   * The namespace {@code name} inside {@code parent}, as npm {@code corestore} 7.12.5 nests them;
   * its root is 32 zero bytes.
   */
  public static Fixed32 child(Fixed32 parent, String name) {
    return Blake2b.hash(parent.toSlice(), Slice.of(name.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The key pair that npm {@code corestore} 7.12.5 makes for {@code name} inside {@code namespace}.
   *
   * @param primaryKey 32 secret bytes
   */
  public static KeyPair keyPair(byte[] primaryKey, Fixed32 namespace, String name) {
    return KeyPair.fromSeed(
        Blake2b.keyedHash(
                Slice.of(primaryKey),
                of("corestore", 1).getFirst().toSlice(),
                namespace.toSlice(),
                Slice.of(name.getBytes(StandardCharsets.UTF_8)))
            .toBytes());
  }

  private static Slice ascii(String text) {
    return Slice.of(text.getBytes(StandardCharsets.US_ASCII));
  }
}
