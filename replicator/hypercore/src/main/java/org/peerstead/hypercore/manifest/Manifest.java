package org.peerstead.hypercore.manifest;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Who signs for a core. Its hash is the core's key, so it never changes. Immutable and thread-safe.
 *
 * @param version 0 to {@value #MAX_VERSION}
 * @param allowPatch whether a signer may have signed a longer head that contains the one in
 *     question
 * @param quorum signatures that are needed, 0 to 2^31 - 1
 * @param signers at most {@value #MAX_SIGNERS}
 * @param prologue blocks that are fixed by the manifest itself, or null
 * @param linked keys of related cores; version 2 on
 * @param userData anything; version 2 on
 */
public record Manifest(
    int version,
    boolean allowPatch,
    int quorum,
    List<Signer> signers,
    @Nullable Prologue prologue,
    List<Fixed32> linked,
    @Nullable Slice userData) {
  /** Newest version that is understood. */
  public static final int MAX_VERSION = 3;

  /** Most signers of a manifest. */
  public static final int MAX_SIGNERS = 1_024;

  private static final List<Fixed32> NAMESPACES = Namespaces.of("hypercore", 6);
  private static final Fixed32 HASH_NAMESPACE = NAMESPACES.get(3);
  private static final Fixed32 DEFAULT_SIGNER_NAMESPACE = NAMESPACES.get(4);

  /**
   * One of those who sign.
   *
   * @param namespace what its signatures are bound to in version 0
   * @param publicKey Ed25519
   */
  public record Signer(Fixed32 namespace, Fixed32 publicKey) {}

  /**
   * Blocks that need no signature.
   *
   * @param hash tree hash over them
   * @param length how many
   */
  public record Prologue(Fixed32 hash, long length) {}

  /** Copies the lists. */
  public Manifest {
    signers = List.copyOf(signers);
    linked = List.copyOf(linked);
  }

  /** What a plain key pair gets: version 1, one signer. */
  public static Manifest ofKeyPair(Fixed32 publicKey) {
    return new Manifest(1, false, 1, List.of(signer(publicKey)), null, List.of(), null);
  }

  /** What is assumed of a core whose key is its signer's key. */
  public static Manifest compat(Fixed32 publicKey) {
    return new Manifest(0, false, 1, List.of(signer(publicKey)), null, List.of(), null);
  }

  /**
   * Several signers of whom more than half must sign.
   *
   * @param publicKeys 1 to {@value #MAX_SIGNERS}
   */
  public static Manifest ofSigners(List<Fixed32> publicKeys) {
    return new Manifest(
        1,
        false,
        publicKeys.size() / 2 + 1,
        publicKeys.stream().map(Manifest::signer).toList(),
        null,
        List.of(),
        null);
  }

  private static Signer signer(Fixed32 publicKey) {
    return new Signer(DEFAULT_SIGNER_NAMESPACE, publicKey);
  }

  /** The key of the core that this manifest belongs to, unless it is a compat core. */
  public Fixed32 coreKey() {
    return Blake2b.hash(HASH_NAMESPACE.toSlice(), encode());
  }

  /** Whether the core's key is the only signer's key. */
  public boolean isCompatFor(Fixed32 key) {
    return signers.size() == 1 && signers.getFirst().publicKey().equals(key);
  }

  /** Whether this is the manifest of the core with this key. */
  public boolean belongsTo(Fixed32 key) {
    return isCompatFor(key) || coreKey().equals(key);
  }

  /** The bytes that are hashed and sent. */
  public Slice encode() {
    return ManifestCodec.encode(this);
  }

  /**
   * Reads a manifest.
   *
   * @throws HeadException with reason MALFORMED_MANIFEST
   */
  public static Manifest decode(Slice bytes) throws HeadException {
    return ManifestCodec.decode(bytes.reader());
  }
}
